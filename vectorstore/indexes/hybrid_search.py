"""Hybrid search: dense and lexical candidates, fused, without near-duplicates."""

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
from vectorstore.indexes.tantivy_index import TantivyIndex

if TYPE_CHECKING:
    import numpy as np

CANDIDATES_PER_INDEX = 100
"""Passages taken from each index before fusion."""

MAX_POSTFILTERED = 1_000
"""Largest number of nearest passages that are filtered after the search."""
MIN_SELECTIVITY = 0.1
"""If a smaller share of articles matches a filter, all their passages are compared instead …"""
MIN_POSTFILTERED = 50
"""… or if fewer passages than this are left after filtering."""

OVERSAMPLING_FACTOR = 4
"""Times ``k`` passages are considered if the store has near-duplicates."""

_VECTORS_PER_BLOCK = 2_000  # vectors compared at once


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
    brute_force: brute_force_index.BruteForceIndex,
    view: IndexView,
    query: AnalysedText,
    vector: np.ndarray,
    k: int,
    filters: Filters | None,
) -> SearchResult:
    """The ``k`` passages that match ``query`` best; ``vector`` (d,) is its embedding.

    Instead of a damaged Chroma index, all vectors are compared; without the lexical index, only
    dense scores are used.

    Raises:
        IndexDamagedError: An index fails that was intact when the view was made.
    """
    limit = max(CANDIDATES_PER_INDEX, k)
    lexical: dict[str, float] = {}
    covered = 0.0
    if view.lexical is not None:
        lexical = _lexical(catalogue, view.lexical, query, limit, filters)
        covered = coverage(query.stems, view.lexical.stem_weights(query.stems))
    dense = nearest(catalogue, brute_force, view, vector, limit, filters)
    candidates = list(dict.fromkeys([*dense, *lexical]))
    existing = catalogue.existing(candidates)
    dense = {pid: score for pid, score in dense.items() if pid in existing}
    lexical = {pid: score for pid, score in lexical.items() if pid in existing}
    for pid, row in catalogue.vectors_of([pid for pid in lexical if pid not in dense]).items():
        dense[pid] = float(row @ vector)
    ranked = fuse(dense, lexical, covered)
    passages, groups = {}, {}
    if catalogue.has_duplicates():
        best = ranked[: OVERSAMPLING_FACTOR * k]
        passages = catalogue.retrieve([pid for pid, _ in best])
        groups = catalogue.duplicate_groups({p.article.id for p in passages.values()})
    if not groups:
        best = ranked[:k]
        passages = catalogue.retrieve([pid for pid, _ in best])
    found = [
        replace(
            passages[pid],
            score=score,
            similarity=dense.get(pid, 0.0),
            lexical=lexical.get(pid, 0.0),
        )
        for pid, score in best
        if pid in passages
    ]
    complete = len(existing) == len(candidates) and len(found) == len(best)
    if groups:
        infos = catalogue.infos(sorted({i for group in groups.values() for i in group}))
        found = collapse_duplicates(found, groups, infos)[:k]
    return SearchResult(found, complete)


def _lexical(
    catalogue: Catalogue,
    index: TantivyIndex,
    query: AnalysedText,
    k: int,
    filters: Filters | None,
) -> dict[str, float]:
    """BM25 by id of the ``k`` best passages that match ``filters``; sections are not indexed."""
    if not filters or not filters.sections:
        return dict(index.search(query, k, filters))
    found = index.search(query, MAX_POSTFILTERED, filters)
    matching = set(catalogue.filtered_ids(filters, [pid for pid, _ in found]))
    return dict([(pid, score) for pid, score in found if pid in matching][:k])


def nearest(
    catalogue: Catalogue,
    brute_force: brute_force_index.BruteForceIndex,
    view: IndexView,
    vector: np.ndarray,
    k: int,
    filters: Filters | None,
) -> dict[str, float]:
    """Cosine by id of the ``k`` nearest passages that match ``filters``."""
    if view.passages <= brute_force_index.MAX_EXACT_PASSAGES:
        return brute_force.search(vector, k, view.state.generation, filters)
    if view.vectors is None:
        return nearest_exact(catalogue, vector, k, filters)
    if not filters:
        return dict(view.vectors.search(vector, k))
    selectivity = catalogue.selectivity(filters)
    if selectivity >= MIN_SELECTIVITY:
        near = view.vectors.search(vector, min(MAX_POSTFILTERED, round(2 * k / selectivity)))
        matching = set(catalogue.filtered_ids(filters, [pid for pid, _ in near]))
        found = [(pid, score) for pid, score in near if pid in matching][:k]
        if len(found) >= MIN_POSTFILTERED:
            return dict(found)
    return nearest_exact(catalogue, vector, k, filters)


def nearest_exact(
    catalogue: Catalogue, vector: np.ndarray, k: int, filters: Filters | None
) -> dict[str, float]:
    """Like `nearest`, by comparing all vectors that match."""
    import numpy as np

    ids = catalogue.filtered_ids(filters)
    scores: list[tuple[float, str]] = []
    for i in range(0, len(ids), _VECTORS_PER_BLOCK):
        kept, rows = catalogue.matrix_of(ids[i : i + _VECTORS_PER_BLOCK])
        if kept:
            scores += zip(np.vecdot(rows, vector).tolist(), kept, strict=True)
            scores = sorted(scores, reverse=True)[:k]
    return {pid: score for score, pid in scores}
