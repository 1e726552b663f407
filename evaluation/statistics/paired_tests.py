"""The statistics of two runs over the same questions: interval and p-value of a difference.

A measure of a set is a ratio of two sums over its questions. For a mean that is (value, 1); for
refusal precision it is (refused and unanswerable, refused). So one pair of numbers per question is
all that resampling needs, and figures of a set are resampled as properly as means are.

The turns of one conversation depend on each other: they are drawn, or swapped, together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluation.core.stored_run import ScoredQuestion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

RatioTerms = tuple[float, float]

BOOTSTRAP_DRAWS = 2_000
PERMUTATIONS = 10_000
_CHUNK = 500


def ratio_terms(question: ScoredQuestion, name: str) -> RatioTerms | None:
    """What a question adds to the numerator and the denominator of the measure of a set.

    None when the measure does not apply to the question, or it ended in an error.
    """
    if question.error:
        return None
    ratio = _RATIOS.get(name)
    if ratio is None:
        value = question.measures.get(name)
        return None if value is None else (float(value), 1.0)
    if question.answerable is None:
        return None
    return ratio(question.refused, not question.answerable)


def _precision(refused: bool, unanswerable: bool) -> RatioTerms:
    return float(refused and unanswerable), float(refused)


def _recall(refused: bool, unanswerable: bool) -> RatioTerms:
    return float(refused and unanswerable), float(unanswerable)


def _f1(refused: bool, unanswerable: bool) -> RatioTerms:
    return 2.0 * (refused and unanswerable), float(refused) + float(unanswerable)


def _false_refusal(refused: bool, unanswerable: bool) -> RatioTerms:
    return float(refused and not unanswerable), float(not unanswerable)


_RATIOS = {
    "refusal_precision": _precision,
    "refusal_recall": _recall,
    "refusal_f1": _f1,
    "false_refusal": _false_refusal,
}
_NEED_BOTH = frozenset({"refusal_precision", "refusal_f1"})


def is_defined(questions: Sequence[ScoredQuestion], name: str) -> bool:
    """Whether the questions are such that the measure of the set can come out either way.

    Of questions that are all answerable every refusal is false, whatever the engine does: a refusal
    precision of 0 would look like a fault that the engine cannot avoid.
    """
    if name not in _NEED_BOTH:
        return True
    labels = {question.answerable for question in questions if not question.error}
    return {True, False} <= labels


def aggregate(questions: Sequence[ScoredQuestion], name: str) -> float | None:
    """The measure of a set of questions; None when it says nothing about them."""
    if not is_defined(questions, name):
        return None
    parts = [p for q in questions if (p := ratio_terms(q, name)) is not None]
    below = sum(p[1] for p in parts)
    return sum(p[0] for p in parts) / below if below else None


@dataclass(frozen=True, slots=True)
class PairedSums:
    """The parts of both runs, summed over each item: one row per item, one column per measure."""

    top_a: Numbers
    below_a: Numbers
    top_b: Numbers
    below_b: Numbers


@dataclass(frozen=True, slots=True)
class PairedStatistics:
    """Per measure: the difference B - A, its interval and the p-value of no difference.

    Attributes:
        low: NaN, as ``high``, where the measure rests on fewer than two items: nothing can be
            resampled.
        items: How many it rests on. Chance alone gives p-values down to 2 · 0.5^items.
    """

    difference: Numbers
    low: Numbers
    high: Numbers
    p: Numbers
    items: NDArray[np.int_]


def paired_sums(
    pairs: Sequence[tuple[ScoredQuestion, ScoredQuestion]], names: Sequence[str]
) -> tuple[PairedSums, dict[str, list[int]]]:
    """Both runs' parts per item, and per measure the indices of the pairs that count.

    A pair counts for a measure when the measure applies to it in both runs, and it is part of what
    the figure of a set is a share of: for refusal recall an unanswerable question.
    """
    import numpy as np

    items = {item: row for row, item in enumerate(dict.fromkeys(a.item_id for a, _ in pairs))}
    sums = np.zeros((4, len(items), len(names)))
    counted: dict[str, list[int]] = {name: [] for name in names}
    for index, (a, b) in enumerate(pairs):
        row = items[a.item_id]
        for column, name in enumerate(names):
            of_a, of_b = ratio_terms(a, name), ratio_terms(b, name)
            if of_a is None or of_b is None:
                continue
            if of_a[1] or of_b[1]:
                counted[name].append(index)
            sums[:, row, column] += (*of_a, *of_b)
    return PairedSums(*sums), counted


def paired_statistics(
    parts: PairedSums,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    draws: int = BOOTSTRAP_DRAWS,
    permutations: int = PERMUTATIONS,
) -> PairedStatistics:
    """Interval and p-value of each measure's difference.

    The interval is the percentile bootstrap over items. The p-value is that of the two-sided
    paired randomisation test (Smucker, Allan and Carterette, CIKM 2007): were the runs alike,
    swapping an item's two results would change nothing, so the observed difference is looked up
    among the differences after random swaps, itself counted as one of them.
    """
    import numpy as np

    tail = (1 - confidence) / 2 * 100
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = _difference(parts, np.ones((1, len(parts.top_a))))[0]
        drawn = np.concatenate(
            [_difference(parts, weights) for weights in _draws(len(parts.top_a), draws, seed)]
        )
        extreme = np.zeros_like(observed)
        for swaps in _swaps(len(parts.top_a), permutations, seed):
            swapped = np.abs(_swapped_difference(parts, swaps))
            # An undefined ratio says nothing against chance, so it counts for it.
            extreme += (~(swapped < np.abs(observed) - 1e-12)).sum(axis=0)
    low, high = _percentiles(drawn, tail)
    items = np.count_nonzero(parts.below_a + parts.below_b, axis=0)
    low[items < 2] = high[items < 2] = np.nan
    return PairedStatistics(observed, low, high, (extreme + 1) / (permutations + 1), items)


def _difference(parts: PairedSums, weights: Numbers) -> Numbers:
    """B - A for each row of ``weights``, which says how often each item counts."""
    a = (weights @ parts.top_a) / (weights @ parts.below_a)
    b = (weights @ parts.top_b) / (weights @ parts.below_b)
    difference: Numbers = b - a
    return difference


def _swapped_difference(parts: PairedSums, swaps: Numbers) -> Numbers:
    """B - A after swapping the two results of every item that a row of ``swaps`` marks with 1."""
    top = swaps @ (parts.top_b - parts.top_a)
    below = swaps @ (parts.below_b - parts.below_a)
    a = (parts.top_a.sum(axis=0) + top) / (parts.below_a.sum(axis=0) + below)
    b = (parts.top_b.sum(axis=0) - top) / (parts.below_b.sum(axis=0) - below)
    difference: Numbers = b - a
    return difference


def _draws(items: int, count: int, seed: int) -> Iterator[Numbers]:
    import numpy as np

    random = np.random.default_rng([seed, 1])
    for size in _chunks(count):
        weights = np.zeros((size, items))
        for row in weights:
            row += np.bincount(random.integers(0, items, items), minlength=items)
        yield weights


def _swaps(items: int, count: int, seed: int) -> Iterator[Numbers]:
    import numpy as np

    random = np.random.default_rng([seed, 2])
    for size in _chunks(count):
        yield random.integers(0, 2, (size, items)).astype(np.float64)


def _chunks(count: int) -> Iterator[int]:
    for start in range(0, count, _CHUNK):
        yield min(_CHUNK, count - start)


def _percentiles(drawn: Numbers, tail: float) -> tuple[Numbers, Numbers]:
    """The middle of each column, its undefined draws left out; NaN for a column of those alone."""
    import numpy as np

    low, high = np.full(drawn.shape[1], np.nan), np.full(drawn.shape[1], np.nan)
    for column, values in enumerate(drawn.T):
        defined = values[np.isfinite(values)]
        if len(defined):
            low[column], high[column] = np.percentile(defined, [tail, 100 - tail])
    return low, high


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: p-values that keep the family-wise error at their level.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
