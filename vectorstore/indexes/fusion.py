"""Fusion of dense and lexical scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def fuse(
    dense: Mapping[str, float], lexical: Mapping[str, float], coverage: float
) -> list[tuple[str, float]]:
    """One ranking out of two: ``[(id, score)]``, best first, scores in [0, 1].

    ``score = (1 - c/2) minmax(dense) + c/2 minmax(lexical)``: a convex combination (Bruch, Gai &
    Ingber 2023, "An Analysis of Fusion Functions for Hybrid Retrieval") whose lexical weight
    grows with ``coverage`` ``c`` in [0, 1], the share of the question that the corpus has words
    for. A question in another language than the articles thus falls back to the dense scores by
    itself. An id that one side did not find gets that side's lowest score.
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
    """Share of the question's stems, weighted by idf, that occur anywhere in the corpus.

    ``weights`` holds ``(idf, occurs)`` per stem, as ``LexicalIndex.stem_weights`` gives it. A stem
    that never occurs has the highest idf, so one unknown name weighs more than a common verb.
    """
    total = sum(weights[stem][0] for stem in stems)
    return sum(weights[stem][0] for stem in stems if weights[stem][1]) / total if total else 0.0
