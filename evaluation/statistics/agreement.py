"""Agreement of two binary labellings beyond chance: Cohen's kappa (Cohen 1960)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluation.statistics.resampling import (
    N_RESAMPLES,
    bootstrap_weights,
    item_rows,
    percentile_interval,
)

if TYPE_CHECKING:
    from evaluation.statistics.resampling import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPair:
    """Two labels of one question; the questions of one item are resampled together."""

    item_id: str
    first: bool
    second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cohen's kappa with its bootstrap interval, and the cells of the 2×2 table.

    ``kappa`` is None where it is undefined: without pairs, and where all labels are the same.
    """

    kappa: float | None
    low: float | None
    high: float | None
    n: int
    both: int
    first_only: int
    second_only: int
    neither: int


def cohens_kappa(
    pairs: Sequence[LabelPair],
    *,
    seed: int = 0,
    confidence: float = 0.95,
    n_resamples: int = N_RESAMPLES,
) -> Agreement:
    """Kappa over all pairs; its interval is the percentile bootstrap over items.

    Example:
        >>> cells = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10
        >>> cells += [(False, False)] * 15
        >>> pairs = [LabelPair(item_id=str(i), first=a, second=b) for i, (a, b) in enumerate(cells)]
        >>> round(cohens_kappa(pairs).kappa, 6)
        0.4
    """
    import numpy as np

    rows = item_rows(pair.item_id for pair in pairs)
    cells = np.zeros((len(rows), 4))
    for pair in pairs:
        cells[rows[pair.item_id], 2 * (not pair.first) + (not pair.second)] += 1
    total = cells.sum(axis=0)
    both, first_only, second_only, neither = (int(count) for count in total)
    low = high = None
    if len(rows) > 1:
        resampled = [weights @ cells for weights in bootstrap_weights(len(rows), n_resamples, seed)]
        ends = percentile_interval(_kappas(np.concatenate(resampled))[:, None], confidence)
        low, high = (_defined(end[0]) for end in ends)
    return Agreement(
        kappa=_defined(_kappas(total[None])[0]),
        low=low,
        high=high,
        n=len(pairs),
        both=both,
        first_only=first_only,
        second_only=second_only,
        neither=neither,
    )


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _kappas(cells: Numbers) -> Numbers:
    """Kappa of each row of counts (both, first only, second only, neither); NaN where undefined."""
    import numpy as np

    both, first_only, second_only, neither = cells.T
    with np.errstate(invalid="ignore", divide="ignore"):
        n = cells.sum(axis=1)
        observed = (both + neither) / n
        yes = (both + first_only) * (both + second_only)
        no = (neither + first_only) * (neither + second_only)
        expected = (yes + no) / n**2
        kappas: Numbers = (observed - expected) / (1 - expected)
    return kappas
