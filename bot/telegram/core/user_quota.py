"""Rate limits for questions: per user and for all users together."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Literal

WINDOW = 60.0
"""Seconds."""
QuotaResult = Literal["yes", "user_rate", "total_rate"]
"""``yes``, or the setting whose limit is reached."""


class RateQuota:
    """Sliding window of one minute over the questions of each user and of all users."""

    def __init__(
        self, per_user: int = 0, total: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.set_limits(per_user, total)
        self._clock = clock
        self._by_user: dict[int, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()
        self._notified: dict[int, float] = {}

    def set_limits(self, per_user: int, total: int) -> None:
        """Change the limits; questions of the last minute still count."""
        self._per_user = per_user
        self._total = total

    def take(self, user_id: int) -> QuotaResult:
        """Check whether a user may ask one more question now, and count it if so."""
        result = self.check(user_id)
        if result != "yes":
            return result
        now = self._clock()
        self._by_user[user_id].append(now)
        self._all.append(now)
        if len(self._by_user) > self._total:
            recent = {u: q for u, q in self._by_user.items() if q and now - q[-1] < WINDOW}
            self._by_user = defaultdict(deque, recent)
        return "yes"

    def check(self, user_id: int) -> QuotaResult:
        """The result that ``take`` would have now; counts nothing."""
        now = self._clock()
        own = self._by_user[user_id]
        _drop_expired(own, now)
        _drop_expired(self._all, now)
        if len(own) >= self._per_user:
            return "user_rate"
        return "total_rate" if len(self._all) >= self._total else "yes"

    def should_notify(self, user_id: int) -> bool:
        """Whether to tell a user now that a limit is reached: true once a minute."""
        now = self._clock()
        if now - self._notified.get(user_id, -WINDOW) < WINDOW:
            return False
        self._notified = {u: at for u, at in self._notified.items() if now - at < WINDOW}
        self._notified[user_id] = now
        return True


def _drop_expired(times: deque[float], now: float) -> None:
    while times and now - times[0] >= WINDOW:
        times.popleft()
