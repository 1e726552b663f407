"""Bootstrap resampling of items, and percentile intervals of what it yields.

The turns of a conversation depend on each other, so items are resampled, not questions (the cluster
bootstrap; Efron and Tibshirani 1993, chapter 13 for the percentile interval).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

N_RESAMPLES = 2_000
CHUNK = 500
"""Resamples held in memory at once: 500 × 10,000 items are 40 MB."""


def item_rows(item_ids: Iterable[str]) -> dict[str, int]:
    """A row number for each distinct item, in order of first appearance."""
    return {item: row for row, item in enumerate(dict.fromkeys(item_ids))}


def bootstrap_weights(n_items: int, n_resamples: int, seed: int | list[int]) -> Iterator[Numbers]:
    """Chunks (resamples, items) of how often each item was drawn, with replacement."""
    import numpy as np

    random = np.random.default_rng(seed)
    for size in chunk_sizes(n_resamples):
        drawn = random.integers(0, n_items, (size, n_items))
        yield np.stack([np.bincount(row, minlength=n_items) for row in drawn]).astype(float)


def chunk_sizes(count: int) -> Iterator[int]:
    """Sizes of at most ``CHUNK`` that add up to ``count``."""
    for start in range(0, count, CHUNK):
        yield min(CHUNK, count - start)


def percentile_interval(values: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
    """Lower and upper ends (d,) for each column of ``values`` (resamples, d).

    Undefined resamples are ignored; both ends are NaN for a column without a defined one.
    """
    import numpy as np

    tail = (1 - confidence) / 2
    low, high = np.full((2, values.shape[1]), np.nan)
    for column, resampled in enumerate(values.T):
        defined = resampled[np.isfinite(resampled)]
        if len(defined):
            low[column], high[column] = np.quantile(defined, [tail, 1 - tail])
    return low, high
