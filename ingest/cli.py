"""The editor's command: ``rawi ingest``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.console import FAILED, INTERRUPTED, USAGE, command_errors, console, error_console

if TYPE_CHECKING:
    from rich.console import Console

    from ingest.pipeline import Failure, IngestReport

_SHOWN = 10  # ids that are listed before a removal is confirmed


@command_errors()
def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Files and folders; folders are read whole."),
    ],
    sync: Annotated[
        bool,
        typer.Option("--sync", help="Also remove articles whose files under PATH are gone."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before removing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object of counts on standard output.")
    ] = False,
) -> None:
    """Read articles into the store: .txt, .md, .json and .jsonl files.

    What is unchanged costs nothing. One broken file never stops the rest: it is reported with its
    place and a remedy. Exit code 0: all good, 1: some failed, 2: wrong usage.

    Example:  rawi ingest news/ more.jsonl --sync
    """
    from ingest.pipeline import open_store, run_ingest

    errors = error_console()
    confirm = _Confirmation(errors, yes=yes)
    with (
        open_store(writable=True, notify=errors.print) as store,
        _observer(errors, plain=as_json) as observer,
    ):
        report = run_ingest(store, paths, sync=sync, confirm=confirm, observer=observer)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print_summary(report)
    if report.interrupted:
        errors.print(
            "interrupted; what is counted above is in the store, run it again for the rest"
        )
        raise typer.Exit(INTERRUPTED)
    if confirm.refused:
        raise typer.Exit(USAGE)
    if report.failed:
        raise typer.Exit(FAILED)


class _Confirmation:
    """Asks before a removal; without a terminal only ``--yes`` says yes."""

    def __init__(self, errors: Console, *, yes: bool) -> None:
        self._errors = errors
        self._yes = yes
        self.refused = False

    def __call__(self, article_ids: Sequence[str]) -> bool:
        if self._yes:
            return True
        count = len(article_ids)
        if not sys.stdin.isatty():
            print(
                f"error: {count} articles are gone from PATH; --sync removes them only with --yes "
                "when there is no terminal to ask on. Nothing was removed.",
                file=sys.stderr,
            )
            self.refused = True
            return False
        for article_id in article_ids[:_SHOWN]:
            self._errors.print(f"  {article_id}", markup=False)
        if count > _SHOWN:
            self._errors.print(f"  and {count - _SHOWN} more")
        return typer.confirm(f"Remove {count} articles whose files are gone?", err=True)


class _Lines:
    """Progress as plain lines on standard error, for logs and pipes."""

    def __init__(self, errors: Console) -> None:
        self._errors = errors

    def found(self, files: int, size: int) -> None:
        self._errors.print(f"reading {files:,} files, {size / 1e6:,.1f} MB")

    def read(self, size: int) -> None:
        """Too much for lines."""

    def failed(self, failure: Failure) -> None:
        remedy = f" ({failure.remedy})" if failure.remedy else ""
        self._errors.print(f"failed: {failure.place}: {failure.problem}{remedy}", markup=False)

    def noted(self, note: str) -> None:
        self._errors.print(note, markup=False)

    def written(self, report: IngestReport) -> None:
        done = report.added + report.updated
        if done:
            self._errors.print(f"{done:,} articles written, {report.passages:,} passages")


class _Bar(_Lines):
    """A progress bar with rate and time left, for a terminal."""

    def __init__(self, errors: Console) -> None:
        super().__init__(errors)
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
        )
        self._task: Any = None

    def found(self, files: int, size: int) -> None:
        self._task = self.progress.add_task("reading", total=max(size, 1), rate="")

    def read(self, size: int) -> None:
        self.progress.advance(self._task, size)

    def written(self, report: IngestReport) -> None:
        elapsed = self.progress.tasks[0].elapsed or 1
        rate = f"{report.passages:,} passages, {report.embedded / elapsed:.1f}/s"
        self.progress.update(self._task, rate=rate)


@contextmanager
def _observer(errors: Console, *, plain: bool) -> Iterator[_Lines]:
    if plain or not errors.is_terminal:
        yield _Lines(errors)
        return
    bar = _Bar(errors)
    with bar.progress:
        yield bar


def _print_summary(report: IngestReport) -> None:
    out = console()
    rows = [
        ("added", report.added),
        ("updated", report.updated),
        ("unchanged", report.unchanged),
        ("removed", report.removed),
        ("failed", report.failed),
    ]
    rows += [(name, n) for name, n in (("skipped files", report.skipped),) if n]
    rows += [(name, n) for name, n in (("repeated ids", report.duplicates),) if n]
    rows += [("passages", report.passages), ("embedded", report.embedded)]
    for name, count in rows:
        out.print(f"{name:14} {count:>9,}")
    out.print(f"{'seconds':14} {report.seconds:>9,.1f}")
