"""One question against both indexes: dense and lexical candidates, fused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import Filters, RetrievedPassage
from vectorstore.indexes import brute_force_index
from vectorstore.indexes.fusion import coverage, fuse
from vectorstore.indexes.index_set import IndexView
from vectorstore.indexes.near_duplicates import collapse_duplicates

if TYPE_CHECKING:
    import numpy as np

CANDIDATES = 100
"""Passages taken from each index before fusion."""

WIDE = 1_000
"""Nearest passages, at most, among which those that pass a filter are looked for …"""
LEAST_SHARE = 0.1
"""… unless fewer of all articles pass it: then all their passages are compared …"""
ENOUGH = 50
"""… as when fewer than these were found."""

TWINS_AMONG = 4
"""Times as many passages are looked at as are wanted where articles have copies."""

_BLOCK = 2_000  # vectors compared at once


class SearchResult(NamedTuple):
    """Result of one search.

    Attributes:
        passages: Best first.
        complete: False if an index returned passages that the catalogue does not list, because
            another process is writing their article or has just replaced it.
    """

    passages: list[RetrievedPassage]
    complete: bool


def hybrid(
    catalogue: Catalogue,
    all_vectors: brute_force_index.BruteForceIndex,
    view: IndexView,
    query: AnalysedText,
    vector: np.ndarray,
    k: int,
    filters: Filters | None,
) -> SearchResult:
    """The ``k`` passages that fit best; ``vector`` is the query's embedding.

    A damaged index is done without: exact comparison takes the place of Chroma, and without the
    lexical index the dense scores alone decide.

    Raises:
        IndexDamagedError: an index that was sound when the view was made fails now.
    """
    wanted = max(CANDIDATES, k)
    lexical: dict[str, float] = {}
    share = 0.0
    if view.lexical is not None:
        lexical = dict(view.lexical.search(query, wanted, filters))
        share = coverage(query.stems, view.lexical.stem_weights(query.stems))
    dense = nearest(catalogue, all_vectors, view, vector, wanted, filters)
    candidates = list(dict.fromkeys([*dense, *lexical]))
    listed = catalogue.existing(candidates)
    dense = {pid: score for pid, score in dense.items() if pid in listed}
    lexical = {pid: score for pid, score in lexical.items() if pid in listed}
    for pid, row in catalogue.vectors_of([pid for pid in lexical if pid not in dense]).items():
        dense[pid] = float(row @ vector)
    ranked = fuse(dense, lexical, share)
    heads, groups = {}, {}
    if catalogue.has_duplicates():
        best = ranked[: TWINS_AMONG * k]
        heads = catalogue.retrieve([pid for pid, _ in best])
        groups = catalogue.duplicate_groups({p.article.id for p in heads.values()})
    if not groups:
        best = ranked[:k]
        heads = catalogue.retrieve([pid for pid, _ in best])
    found = [
        replace(
            heads[pid],
            score=score,
            similarity=dense.get(pid, 0.0),
            lexical=lexical.get(pid, 0.0),
        )
        for pid, score in best
        if pid in heads
    ]
    complete = len(listed) == len(candidates) and len(found) == len(best)
    if groups:
        infos = catalogue.infos(sorted({i for group in groups.values() for i in group}))
        found = collapse_duplicates(found, groups, infos)[:k]
    return SearchResult(found, complete)


def nearest(
    catalogue: Catalogue,
    all_vectors: brute_force_index.BruteForceIndex,
    view: IndexView,
    vector: np.ndarray,
    k: int,
    filters: Filters | None,
) -> dict[str, float]:
    """The ``k`` passages nearest to ``vector`` that pass ``filters``, with their cosine."""
    if view.passages <= brute_force_index.EXACT_UP_TO:
        return all_vectors.search(vector, k, view.state.generation, filters)
    if view.vectors is None:
        return exactly_nearest(catalogue, vector, k, filters)
    if not filters:
        return dict(view.vectors.search(vector, k))
    share = catalogue.selectivity(filters)
    if share >= LEAST_SHARE:
        near = view.vectors.search(vector, min(WIDE, round(2 * k / share)))
        passing = set(catalogue.filtered_ids(filters, [pid for pid, _ in near]))
        found = [(pid, score) for pid, score in near if pid in passing][:k]
        if len(found) >= ENOUGH:
            return dict(found)
    return exactly_nearest(catalogue, vector, k, filters)


def exactly_nearest(
    catalogue: Catalogue, vector: np.ndarray, k: int, filters: Filters | None
) -> dict[str, float]:
    """Like ``nearest``, by comparing every vector that passes."""
    import numpy as np

    ids = catalogue.filtered_ids(filters)
    scores: list[tuple[float, str]] = []
    for i in range(0, len(ids), _BLOCK):
        kept, rows = catalogue.matrix_of(ids[i : i + _BLOCK])
        if kept:
            scores += zip(np.vecdot(rows, vector).tolist(), kept, strict=True)
            scores = sorted(scores, reverse=True)[:k]
    return {pid: score for score, pid in scores}
