"""Output of an ingest run: a progress bar on a terminal, lines elsewhere, and a summary."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.core.report import Failure, IngestReport, Observer

if TYPE_CHECKING:
    from rich.console import Console

EVERY = 10.0
"""Seconds between two lines of progress."""
_RATE_OVER = 120.0  # seconds; a batch takes several, so a shorter period gives no steady rate


class LineProgress(Observer):
    """Progress as plain lines, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._started = self._last = time.monotonic()
        self._loaded = 0

    def discovered(self, files: int, size: int) -> None:
        """Print how much there is to read."""
        self.console.print(
            f"reading {files:,} {'file' if files == 1 else 'files'}, {size / 1e6:,.1f} MB"
        )

    def failed(self, failure: Failure) -> None:
        """Print place, problem and remedy."""
        self.console.print(f"failed: {failure.place}: {failure.error}")

    def message(self, text: str) -> None:
        """Print ``text``."""
        self.console.print(text)

    def loaded(self, place: str, article_id: str) -> None:
        """Print the number of articles every ten seconds: fetching from a site can be slow."""
        self._loaded += 1
        self._print_seldom(f"{self._loaded:,} articles read")

    def batch_written(self, report: IngestReport) -> None:
        """Print the rate every ten seconds."""
        self._print_seldom(self._rate(report))

    def _print_seldom(self, line: str) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            self.console.print(line)

    def _rate(self, report: IngestReport) -> str:
        """Articles and passages so far, and passages per second."""
        done = report.added + report.updated
        speed = report.embedded / max(time.monotonic() - self._started, 0.001)
        return f"{done:,} articles, {report.passages:,} passages, {speed:.1f}/s"

    def stop(self) -> None:
        """Leave the terminal to a question."""


class BarProgress(LineProgress):
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
        self._rate_text = ""
        self.bar = Progress(
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
        self._task = self.bar.add_task("", total=None)

    def discovered(self, files: int, size: int) -> None:
        """Set the bar's total."""
        self.bar.update(self._task, total=max(size, 1))

    def advanced(self, size: int) -> None:
        """Advance the bar."""
        self.bar.advance(self._task, size)

    def loaded(self, place: str, article_id: str) -> None:
        """Show the number of articles read."""
        self._loaded += 1
        self._describe()

    def batch_written(self, report: IngestReport) -> None:
        """Show the rate."""
        self._rate_text = f"; {self._rate(report)}"
        self._describe()

    def _describe(self) -> None:
        self.bar.update(self._task, description=f"{self._loaded:,} read{self._rate_text}")

    def stop(self) -> None:
        """Remove the bar from the terminal."""
        self.bar.stop()


@contextmanager
def observer_for(console: Console, *, bar: bool) -> Iterator[LineProgress]:
    """A bar or lines on ``console``."""
    if not bar:
        yield LineProgress(console)
        return
    observer = BarProgress(console)
    with observer.bar:
        yield observer


def summary_lines(report: IngestReport) -> list[str]:
    """The table at the end of a run; counts that are mostly 0 only where they are not."""
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
