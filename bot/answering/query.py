"""Retrieval for a question (its dates, the articles of earlier turns, comparisons) or for news."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bot.answering.multi_part import comparison_sides
from bot.answering.recency import interleave, rank_by_recency
from bot.conversation.query_rewriting import StandaloneQuestion
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates
from vectorstore.core.types import Filters, RetrievedPassage, timestamp
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    import numpy as np

FOLLOWUP_BONUS = 0.15
"""Added to the scores of passages from the articles that a follow-up refers to."""
PERIOD_BONUS = 0.2
"""Added to the scores of passages from articles published in the period of the question …"""
FOLLOW_UP_COVERAGE = timedelta(days=3)
"""… or up to so much later, when it is still reported on."""
REPORTING_DELAY = timedelta(days=1)
"""What happened on a day is also reported on the next."""
OVERSAMPLING_FACTOR = 4
"""Multiple of the wanted passages that is retrieved before bonuses change their order."""


@dataclass(frozen=True)
class Query:
    """The input of retrieval.

    Attributes:
        standalone: The question.
        dates: The dates that it names.
        context_articles: Ids of the articles that a follow-up refers to.
        filters: The caller's filters; their dates take precedence over the question's.
    """

    standalone: StandaloneQuestion
    dates: QueryDates = QueryDates()  # noqa: RUF009 - frozen
    context_articles: Set[str] = frozenset()
    filters: Filters | None = None

    @property
    def own_dates(self) -> QueryDates:
        """The question's dates; none if the caller's filters have dates."""
        given = self.filters is not None and (self.filters.since or self.filters.until)
        return QueryDates(rest=self.standalone.text) if given else self.dates

    @property
    def date_filter(self) -> Filters | None:
        """The publication dates that the question is limited to; None without any."""
        dates = self.own_dates
        if dates.kind not in ("published", "recent"):
            return None
        until = dates.until
        if until is not None and dates.kind == "recent":
            until += REPORTING_DELAY
        return replace(self.filters or Filters(), since=dates.since, until=until)

    def period(self, store: ArticleStore) -> Filters | None:
        """The period of the question's event; None if no article was published in or after it."""
        dates = self.own_dates
        if dates.kind != "period":
            return None
        until = dates.until + FOLLOW_UP_COVERAGE if dates.until else None
        period = replace(self.filters or Filters(), since=dates.since, until=until)
        return period if store.catalogue.selectivity(period) else None

    @property
    def effective_filters(self) -> Filters | None:
        """The caller's filters with the question's dates."""
        return self.date_filter or self.filters

    @cached_property
    def undated(self) -> ParsedQuestion:
        """The question without its date phrase, which says nothing about an article's topic."""
        return self.standalone.question.without(self.own_dates.words)

    @cached_property
    def scoring(self) -> ParsedQuestion:
        """The question used for sentence scoring, without a date that articles are filtered by."""
        question = self.standalone.scoring
        if not self.date_filter:
            return question
        if question is self.standalone.question:
            return self.undated
        return question.without(self.own_dates.words)


def retrieve_passages(store: ArticleStore, query: Query, limit: int) -> list[RetrievedPassage]:
    """The ``limit`` passages that match ``query`` best, best first."""
    standalone = query.standalone
    sides = comparison_sides(standalone.own)
    if sides is not None:
        parts = [_search(store, ParsedQuestion(side), query, limit) for side in sides]
        return interleave(*parts, _search(store, standalone.question, query, limit))[:limit]
    return _search(store, standalone.question, query, limit)[:limit]


def _search(
    store: ArticleStore, question: ParsedQuestion, query: Query, limit: int
) -> list[RetrievedPassage]:
    dates = query.own_dates
    whole = question is query.standalone.question
    undated = query.undated if whole else question.without(dates.words)
    if query.date_filter is not None or dates.kind == "latest":
        question = undated
    period = query.period(store)
    deep = bool(query.context_articles or period or dates.kind == "latest")
    found = store.search(
        question, OVERSAMPLING_FACTOR * limit if deep else limit, query.effective_filters
    )
    found = [
        _with_bonus(p, FOLLOWUP_BONUS) if p.article.id in query.context_articles else p
        for p in found
    ]
    if period is None:
        return rank_by_recency(sorted(found, key=lambda p: -p.score), dates, question)
    inside = store.search(undated, limit, period)
    found = [_with_bonus(p, PERIOD_BONUS) if _published_in(p, period) else p for p in found]
    return interleave(sorted(found, key=lambda p: -p.score), inside)


def articles_in_period(query: Query, passages: Sequence[RetrievedPassage]) -> frozenset[str]:
    """Ids of the articles of ``passages`` published in the period that the question names.

    Unlike retrieval, this excludes the days after, whose articles may have other figures.
    """
    dates = query.own_dates
    if dates.kind != "period":
        return frozenset()
    period = Filters(dates.since, dates.until)
    return frozenset(p.article.id for p in passages if _published_in(p, period))


def _with_bonus(passage: RetrievedPassage, bonus: float) -> RetrievedPassage:
    return replace(passage, score=min(1.0, passage.score + bonus))


def _published_in(passage: RetrievedPassage, period: Filters) -> bool:
    published = passage.article.published_at
    if published is None:
        return False
    at = timestamp(published)
    after = period.since is None or at >= timestamp(period.since)
    return after and (period.until is None or at <= timestamp(period.until))


def article_passages(
    store: ArticleStore, article_id: str, vector: np.ndarray
) -> list[RetrievedPassage]:
    """All passages of one article, by cosine with ``vector`` (shape (d,)), best first."""
    ids = [pid for pid, _ in store.catalogue.passages_of(article_id)]
    found, vectors = store.catalogue.retrieve(ids), store.catalogue.vectors_of(ids)
    cosines = {pid: float(vectors[pid] @ vector) for pid in ids if pid in found and pid in vectors}
    best = max(cosines.values(), default=1.0)
    passages = [
        replace(found[pid], similarity=similarity, score=max(0.0, similarity / best))
        for pid, similarity in cosines.items()
    ]
    return sorted(passages, key=lambda p: -p.similarity)
