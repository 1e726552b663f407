"""The same story at two dates: what is known last goes first, unless a date is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest

from vectorstore.analysis import STOP_WORDS, stem, words
from vectorstore.types import ArticleInfo, RetrievedPassage, timestamp

OLDER = 0.12
"""Taken from the score of a passage whose story a newer article among those found tells, too."""
OLDER_WHEN_LATEST = 0.3
"""The same, when the question asks for the latest."""
STORY_DAYS = 60
_SHARED_STEMS = 3
_SHARED_SHARE = 0.35

_LATEST = frozenset(
    words("آخر أحدث الآن مؤخرا الأخيرة الأخير حاليا latest newest recent recently now")
)
_DATED = frozenset(
    words(
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون شباط "
        "آذار نيسان أيار حزيران تموز آب أيلول تشرين الأولية أولية البداية الأول أولا initial "
        "initially first january february march april may june july august september october "
        "november december"
    )
)


def newest_first(question: str, passages: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """``passages`` ranked anew, those of superseded reports a little lower.

    Nothing changes for a question that names a date or the first report.
    """
    asked = set(words(question))
    if asked & _DATED or any(w.isdigit() and len(w) == 4 for w in asked):
        return list(passages)
    loss = OLDER_WHEN_LATEST if asked & _LATEST else OLDER
    articles = {p.article.id: p.article for p in passages}
    old = {a.id for a in articles.values() if any(_supersedes(b, a) for b in articles.values())}
    ranked = [
        replace(p, score=max(0.0, p.score - loss)) if p.article.id in old else p for p in passages
    ]
    return sorted(ranked, key=lambda p: -p.score)


def by_turns(*rankings: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """Rankings merged, one from each by turns; of a passage in several the best place counts."""
    merged: dict[str, RetrievedPassage] = {}
    for row in zip_longest(*rankings):
        for passage in row:
            if passage is not None:
                merged.setdefault(passage.id, passage)
    return list(merged.values())


def _supersedes(newer: ArticleInfo, older: ArticleInfo) -> bool:
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
