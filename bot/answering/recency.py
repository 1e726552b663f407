"""Ranks newer reports of the same story higher, unless the question names a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest

from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import ArticleInfo, RetrievedPassage, timestamp

SUPERSEDED_PENALTY = 0.12
"""Subtracted from the score of a passage if a newer article among those found reports the story."""
SUPERSEDED_PENALTY_FOR_LATEST = 0.3
"""The same if the question asks for the latest report."""
MAX_STORY_DAYS = 60
_MIN_SHARED_STEMS = 3
_MIN_SHARED_SHARE = 0.35

LATEST_BONUS = 0.25
"""Added to the newest relevant passage, less to older ones, if the question asks for the latest."""
_MIN_RELATIVE_SCORE = 0.75  # share of the best score from which on a passage is relevant for that

_FIRST_REPORT = frozenset(
    words("الأولية أولية البداية الأول أولا الأولى أول initial initially first")
)


def rank_by_recency(
    passages: Sequence[RetrievedPassage], dates: QueryDates, question: ParsedQuestion
) -> list[RetrievedPassage]:
    """Rank superseded reports lower; and newer articles higher if the latest is asked for.

    Nothing changes for a question that names a date or the first report.
    """
    if dates.kind not in ("none", "latest") or not _FIRST_REPORT.isdisjoint(question.words):
        return list(passages)
    latest = dates.kind == "latest"
    penalty = SUPERSEDED_PENALTY_FOR_LATEST if latest else SUPERSEDED_PENALTY
    articles = {p.article.id: p.article for p in passages}
    older = {a.id for a in articles.values() if any(supersedes(b, a) for b in articles.values())}
    ranked = [
        replace(p, score=max(0.0, p.score - penalty)) if p.article.id in older else p
        for p in passages
    ]
    if latest:
        ranked = _boost_newest(ranked)
    return sorted(ranked, key=lambda p: -p.score)


def _boost_newest(passages: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    best = max((p.score for p in passages), default=0.0)
    relevant = {
        timestamp(p.article.published_at)
        for p in passages
        if p.article.published_at and p.score >= _MIN_RELATIVE_SCORE * best
    }
    ages = {at: rank / len(relevant) for rank, at in enumerate(sorted(relevant, reverse=True))}
    ranked = []
    for p in passages:
        at = timestamp(p.article.published_at) if p.article.published_at else None
        if at in ages and p.score >= _MIN_RELATIVE_SCORE * best:
            p = replace(p, score=min(1.0, p.score + LATEST_BONUS * (1 - ages[at])))
        ranked.append(p)
    return ranked


def interleave(*rankings: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """Merge rankings round robin; a passage keeps the best of its ranks."""
    merged: dict[str, RetrievedPassage] = {}
    for row in zip_longest(*rankings):
        for passage in row:
            if passage is not None:
                merged.setdefault(passage.id, passage)
    return list(merged.values())


def supersedes(newer: ArticleInfo, older: ArticleInfo) -> bool:
    """Whether ``newer`` reports the story of ``older`` later, judged by titles and dates."""
    if newer.published_at is None or older.published_at is None or newer.id == older.id:
        return False
    apart = timestamp(newer.published_at) - timestamp(older.published_at)
    if not 0 < apart <= timedelta(days=MAX_STORY_DAYS).total_seconds():
        return False
    one, other = _title_stems(newer), _title_stems(older)
    shared = len(one & other)
    return shared >= _MIN_SHARED_STEMS and shared >= _MIN_SHARED_SHARE * min(len(one), len(other))


def _title_stems(article: ArticleInfo) -> set[str]:
    return {stem(w) for w in words(article.title) if w not in STOP_WORDS and not w.isdigit()}
