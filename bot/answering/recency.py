"""The same story at two dates: what is known last goes first, unless a date is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest

from bot.language.query_dates import DateAsked
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import ArticleInfo, RetrievedPassage, timestamp

OLDER = 0.12
"""Taken from the score of a passage whose story a newer article among those found tells, too."""
OLDER_WHEN_LATEST = 0.3
"""The same, when the question asks for the latest."""
STORY_DAYS = 60
_SHARED_STEMS = 3
_SHARED_SHARE = 0.35

LATEST_BONUS = 0.25
"""Given to the newest of the passages that fit, less to older ones, where the latest is asked …"""
_FITS = 0.75  # … of those with at least this share of the best score

_FIRST_REPORT = frozenset(
    words("الأولية أولية البداية الأول أولا الأولى أول initial initially first")
)


def rank_by_recency(
    passages: Sequence[RetrievedPassage], dates: DateAsked, question: str
) -> list[RetrievedPassage]:
    """``passages`` ranked anew, those of superseded reports a little lower.

    Nothing changes for a question that names a date or the first report. Where the latest is asked
    for, newer articles go higher among those that fit, whatever they tell.
    """
    if dates.kind not in ("none", "latest") or set(words(question)) & _FIRST_REPORT:
        return list(passages)
    latest = dates.kind == "latest"
    loss = OLDER_WHEN_LATEST if latest else OLDER
    articles = {p.article.id: p.article for p in passages}
    old = {a.id for a in articles.values() if any(supersedes(b, a) for b in articles.values())}
    ranked = [
        replace(p, score=max(0.0, p.score - loss)) if p.article.id in old else p for p in passages
    ]
    if latest:
        ranked = _newer_higher(ranked)
    return sorted(ranked, key=lambda p: -p.score)


def _newer_higher(passages: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    best = max((p.score for p in passages), default=0.0)
    fitting = {
        timestamp(p.article.published_at)
        for p in passages
        if p.article.published_at and p.score >= _FITS * best
    }
    ages = {at: rank / len(fitting) for rank, at in enumerate(sorted(fitting, reverse=True))}
    ranked = []
    for p in passages:
        at = timestamp(p.article.published_at) if p.article.published_at else None
        if at in ages and p.score >= _FITS * best:
            p = replace(p, score=min(1.0, p.score + LATEST_BONUS * (1 - ages[at])))
        ranked.append(p)
    return ranked


def interleave(*rankings: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """Rankings merged, one from each by turns; of a passage in several the best place counts."""
    merged: dict[str, RetrievedPassage] = {}
    for row in zip_longest(*rankings):
        for passage in row:
            if passage is not None:
                merged.setdefault(passage.id, passage)
    return list(merged.values())


def supersedes(newer: ArticleInfo, older: ArticleInfo) -> bool:
    """Whether ``newer`` tells ``older``'s story at a later date, by their titles and dates."""
    if newer.published_at is None or older.published_at is None or newer.id == older.id:
        return False
    apart = timestamp(newer.published_at) - timestamp(older.published_at)
    if not 0 < apart <= timedelta(days=STORY_DAYS).total_seconds():
        return False
    mine, theirs = _title_stems(newer), _title_stems(older)
    shared = len(mine & theirs)
    return shared >= _SHARED_STEMS and shared >= _SHARED_SHARE * min(len(mine), len(theirs))


def _title_stems(article: ArticleInfo) -> set[str]:
    return {stem(w) for w in words(article.title) if w not in STOP_WORDS and not w.isdigit()}
