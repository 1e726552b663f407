"""Bootstrap weights and percentile intervals."""

from __future__ import annotations

import numpy as np

from evaluation.statistics.resampling import (
    CHUNK,
    bootstrap_weights,
    item_rows,
    percentile_interval,
)


def test_items_are_numbered_by_first_appearance() -> None:
    assert item_rows(["b", "a", "b"]) == {"b": 0, "a": 1}


def test_each_resample_draws_as_many_items_as_there_are() -> None:
    chunks = list(bootstrap_weights(7, CHUNK + 10, seed=1))

    assert [chunk.shape for chunk in chunks] == [(CHUNK, 7), (10, 7)]
    weights = np.concatenate(chunks)
    assert (weights.sum(axis=1) == 7).all()
    assert np.abs(weights.mean(axis=0) - 1).max() < 0.2


def test_the_interval_ignores_undefined_resamples() -> None:
    values = np.column_stack([np.arange(101.0), np.full(101, np.nan)])
    values = np.vstack([values, [np.nan, np.nan]])

    low, high = percentile_interval(values, 0.9)

    np.testing.assert_allclose([low[0], high[0]], [5, 95])
    assert np.isnan(low[1]) and np.isnan(high[1])
