"""How the time of a computation grows with its input, on any processor."""

from __future__ import annotations

import time
from collections.abc import Callable

FACTOR = 8
FLOOR = 0.001
"""Seconds below which a measurement is mostly noise."""


def grows_linearly(compute: Callable[[int], object], size: int) -> bool:
    """Whether ``compute(size)`` takes clearly less than quadratic time.

    The processor time for ``size`` is compared with that for an eighth of it: eight times as long
    is linear, 64 times quadratic; the bound lies between, at 32. The fastest of several tries
    counts, so that other load on the machine does not decide.
    """
    few = min(_seconds(compute, size // FACTOR) for _ in range(5))
    many = min(_seconds(compute, size) for _ in range(3))
    return many < 4 * FACTOR * max(few, FLOOR)


def _seconds(compute: Callable[[int], object], size: int) -> float:
    begun = time.process_time()
    compute(size)
    return time.process_time() - begun
