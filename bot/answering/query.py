"""What a question draws on: retrieval with the dates it names and the articles it goes on about."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.answering.multi_part import comparison_sides
from bot.answering.recency import interleave, rank_by_recency
from bot.conversation.query_rewriting import StandaloneQuestion
from bot.language.query_dates import DateAsked
from vectorstore.core.types import Filters, RetrievedPassage, timestamp
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    import numpy as np

FOLLOWUP_BONUS = 0.15
"""Added to the scores of passages from the articles that a follow-up goes on about."""
PERIOD_BONUS = 0.2
"""Added to the scores of passages from articles published when the question speaks of …"""
AFTERMATH = timedelta(days=3)
"""… or in the days after, when it is still written about."""
DAY_AFTER = timedelta(days=1)
"""What happened on a day is in the papers on the next."""
DEPTH = 4
"""Times as many passages as wanted are looked at before bonuses are given."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as retrieval takes it.

    Attributes:
        near: Ids of the articles that a follow-up goes on about.
        filters: What the caller asked for; its dates win over the question's.
    """

    standalone: StandaloneQuestion
    dates: DateAsked = DateAsked()  # noqa: RUF009 - frozen
    near: Set[str] = frozenset()
    filters: Filters | None = None

    @property
    def own_dates(self) -> DateAsked:
        """The question's dates, unless the caller's filters have some."""
        given = self.filters is not None and (self.filters.since or self.filters.until)
        return DateAsked(rest=self.standalone.text) if given else self.dates

    @property
    def date_filter(self) -> Filters | None:
        """The dates outside which an article is not asked for; None without any."""
        dates = self.own_dates
        if dates.kind not in ("published", "recent"):
            return None
        until = dates.until
        if until is not None and dates.kind == "recent":
            until += DAY_AFTER
        return Filters(dates.since, until, self.filters.sources if self.filters else ())

    def period(self, store: ArticleStore) -> Filters | None:
        """The question's period, where the collection has articles of it: else it is history."""
        dates = self.own_dates
        if dates.kind != "period":
            return None
        until = dates.until + AFTERMATH if dates.until else None
        period = Filters(dates.since, until, self.filters.sources if self.filters else ())
        return period if store.catalogue.selectivity(period) else None

    @property
    def effective(self) -> Filters | None:
        """The caller's filters with the question's own dates."""
        return self.date_filter or self.filters


def retrieve(store: ArticleStore, query: Query, wanted: int) -> list[RetrievedPassage]:
    """The ``wanted`` passages that fit ``query`` best, best first."""
    standalone = query.standalone
    of = comparison_sides(standalone.own)
    if of is not None:
        parts = [_found(store, part, query, wanted) for part in of]
        return interleave(*parts, _found(store, standalone.text, query, wanted))[:wanted]
    found = _found(store, standalone.text, query, wanted)
    if not standalone.sure:
        alone = replace(query, near=frozenset())
        found = interleave(found, _found(store, standalone.own, alone, wanted))
    return found[:wanted]


def _found(store: ArticleStore, text: str, query: Query, wanted: int) -> list[RetrievedPassage]:
    dates, filters = query.own_dates, query.effective
    if query.date_filter is not None or dates.kind == "latest":
        text = remove_phrase(text, dates.words)
    period = query.period(store)
    deep = bool(query.near or period or dates.kind == "latest")
    found = store.search(text, DEPTH * wanted if deep else wanted, filters)
    found = [_raised(p, FOLLOWUP_BONUS) if p.article.id in query.near else p for p in found]
    if period is None:
        return rank_by_recency(sorted(found, key=lambda p: -p.score), dates, text)
    inside = store.search(remove_phrase(text, dates.words), wanted, period)
    found = [_raised(p, PERIOD_BONUS) if _passes(p, period) else p for p in found]
    return interleave(sorted(found, key=lambda p: -p.score), inside)


def published_then(query: Query, passages: Sequence[RetrievedPassage]) -> frozenset[str]:
    """Ids of the articles of ``passages`` that were published when the question says it happened.

    Not those of the days after, which are looked for as well: by then there may be other figures.
    """
    dates = query.own_dates
    if dates.kind != "period":
        return frozenset()
    then = Filters(dates.since, dates.until)
    return frozenset(p.article.id for p in passages if _passes(p, then))


def remove_phrase(text: str, phrase: str) -> str:
    """``text`` without the words of its date, which say nothing of what the article is about."""
    rest = " ".join(text.replace(phrase, " ", 1).split())
    return rest if any(c.isalnum() for c in rest) else text


def _raised(passage: RetrievedPassage, by: float) -> RetrievedPassage:
    return replace(passage, score=min(1.0, passage.score + by))


def _passes(passage: RetrievedPassage, period: Filters) -> bool:
    published = passage.article.published_at
    if published is None:
        return False
    at = timestamp(published)
    after = period.since is None or at >= timestamp(period.since)
    return after and (period.until is None or at <= timestamp(period.until))


def article_passages(
    store: ArticleStore, article_id: str, vector: np.ndarray
) -> list[RetrievedPassage]:
    """All passages of one article, those nearest to ``vector`` first."""
    ids = [pid for pid, _ in store.catalogue.passages_of(article_id)]
    found, vectors = store.catalogue.retrieve(ids), store.catalogue.vectors_of(ids)
    near = {pid: float(vectors[pid] @ vector) for pid in ids if pid in found and pid in vectors}
    best = max(near.values(), default=1.0)
    passages = [
        replace(found[pid], similarity=similarity, score=max(0.0, similarity / best))
        for pid, similarity in near.items()
    ]
    return sorted(passages, key=lambda p: -p.similarity)
