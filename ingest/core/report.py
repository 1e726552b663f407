"""What a run of ingest says, while it goes and at its end."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

MAX_LISTED = 1_000
"""Failures kept with their texts; all are counted, and an observer hears of each."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be read: where, what is wrong, what to do."""

    place: str
    problem: str
    remedy: str


@dataclass(slots=True)
class IngestReport:
    """What a run did.

    Attributes:
        added: Articles that were new.
        updated: Articles that replaced an older version of theirs.
        unchanged: Articles that were there already, word for word.
        removed: Articles that ``sync`` took out.
        failed: Files and records that could not be read.
        skipped: Files that are not meant to hold articles.
        duplicates: Records whose id an earlier one of this run had; each takes its place.
        passages: Passages of the articles added or updated.
        embedded: Passages that were embedded for them.
        seconds: Wall time.
        interrupted: Ctrl-C ended the run; the counts are of what is in the store.
        run: The id under which the changes are recorded and can be undone; None when they are not.
        failures: The first ``MAX_LISTED`` of ``failed``.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    skipped: int = 0
    duplicates: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    run: str | None = None
    failures: list[Failure] = field(default_factory=list)

    def add_failure(self, failure: Failure) -> None:
        """Count ``failure``, and keep it while there is room."""
        self.failed += 1
        if len(self.failures) < MAX_LISTED:
            self.failures.append(failure)

    def to_json(self) -> dict[str, Any]:
        """The stable object that ``rawi ingest --json`` prints (see docs/json.md)."""
        return {**asdict(self), "seconds": round(self.seconds, 3)}


class Observer:
    """Hears of a run's progress, and does nothing about it: subclasses do. Sizes are bytes."""

    def found(self, files: int, size: int) -> None:
        """How much there is to read."""

    def done(self, size: int) -> None:
        """So much more of it is done with."""

    def failed(self, failure: Failure) -> None:
        """Something could not be read."""

    def noted(self, note: str) -> None:
        """Something a person may want to know."""

    def met(self, place: str, article_id: str) -> None:
        """An article was read at ``place``, or is known to be there still; it may yet be written.

        A feed's or sitemap's article is met at the address that it is named by there.
        """

    def entered(self, article_id: str) -> None:
        """An article is in the store, new, changed or as it was; perhaps not for the first time."""

    def written(self, report: IngestReport) -> None:
        """A batch is in the store; ``report`` counts all so far."""
