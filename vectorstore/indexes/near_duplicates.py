"""Collapses near-duplicate passages in search results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vectorstore.core.text_analysis import words
from vectorstore.core.types import ArticleInfo, RetrievedPassage, timestamp

MIN_WORD_OVERLAP = 0.8
"""Share of the shorter passage's words that two passages must have in common to be the same."""


def collapse_duplicates(
    found: Sequence[RetrievedPassage],
    groups: Mapping[str, Sequence[str]],
    infos: Mapping[str, ArticleInfo],
) -> list[RetrievedPassage]:
    """Keep one of several passages that near-duplicate articles have in common.

    The passage of the newest article is kept, as agencies send corrections; of undated or equally
    old ones the first by id. It gets the best one's rank and score, and ``also_in`` lists the other
    articles of its group, whether they were found or not.

    Args:
        found: Search results, best first.
        groups: The ids of its group for each article that has near-duplicates.
        infos: The articles of these groups.
    """
    kept: list[RetrievedPassage] = []
    for passage in found:
        group = groups.get(passage.article.id)
        if group is None:
            kept.append(passage)
            continue
        for i, other in enumerate(kept):
            copies = other.article.id in group and other.article.id != passage.article.id
            if copies and _same(other, passage):
                kept[i] = _preferred(other, passage)
                break
        else:
            kept.append(passage)
    return [
        replace(p, also_in=tuple(infos[i] for i in groups[p.article.id] if i != p.article.id))
        if p.article.id in groups
        else p
        for p in kept
    ]


def _preferred(better: RetrievedPassage, other: RetrievedPassage) -> RetrievedPassage:
    """The passage of the newer article, with the score of ``better``."""
    first, second = sorted((better, other), key=lambda p: p.article.id)
    newer = second if _age(second.article) > _age(first.article) else first
    return replace(newer, score=better.score)


def _age(article: ArticleInfo) -> float:
    return timestamp(article.published_at) if article.published_at else float("-inf")


def _same(one: RetrievedPassage, other: RetrievedPassage) -> bool:
    a, b = set(words(one.text)), set(words(other.text))
    return len(a & b) >= MIN_WORD_OVERLAP * min(len(a), len(b))
