"""Confidence intervals of a run's measures: the percentile bootstrap over items.

A measure of a set is a ratio of two sums over its questions, see
``evaluation.statistics.paired_tests``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.core.stored_run import ScoredQuestion
from evaluation.statistics.paired_tests import is_defined, ratio_terms
from evaluation.statistics.resampling import (
    N_RESAMPLES,
    bootstrap_weights,
    item_rows,
    percentile_interval,
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure of a set of questions with its confidence interval.

    ``low`` and ``high`` are None where fewer than two items contribute: nothing can be resampled.
    ``n`` counts the questions that the value is a mean over or a share of: those to which the
    measure applies, for refusal recall the unanswerable ones.
    """

    value: float
    low: float | None
    high: float | None
    n: int


def bootstrap_estimates(
    questions: Sequence[ScoredQuestion],
    names: Sequence[str],
    *,
    seed: int = 0,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
) -> dict[str, Estimate]:
    """Value and interval of each measure that is defined over the questions.

    The same questions in the same order and the same seed give the same interval.
    """
    import numpy as np

    rows = item_rows(question.item_id for question in questions)
    numerators, denominators = np.zeros((2, len(rows), len(names)))
    counts = np.zeros(len(names), dtype=int)
    for question in questions:
        row = rows[question.item_id]
        for column, name in enumerate(names):
            if (terms := ratio_terms(question, name)) is not None:
                numerators[row, column] += terms[0]
                denominators[row, column] += terms[1]
                counts[column] += terms[1] > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = [
            (weights @ numerators) / (weights @ denominators)
            for weights in bootstrap_weights(len(rows), n_resamples, seed)
        ]
    low, high = percentile_interval(np.concatenate(resampled), confidence)
    contributing = np.count_nonzero(denominators, axis=0)
    return {
        name: Estimate(
            value=float(numerators[:, column].sum() / denominators[:, column].sum()),
            low=float(low[column]) if contributing[column] > 1 else None,
            high=float(high[column]) if contributing[column] > 1 else None,
            n=int(counts[column]),
        )
        for column, name in enumerate(names)
        if contributing[column] and is_defined(questions, name)
    }
