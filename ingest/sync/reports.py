"""The result of syncing one source."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from ingest.core.errors import LoadError
from ingest.core.report import Failure

SyncStatus = Literal["done", "failed", "interrupted", "busy", "not due"]


@dataclass(slots=True)
class SourceReport:
    """The result of syncing one source.

    Attributes:
        status: ``failed`` if the source itself or nothing in it could be read; ``busy`` if another
            process holds its lock; ``not due`` if another process has just synced it.
        added, updated, unchanged, removed, seconds: As in `IngestReport`.
        gone: Articles that it had in the last sync and no longer has; some of them ``removed``.
        failed: Number of articles and files that could not be read.
        skipped: Articles that an editor removed before, and files that hold no articles.
        error: What is wrong with the source itself.
        run: The id of the ingest run, which can be undone; None if nothing changed.
        next: When the next sync is due, in seconds since the epoch.
        failures: The first of ``failed``.
    """

    name: str
    where: str
    status: SyncStatus = "done"
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    gone: int = 0
    removed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    error: LoadError | None = None
    run: str | None = None
    next: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the source and all its articles could be read."""
        return self.status in ("done", "not due") and not self.failed

    def counts(self) -> dict[str, int]:
        """How many articles were added, updated and so on."""
        names = ("added", "updated", "unchanged", "gone", "removed", "failed")
        return {name: getattr(self, name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """For ``rawi sync --json``."""
        fields = asdict(replace(self, failures=[], error=None))
        del fields["error"]
        return {
            **fields,
            "problem": self.error and self.error.problem,
            "remedy": self.error and self.error.remedy,
            "code": self.error and self.error.code,
            "seconds": round(self.seconds, 3),
            "next": iso(self.next),
            "failures": [failure.to_json() for failure in self.failures],
        }


def iso(moment: float | None) -> str | None:
    """Seconds since the epoch in ISO 8601, UTC; None for never."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds") if moment else None
