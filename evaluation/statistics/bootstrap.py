"""Confidence intervals of a run's measures: the percentile bootstrap (Efron and Tibshirani 1993).

A measure of a set is a ratio of two sums over its questions (see
``evaluation.statistics.paired_tests``): for a mean
(value, 1), for refusal precision (refused and unanswerable, refused). The turns of a conversation
depend on each other, so whole items are drawn, not questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluation.core.stored_run import ScoredQuestion
from evaluation.statistics.paired_tests import is_defined, ratio_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

DRAWS = 2_000
_CHUNK = 250  # draws whose weights are held at once: 250 × 10,000 items are 20 MB


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure of a set of questions.

    ``low`` and ``high`` are None where it rests on fewer than two items: nothing can be resampled.
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
    draws: int = DRAWS,
) -> dict[str, Estimate]:
    """Value and interval of each measure; one that says nothing about the questions is left out.

    The same questions in the same order and the same seed give the same interval.
    """
    import numpy as np

    items = {item: row for row, item in enumerate(dict.fromkeys(q.item_id for q in questions))}
    top, below = np.zeros((2, len(items), len(names)))
    applies = np.zeros((len(items), len(names)), dtype=int)
    for question in questions:
        row = items[question.item_id]
        for column, name in enumerate(names):
            if (found := ratio_terms(question, name)) is not None:
                top[row, column] += found[0]
                below[row, column] += found[1]
                applies[row, column] += found[1] > 0
    low, high = _intervals(top, below, seed=seed, confidence=confidence, draws=draws)
    return {
        name: Estimate(
            value=float(top[:, column].sum() / below[:, column].sum()),
            low=float(low[column]) if np.count_nonzero(below[:, column]) > 1 else None,
            high=float(high[column]) if np.count_nonzero(below[:, column]) > 1 else None,
            n=int(applies[:, column].sum()),
        )
        for column, name in enumerate(names)
        if below[:, column].any() and is_defined(questions, name)
    }


def _intervals(
    top: Numbers, below: Numbers, *, seed: int, confidence: float, draws: int
) -> tuple[Numbers, Numbers]:
    """Ends of each column's interval over the rows; draws without a value are left out."""
    import numpy as np

    random = np.random.default_rng(seed)
    size = len(top)
    drawn = []
    for start in range(0, draws, _CHUNK):
        picked = random.integers(0, size, (min(_CHUNK, draws - start), size))
        weights = np.stack([np.bincount(row, minlength=size) for row in picked]).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn.append((weights @ top) / (weights @ below))
    tail = (1 - confidence) / 2
    low, high = np.full((2, top.shape[1]), np.nan)
    ratios = np.concatenate(drawn)
    for column, values in enumerate(ratios.T):
        defined = values[np.isfinite(values)]
        if len(defined):
            low[column], high[column] = np.quantile(defined, [tail, 1 - tail])
    return low, high
