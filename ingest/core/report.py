"""Progress and result of an ingest run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ingest.core.disk_dict import DiskDict
from ingest.core.errors import LoadError

if TYPE_CHECKING:
    from vectorstore.maintenance.index_writer import PutResult

MAX_LISTED_FAILURES = 1_000
"""Failures that a report lists. All are counted, and an observer is called for each."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be read, and why."""

    place: str
    error: LoadError

    @property
    def problem(self) -> str:
        """What is wrong, in English."""
        return self.error.problem

    @property
    def remedy(self) -> str:
        """What to do about it, in English."""
        return self.error.remedy

    def to_json(self) -> dict[str, Any]:
        """``place``, ``problem``, ``remedy``, ``code`` and ``facts``."""
        return {"place": self.place, **self.error.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Failure:
        """The failure that ``to_json`` described, also by a version without codes."""
        return cls(data["place"], LoadError.from_json(data))


@dataclass(slots=True)
class IngestReport:
    """The result of a run.

    Attributes:
        added: New articles.
        updated: Articles that replaced an older version.
        unchanged: Articles that were stored already with the same content.
        removed: Articles that ``sync`` removed.
        failed: Files and records that could not be read.
        skipped: Files that are not meant to hold articles, and excluded articles.
        duplicates: Records with the id of an earlier one of this run, which they replace.
        passages: Passages of the articles added or updated.
        embedded: Passages that were embedded for them.
        seconds: Wall time.
        interrupted: Ctrl-C ended the run; the counts are of what is in the store.
        run: The id under which the changes are recorded and can be undone; None if they are not.
        failures: The first ``MAX_LISTED_FAILURES`` of ``failed``.
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
        """Count ``failure``, and list it unless there are ``MAX_LISTED_FAILURES``."""
        self.failed += 1
        if len(self.failures) < MAX_LISTED_FAILURES:
            self.failures.append(failure)

    def to_json(self) -> dict[str, Any]:
        """The stable object that ``rawi ingest --json`` prints (see docs/json.md)."""
        fields = asdict(replace(self, failures=[]))
        failures = [failure.to_json() for failure in self.failures]
        return {**fields, "seconds": round(self.seconds, 3), "failures": failures}


class ArticleCounter:
    """Counts each article of a run once in a report, however often it is written."""

    def __init__(self, report: IngestReport) -> None:
        self._report = report
        self._counted: DiskDict[tuple[str, int]] = DiskDict()

    def count(self, result: PutResult) -> None:
        """Count a result, in place of an earlier one for the same article."""
        before = self._counted.get(result.article_id)
        status, passages = result.status, result.passages
        if status == "unchanged":
            if before is not None:
                return
            passages = 0
        elif before is not None:
            self._tally(*before, times=-1)
            status = "added" if before[0] == "added" else status
        self._counted[result.article_id] = (status, passages)
        self._tally(status, passages)
        self._report.embedded += result.embedded

    def _tally(self, status: str, passages: int, *, times: int = 1) -> None:
        setattr(self._report, status, getattr(self._report, status) + times)
        self._report.passages += passages * times

    def close(self) -> None:
        """Free the disk space."""
        self._counted.close()


class Observer:
    """Receives the progress of a run; subclasses override what they need. Sizes are in bytes."""

    def discovered(self, files: int, size: int) -> None:
        """Before anything is read: number of files and URLs, total size of the files."""

    def advanced(self, size: int) -> None:
        """``size`` more bytes are processed."""

    def failed(self, failure: Failure) -> None:
        """Something could not be read."""

    def message(self, text: str) -> None:
        """Something an editor may want to know."""

    def loaded(self, place: str, article_id: str) -> None:
        """An article was read at ``place``, or is known to be unchanged there.

        It may not be written yet. An article of a feed or sitemap is at the URL listed there.
        """

    def stored(self, article_id: str) -> None:
        """An article is in the store, new, changed or unchanged; may be called again for it."""

    def batch_written(self, report: IngestReport) -> None:
        """A batch was written; ``report`` has the counts so far."""
