"""What a sync of one source says at its end."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from ingest.core.errors import LoadError
from ingest.core.report import Failure

Status = Literal["done", "failed", "interrupted", "busy", "not due"]


@dataclass(slots=True)
class SourceReport:
    """What a sync of one source did.

    Attributes:
        status: ``failed`` when the source itself could not be read, or nothing in it; ``busy`` when
            another process had the turn; ``not due`` when another process has just done it.
        added, updated, unchanged, removed, seconds: As in `IngestReport`.
        gone: Articles that it had the last time and has no more; ``removed`` of them are removed.
        failed: Articles and files that could not be read.
        skipped: Articles that a person took out and that stay out; files that hold no articles.
        error: What is wrong with the source itself.
        run: The id of its run of ingest, which can be undone; None when nothing changed.
        next: When it is due again, seconds since the epoch.
        failures: The first of ``failed``.
    """

    name: str
    where: str
    status: Status = "done"
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
        """Whether nothing at all failed."""
        return self.status in ("done", "not due") and not self.failed

    def counts(self) -> dict[str, int]:
        """How many articles were added, updated and so on."""
        names = ("added", "updated", "unchanged", "gone", "removed", "failed")
        return {name: getattr(self, name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """For ``rawi sync --json``."""
        fields = asdict(replace(self, failures=[], error=None))
        del fields["error"]
        failures = [failure.to_json() for failure in self.failures]
        return {
            **fields,
            "problem": self.error and self.error.problem,
            "remedy": self.error and self.error.remedy,
            "code": self.error and self.error.code,
            "seconds": round(self.seconds, 3),
            "next": iso(self.next),
            "failures": failures,
        }


def iso(moment: float | None) -> str | None:
    """Seconds since the epoch in ISO 8601, UTC; None for never."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds") if moment else None
