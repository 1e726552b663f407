"""The state of a source: when its next sync is due, and whether it fails or is overdue."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ingest.core.errors import LoadError
from ingest.core.report import Failure
from ingest.sync.sources_file import Source

FIRST_PAUSE = 300
"""Seconds until a failed source is tried again, unless its interval is shorter …"""
LONGEST_PAUSE = 86_400
"""… doubled with each failure up to this, unless its interval is longer."""
SOON = 60
"""Seconds until files that were still being written are read."""
LATE = 3_600
"""Seconds after which a due source is overdue, unless its interval is longer."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of a source. Times are seconds since the epoch, None for never.

    Attributes:
        ended: When the last sync ended.
        succeeded: When the last successful one ended.
        failures: Number of consecutive failed syncs.
        error: Of the last sync, if it failed.
        not_before: After a failure, when the server allows the next request; after a success,
            when files that were still being written are to be read, or 0.
        counts: Of the last successful sync: ``added``, ``updated`` and so on.
        failed: The first articles and files that could not be read in it.
        notified: Editors have been told that the source is failing.
    """

    name: str
    ended: float | None = None
    succeeded: float | None = None
    failures: int = 0
    error: LoadError | None = None
    not_before: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()
    notified: bool = False

    @property
    def problem(self) -> str | None:
        """What was wrong, in English."""
        return self.error.problem if self.error else None

    @property
    def remedy(self) -> str | None:
        """What to do about it, in English."""
        return self.error.remedy if self.error else None

    def due(self, source: Source) -> float:
        """When the next sync is due; 0 if there was none yet."""
        if self.failures and self.ended is not None:
            return max(self.ended + pause_after(self.failures, source.interval), self.not_before)
        if self.succeeded is None:
            return 0.0
        due = self.succeeded + source.interval
        return min(due, self.not_before) if self.not_before else due

    def is_overdue(self, source: Source, now: float) -> bool:
        """Whether the next sync has been due for more than an interval, and at least ``LATE``."""
        if self.ended is None or not source.enabled:
            return False
        return now > self.due(source) + max(source.interval, LATE)

    def status(self, source: Source, now: float | None = None) -> str:
        """One of off, new, ok, partly, overdue, failing and ``failing (N)``."""
        if not source.enabled:
            return "off"
        if self.failures:
            return "failing" if self.failures == 1 else f"failing ({self.failures})"
        if self.succeeded is None:
            return "new"
        if self.is_overdue(source, time.time() if now is None else now):
            return "overdue"
        return "partly" if self.counts.get("failed") else "ok"


def pause_after(failures: int, interval: int) -> float:
    """Seconds to wait after ``failures`` consecutive ones: exponential backoff.

    ``pause_after(1, 3600) == 300``, then 600, 1200 … up to a day.
    """
    first, longest = min(interval, FIRST_PAUSE), max(interval, LONGEST_PAUSE)
    return float(min(first * 2 ** min(failures - 1, 40), longest))
