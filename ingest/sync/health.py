"""How a source is doing: when it is due, how often it has failed, when nobody looks after it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ingest.core.errors import LoadError
from ingest.core.report import Failure
from ingest.sync.sources_file import Source

FIRST_PAUSE = 300
"""Seconds until a source that failed is tried again, where its interval is not shorter …"""
LONGEST_PAUSE = 86_400
"""… doubled with each failure, up to this, where its interval is not longer."""
SOON = 60
"""Seconds until files that were still being written are looked for again."""
LATE = 3_600
"""Seconds after which a source that is due is overdue, where its interval is not longer."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is doing. Times are seconds since the epoch, None for never.

    Attributes:
        ended: When the last sync ended, well or not.
        succeeded: When the last one ended well.
        failures: Syncs in a row that failed.
        error: What was wrong with the last one, if it failed.
        not_before: When the server asks to be left alone until; after a success, when files that
            were still being written are looked for.
        counts: What the last successful sync did: ``added``, ``updated`` and so on.
        failed: Articles and files that could not be read in it, the first ``MAX_KEPT``.
        told: The failures have been reported to who looks after the source.
    """

    name: str
    ended: float | None = None
    succeeded: float | None = None
    failures: int = 0
    error: LoadError | None = None
    not_before: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()
    told: bool = False

    @property
    def problem(self) -> str | None:
        """What was wrong, in English."""
        return self.error.problem if self.error else None

    @property
    def remedy(self) -> str | None:
        """What to do about it, in English."""
        return self.error.remedy if self.error else None

    def due(self, source: Source) -> float:
        """When the next sync is due; 0 when there was none yet."""
        if self.failures and self.ended is not None:
            return max(self.ended + pause_after(self.failures, source.seconds), self.not_before)
        if self.succeeded is None:
            return 0.0
        due = self.succeeded + source.seconds
        return min(due, self.not_before) if self.not_before else due

    def is_overdue(self, source: Source, now: float) -> bool:
        """Whether nothing has synced the source for much longer than it asks for."""
        if self.ended is None or not source.enabled:
            return False
        return now > self.due(source) + max(source.seconds, LATE)

    def status(self, source: Source, now: float | None = None) -> str:
        """How the source is doing, in a word or two of English."""
        if not source.enabled:
            return "off"
        if self.failures:
            return "failing" if self.failures == 1 else f"failing ({self.failures})"
        if self.succeeded is None:
            return "new"
        if self.is_overdue(source, time.time() if now is None else now):
            return "overdue"
        return "partly" if self.counts.get("failed") else "ok"


def pause_after(failures: int, every: int) -> float:
    """Seconds from a source's failure to the next try, after so many in a row.

    ``pause_after(1, 3600) == 300``, then 600, 1200 … up to a day.
    """
    first, longest = min(every, FIRST_PAUSE), max(every, LONGEST_PAUSE)
    return float(min(first * 2 ** min(failures - 1, 40), longest))
