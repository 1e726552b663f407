"""A circuit breaker: a model that keeps failing is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Lets calls through until ``failures`` in a row failed, then none for ``pause`` seconds.

    After the pause one call is let through to see; its outcome decides for all. Thread-safe.
    """

    def __init__(
        self, failures: int, pause: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._pause, self._clock = failures, pause, clock
        self._failed = 0
        self._until: float | None = None
        self._lock = threading.Lock()

    def lets_through(self) -> bool:
        """Whether a call may be made now; whoever gets True reports how it went."""
        with self._lock:
            if self._until is None:
                return True
            if self._clock() < self._until:
                return False
            self._until = self._clock() + self._pause  # the others wait for this one's outcome
            return True

    def succeeded(self) -> None:
        """The model answered."""
        with self._lock:
            self._failed, self._until = 0, None

    def failed(self) -> None:
        """The model failed."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._until = self._clock() + self._pause
