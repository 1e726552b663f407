"""Fusion of dense and lexical scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def fuse(
    dense: Mapping[str, float], lexical: Mapping[str, float], coverage: float
) -> list[tuple[str, float]]:
    """Fuse two rankings into ``[(id, score)]``, best first, with scores in [0, 1].

    ``score = (1 - c/2) minmax(dense) + c/2 minmax(lexical)``: a convex combination (Bruch, Gai &
    Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval") whose lexical weight
    grows with ``coverage`` ``c`` in [0, 1]. A query in another language than the articles has a low
    coverage and is thus ranked by dense scores. An id missing from one side gets its lowest score.
    """
    weight = coverage / 2 if lexical else 0.0
    if not dense:
        weight = 1.0
    d, x = _minmax(dense), _minmax(lexical)
    scores = {
        key: (1 - weight) * d.get(key, 0.0) + weight * x.get(key, 0.0)
        for key in dict.fromkeys([*dense, *lexical])
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _minmax(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (value - low) / (high - low) for key, value in scores.items()}


def coverage(stems: Sequence[str], weights: Mapping[str, tuple[float, bool]]) -> float:
    """Share of a query's stems, weighted by idf, that occur in the corpus; in [0, 1].

    ``weights`` holds ``(idf, occurs)`` per stem, see `TantivyIndex.stem_weights`. A stem that does
    not occur has the highest idf, so an unknown name weighs more than a common verb.
    """
    total = sum(weights[stem][0] for stem in stems)
    return sum(weights[stem][0] for stem in stems if weights[stem][1]) / total if total else 0.0
