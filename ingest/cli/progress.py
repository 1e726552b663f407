"""What a person sees of a run of ingest: a bar on a terminal, lines elsewhere, and a summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.core.report import Failure, IngestReport, Observer

if TYPE_CHECKING:
    from rich.console import Console

EVERY = 10.0
"""Seconds between two lines of progress."""
_RATE_OVER = 120.0  # a batch takes seconds, so a rate needs a minute or two to be one

Confirm = Callable[[Sequence[str]], bool]
"""Whether articles with these ids, perhaps none, are to be removed."""


class Lines(Observer):
    """Progress as plain lines, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._begun = self._last = time.monotonic()
        self._met = 0

    def found(self, files: int, size: int) -> None:
        """How much there is to read."""
        self.console.print(
            f"reading {files:,} {'file' if files == 1 else 'files'}, {size / 1e6:,.1f} MB"
        )

    def failed(self, failure: Failure) -> None:
        """A line with place, problem and remedy."""
        self.console.print(f"failed: {failure.place}: {failure.problem}; {failure.remedy}")

    def noted(self, note: str) -> None:
        """A line."""
        self.console.print(note)

    def met(self, place: str, article_id: str) -> None:
        """A line every ten seconds: a site that is asked politely takes its time."""
        self._met += 1
        self._say(f"{self._met:,} articles read")

    def written(self, report: IngestReport) -> None:
        """A line every ten seconds."""
        self._say(self.rate(report))

    def _say(self, line: str) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self.console.print(line)

    def rate(self, report: IngestReport) -> str:
        """Articles and passages so far, and passages per second."""
        done = report.added + report.updated
        speed = report.embedded / max(time.monotonic() - self._begun, 0.001)
        return f"{done:,} articles, {report.passages:,} passages, {speed:.1f}/s"

    def paused(self, confirm: Confirm) -> Confirm:
        """``confirm``, with nothing moving on the screen meanwhile."""
        return confirm


class Bar(Lines):
    """A progress bar with rate and time left; failures scroll above it."""

    def __init__(self, console: Console) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        super().__init__(console)
        self._rate = ""
        self.progress = Progress(
            TextColumn("ingest"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            speed_estimate_period=_RATE_OVER,
        )
        self._task = self.progress.add_task("", total=None)

    def found(self, files: int, size: int) -> None:
        """The bar gets its length."""
        self.progress.update(self._task, total=max(size, 1))

    def done(self, size: int) -> None:
        """The bar moves."""
        self.progress.advance(self._task, size)

    def met(self, place: str, article_id: str) -> None:
        """So many are read."""
        self._met += 1
        self.progress.update(self._task, description=f"{self._met:,} read{self._rate}")

    def written(self, report: IngestReport) -> None:
        """The rate is shown anew."""
        self._rate = f"; {self.rate(report)}"
        self.progress.update(self._task, description=f"{self._met:,} read{self._rate}")

    def paused(self, confirm: Confirm) -> Confirm:
        """``confirm``, with the bar off the screen."""

        def asked(article_ids: Sequence[str]) -> bool:
            if not article_ids:
                return False
            self.progress.stop()
            return confirm(article_ids)

        return asked


@contextmanager
def observer_for(console: Console, *, bar: bool) -> Iterator[Lines]:
    """A bar or lines on ``console``."""
    if not bar:
        yield Lines(console)
        return
    observer = Bar(console)
    with observer.progress:
        yield observer


def summary_lines(report: IngestReport) -> list[str]:
    """The table that ends a run; what is rarely of interest only where there is some."""
    always = ("added", "updated", "unchanged", "removed", "failed")
    rows = [(name, getattr(report, name)) for name in always]
    rows += [
        (label, count)
        for label, count in (("skipped", report.skipped), ("duplicate ids", report.duplicates))
        if count
    ]
    rows += [("passages", report.passages), ("embedded", report.embedded)]
    lines = [f"{label:14}{count:>10,}" for label, count in rows]
    lines.append(f"{'seconds':14}{report.seconds:>10,.1f}")
    return [*lines, f"{'run':14}{report.run}"] if report.run is not None else lines
