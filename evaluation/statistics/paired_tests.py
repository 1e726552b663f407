"""Paired tests of two runs over the same questions: interval and p-value of a difference.

A measure of a set is a ratio of two sums over its questions: for a mean (value, 1), for refusal
precision (refused and unanswerable, refused). With one pair of terms per question, measures of a
set are resampled in the same way as means. The turns of a conversation depend on each other, so
items are resampled and permuted, not questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluation.core.stored_run import ScoredQuestion
from evaluation.statistics.resampling import (
    N_RESAMPLES,
    bootstrap_weights,
    chunk_sizes,
    item_rows,
    percentile_interval,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evaluation.statistics.resampling import Numbers

RatioTerms = tuple[float, float]
"""What a question adds to the numerator and the denominator of the measure of a set."""

N_PERMUTATIONS = 10_000


def ratio_terms(question: ScoredQuestion, name: str) -> RatioTerms | None:
    """The terms of a question; None when the measure does not apply to it, or it failed."""
    if question.error:
        return None
    set_terms = _SET_TERMS.get(name)
    if set_terms is None:
        value = question.measures.get(name)
        return None if value is None else (float(value), 1.0)
    if question.answerable is None:
        return None
    return set_terms(question.refused, not question.answerable)


def _precision(refused: bool, unanswerable: bool) -> RatioTerms:
    return float(refused and unanswerable), float(refused)


def _recall(refused: bool, unanswerable: bool) -> RatioTerms:
    return float(refused and unanswerable), float(unanswerable)


def _f1(refused: bool, unanswerable: bool) -> RatioTerms:
    return 2.0 * (refused and unanswerable), float(refused) + float(unanswerable)


def _false_refusal(refused: bool, unanswerable: bool) -> RatioTerms:
    return float(refused and not unanswerable), float(not unanswerable)


_SET_TERMS = {
    "refusal_precision": _precision,
    "refusal_recall": _recall,
    "refusal_f1": _f1,
    "false_refusal": _false_refusal,
}
_NEED_BOTH_LABELS = frozenset({"refusal_precision", "refusal_f1"})


def is_defined(questions: Sequence[ScoredQuestion], name: str) -> bool:
    """Whether the measure of the set is meaningful for these questions.

    Refusal precision and F1 need answerable and unanswerable questions: over answerable ones alone
    every refusal is false, and a precision of 0 would say nothing about the engine.
    """
    if name not in _NEED_BOTH_LABELS:
        return True
    labels = {question.answerable for question in questions if not question.error}
    return {True, False} <= labels


def aggregate(questions: Sequence[ScoredQuestion], name: str) -> float | None:
    """The measure of a set of questions; None where it is undefined."""
    if not is_defined(questions, name):
        return None
    terms = [t for question in questions if (t := ratio_terms(question, name)) is not None]
    denominator = sum(t[1] for t in terms)
    return sum(t[0] for t in terms) / denominator if denominator else None


@dataclass(frozen=True, slots=True)
class PairedSums:
    """The terms of runs A and B summed over each item: arrays (items, measures)."""

    numerator_a: Numbers
    denominator_a: Numbers
    numerator_b: Numbers
    denominator_b: Numbers


@dataclass(frozen=True, slots=True)
class PairedStatistics:
    """Per measure: the difference B - A, its interval and the p-value of no difference.

    Attributes:
        low: NaN, as ``high``, with fewer than two contributing items: nothing can be resampled.
        items: Contributing items. The smallest possible p-value is 2 · 0.5^items.
    """

    difference: Numbers
    low: Numbers
    high: Numbers
    p: Numbers
    items: NDArray[np.int_]


def paired_sums(
    pairs: Sequence[tuple[ScoredQuestion, ScoredQuestion]], names: Sequence[str]
) -> tuple[PairedSums, dict[str, list[int]]]:
    """Both runs' terms per item, and per measure the indices of the pairs that count.

    A pair counts for a measure when the measure applies to it in both runs and it adds to a
    denominator: for refusal recall an unanswerable question.
    """
    import numpy as np

    rows = item_rows(a.item_id for a, _ in pairs)
    sums = np.zeros((4, len(rows), len(names)))
    counted: dict[str, list[int]] = {name: [] for name in names}
    for index, (a, b) in enumerate(pairs):
        row = rows[a.item_id]
        for column, name in enumerate(names):
            terms_a, terms_b = ratio_terms(a, name), ratio_terms(b, name)
            if terms_a is None or terms_b is None:
                continue
            if terms_a[1] or terms_b[1]:
                counted[name].append(index)
            sums[:, row, column] += (*terms_a, *terms_b)
    return PairedSums(*sums), counted


def paired_statistics(
    sums: PairedSums,
    *,
    seed: int = 0,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    n_permutations: int = N_PERMUTATIONS,
) -> PairedStatistics:
    """Interval and p-value of each measure's difference.

    The interval is the percentile bootstrap over items. The p-value is that of the two-sided
    paired randomisation test (Smucker, Allan and Carterette, CIKM 2007): under the null hypothesis
    swapping an item's two results changes nothing, so the p-value is the share of random swaps
    with a difference at least as large as the observed one, itself counted as one of them.
    """
    import numpy as np

    n_items = len(sums.numerator_a)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = _difference(sums, np.ones((1, n_items)))[0]
        resampled = np.concatenate(
            [_difference(sums, w) for w in bootstrap_weights(n_items, n_resamples, [seed, 1])]
        )
        extreme = np.zeros_like(observed)
        for swaps in _swaps(n_items, n_permutations, seed):
            swapped = np.abs(_swapped_difference(sums, swaps))
            # An undefined ratio is no evidence against the null hypothesis: it counts as extreme.
            extreme += (~(swapped < np.abs(observed) - 1e-12)).sum(axis=0)
    low, high = percentile_interval(resampled, confidence)
    items = np.count_nonzero(sums.denominator_a + sums.denominator_b, axis=0)
    low[items < 2] = high[items < 2] = np.nan
    return PairedStatistics(observed, low, high, (extreme + 1) / (n_permutations + 1), items)


def _difference(sums: PairedSums, weights: Numbers) -> Numbers:
    """B - A for each row of ``weights``, the number of times each item counts."""
    a = (weights @ sums.numerator_a) / (weights @ sums.denominator_a)
    b = (weights @ sums.numerator_b) / (weights @ sums.denominator_b)
    difference: Numbers = b - a
    return difference


def _swapped_difference(sums: PairedSums, swaps: Numbers) -> Numbers:
    """B - A after swapping the two results of every item that a row of ``swaps`` marks with 1."""
    numerator = swaps @ (sums.numerator_b - sums.numerator_a)
    denominator = swaps @ (sums.denominator_b - sums.denominator_a)
    a = (sums.numerator_a.sum(axis=0) + numerator) / (sums.denominator_a.sum(axis=0) + denominator)
    b = (sums.numerator_b.sum(axis=0) - numerator) / (sums.denominator_b.sum(axis=0) - denominator)
    difference: Numbers = b - a
    return difference


def _swaps(n_items: int, n_permutations: int, seed: int) -> Iterator[Numbers]:
    """Chunks (permutations, items) of 0 and 1."""
    import numpy as np

    random = np.random.default_rng([seed, 2])
    for size in chunk_sizes(n_permutations):
        yield random.integers(0, 2, (size, n_items)).astype(np.float64)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted by Holm's step-down method (Holm 1979), which controls family-wise error.

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
