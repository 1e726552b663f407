"""Copies of one story among what retrieval found: one is cited, the others are named beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vectorstore.core.text_analysis import words
from vectorstore.core.types import ArticleInfo, RetrievedPassage, timestamp

SAME_WORDS = 0.8
"""Share of the shorter passage's words from which on two passages of copies are the same."""


def collapse_duplicates(
    found: Sequence[RetrievedPassage],
    groups: Mapping[str, Sequence[str]],
    infos: Mapping[str, ArticleInfo],
) -> list[RetrievedPassage]:
    """``found``, best first, with one passage for those that copies have in common.

    ``groups`` holds the ids of all copies per article that has any. Of equal passages the one of
    the newest copy stays, since agencies correct what they send; of undated or equally old ones
    that with the first id. It takes the best one's place and score, and names all other copies,
    whether or not they were found (or pass the reader's filters).
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
    """The passage of the newer article, with the better one's score."""
    first, second = sorted((better, other), key=lambda p: p.article.id)
    newer = second if _age(second.article) > _age(first.article) else first
    return replace(newer, score=better.score)


def _age(article: ArticleInfo) -> float:
    return timestamp(article.published_at) if article.published_at else float("-inf")


def _same(one: RetrievedPassage, other: RetrievedPassage) -> bool:
    a, b = set(words(one.text)), set(words(other.text))
    return len(a & b) >= SAME_WORDS * min(len(a), len(b))
