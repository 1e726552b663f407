"""A circuit breaker for a model that keeps failing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Closed until ``failure_threshold`` requests in a row fail, then open for a cooldown.

    After ``cooldown`` seconds one request is allowed (half-open); its success closes the breaker,
    its failure starts the cooldown again. Thread-safe.
    """

    def __init__(
        self,
        failure_threshold: int,
        cooldown: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold, self._cooldown, self._clock = failure_threshold, cooldown, clock
        self._failures = 0
        self._open_until: float | None = None
        self._lock = threading.Lock()

    def allows_request(self) -> bool:
        """Whether a request may be made now; after True, its outcome has to be recorded."""
        with self._lock:
            if self._open_until is None:
                return True
            if self._clock() < self._open_until:
                return False
            self._open_until = self._clock() + self._cooldown  # others wait for its outcome
            return True

    def record_success(self) -> None:
        """A request succeeded: close the breaker."""
        with self._lock:
            self._failures, self._open_until = 0, None

    def record_failure(self) -> None:
        """A request failed: open the breaker if it was one too many."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._threshold:
                self._open_until = self._clock() + self._cooldown
