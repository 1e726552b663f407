"""How many questions people may ask."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Literal

WINDOW = 60.0
Verdict = Literal["yes", "user_rate", "total_rate"]


class RateQuota:
    """Questions within the last minute, per person and altogether."""

    def __init__(
        self, per_person: int = 0, total: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit(per_person, total)
        self._clock = clock
        self._asked: dict[int, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()
        self._told: dict[int, float] = {}

    def limit(self, per_person: int, total: int) -> None:
        """From now on, so many; what was asked within the last minute counts."""
        self._per_person = per_person
        self._total = total

    def take(self, person: int) -> Verdict:
        """Whether this person may ask one more question now; if so, it counts."""
        verdict = self.would_be(person)
        if verdict != "yes":
            return verdict
        now = self._clock()
        self._asked[person].append(now)
        self._all.append(now)
        if len(self._asked) > self._total:
            recent = {p: q for p, q in self._asked.items() if q and now - q[-1] < WINDOW}
            self._asked = defaultdict(deque, recent)
        return "yes"

    def would_be(self, person: int) -> Verdict:
        """What ``take`` would say now; nothing is counted."""
        now = self._clock()
        mine = self._asked[person]
        _drop(mine, now)
        _drop(self._all, now)
        if len(mine) >= self._per_person:
            return "user_rate"
        return "total_rate" if len(self._all) >= self._total else "yes"

    def tell(self, person: int) -> bool:
        """Whether to say that the limit is reached: once a minute, not to every message."""
        now = self._clock()
        if now - self._told.get(person, -WINDOW) < WINDOW:
            return False
        self._told = {p: at for p, at in self._told.items() if now - at < WINDOW}
        self._told[person] = now
        return True


def _drop(times: deque[float], now: float) -> None:
    while times and now - times[0] >= WINDOW:
        times.popleft()
