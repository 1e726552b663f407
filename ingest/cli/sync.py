"""``rawi sync``: bring the sources of ``sources.toml`` up to date."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from vectorstore.cli.console import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    command_errors,
    console,
    error_console,
    local_time,
    print_json,
)

if TYPE_CHECKING:
    from ingest.sync import Source, SourcesFile
    from ingest.sync.reports import SourceReport
    from ingest.sync.source_sync import SyncContext

_BUSY = 30.0  # seconds until a watch tries again what another process is syncing
_COUNTS = ("added", "updated", "unchanged", "gone", "removed", "failed")


@command_errors()
def sync(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Sources of sources.toml; all when left out."),
    ] = None,
    due: Annotated[
        bool,
        typer.Option("--due", help="Only those whose time has come: for cron. Quiet if none is."),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on until Ctrl-C: folders at once, others when due."),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Remove also where most of a source's articles are gone."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; with --watch one per sync.")
    ] = False,
) -> None:
    """Bring named sources up to date: what is new, what changed, what is gone.

    Sources stand in sources.toml (see `rawi sources add`). One that fails is reported, tried again
    ever later, and stops no other. Exit code 0: all good, 1: something failed, 2: wrong usage.

    Example:  rawi sync --due --json
    """
    from ingest.sync import read_sources, sources_path

    file = read_sources(sources_path())
    selected = file.select(names)
    has_problems = not names and print_problems(file)
    if not selected and not (names or file.problems or file.sources):
        print_no_sources(file)
        raise typer.Exit(EXIT_USAGE)
    if watch:
        _watch(names, yes=yes, as_json=as_json)
        return
    reports = _sync_all(file, selected, due=due, yes=yes, as_json=as_json)
    interrupted = any(report.status == "interrupted" for report in reports)
    if as_json:
        totals = {name: sum(getattr(report, name) for report in reports) for name in _COUNTS}
        print_json(
            {
                **totals,
                "interrupted": interrupted,
                "sources": [report.to_json() for report in reports],
                "problems": [problem.to_json() for problem in file.problems],
            }
        )
    elif reports:
        for line in summary_lines(reports):
            console().print(line)
    if interrupted:
        error_console().print(
            "Interrupted. What is counted is in the store; the rest is still due."
        )
        raise typer.Exit(EXIT_INTERRUPTED)
    bad = any(not report.ok and not (due and report.status == "busy") for report in reports)
    if bad or has_problems:
        raise typer.Exit(EXIT_FAILURE)


def print_problems(file: SourcesFile) -> bool:
    """Print the entries of ``sources.toml`` that cannot be used; whether there are any."""
    for problem in file.problems:
        error_console().print(f"error: {file.path}: {problem}")
    return bool(file.problems)


def print_no_sources(file: SourcesFile) -> None:
    """Print how to add a first source."""
    error_console().print(f"There are no sources in {file.path} yet: rawi sources add ADDRESS")


def _sync_all(
    file: SourcesFile, selected: list[Source], *, due: bool, yes: bool, as_json: bool
) -> list[SourceReport]:
    """Sync ``selected``, or those of them that are due; one report each."""
    from ingest.sync.scheduler import due_now, open_sync
    from vectorstore.core.settings import StoreSettings

    if due:
        selected = due_now(selected, StoreSettings())
    reports: list[SourceReport] = []
    if not selected:
        return reports
    notify = error_console().print
    with open_sync(file.sources, force=yes, poll_by_age=due, notify=notify) as context:
        for source in selected:
            reports.append(_sync_one(source, context, due=due, bar=not as_json))
            if reports[-1].status == "interrupted":
                break
    return reports


def _sync_one(source: Source, context: SyncContext, *, due: bool, bar: bool) -> SourceReport:
    from ingest.cli.progress import observer_for
    from ingest.sync.scheduler import sync_locked

    errors = error_console()
    errors.print(f"{source.name}: {source.where}")
    with observer_for(errors, bar=errors.is_terminal and bar) as observer:
        timeout = 0.0 if due else None
        report = sync_locked(source, context, observer, due_only=due, timeout=timeout)
    if report.error:
        errors.print(f"{source.name}: {report.status}: {report.error}")
    if report.skipped:
        errors.print(f"{source.name}: skipped {report.skipped:,}, removed by hand or no articles")
    return report


def _watch(names: list[str] | None, *, yes: bool, as_json: bool) -> None:
    from ingest.core.report import Observer
    from ingest.sync import sources_path
    from ingest.sync.scheduler import open_sync, sync_locked
    from ingest.sync.watch import IncompleteFiles, Watch
    from vectorstore.core.errors import StoreBusyError
    from vectorstore.core.settings import StoreSettings

    errors = error_console()
    watch = Watch(sources_path(), names, StoreSettings(), report=errors.print)
    folders = sum(not source.is_web for source in watch.selected)
    errors.print(f"watching {folders} folders or files, {len(watch.selected)} sources in all")
    for ready in watch:
        incomplete = IncompleteFiles()
        try:
            with open_sync(
                watch.file.sources,
                force=yes,
                poll_by_age=True,
                is_incomplete=incomplete,
                notify=errors.print,
            ) as context:
                for source in ready:
                    incomplete.found = False
                    report = sync_locked(source, context, Observer(), timeout=0.0)
                    _print_watched(report, as_json=as_json)
                    if report.status == "interrupted":
                        raise typer.Exit(EXIT_INTERRUPTED)
                    if incomplete.found:
                        watch.schedule(source)
                    elif report.status == "busy":
                        watch.schedule(source, _BUSY)
        except StoreBusyError as error:  # for example during a rebuild
            errors.print(f"{error} The watch goes on.")
            for source in ready:
                watch.schedule(source, _BUSY)


def _print_watched(report: SourceReport, *, as_json: bool) -> None:
    """Print a line for a sync that changed something, or failed."""
    if report.status == "busy":
        return
    if as_json:
        print_json(report.to_json())
        return
    if report.error:
        when = f"; again {_time(report.next)}" if report.next else ""
        error_console().print(f"{report.name}: {report.error}{when}")
    counts = report.counts()
    changes = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n and name != "unchanged")
    if changes:
        console().print(f"{time.strftime('%H:%M:%S')} {report.name}: {changes}")
    for failure in report.failures if not report.error else ():
        error_console().print(f"failed: {failure.place}: {failure.error}")


def summary_lines(reports: list[SourceReport]) -> list[str]:
    """A table with a row per source: its counts, its state and when it is due again."""
    width = max(len("source"), *(len(report.name) for report in reports))
    head = "".join(f"{name:>10}" for name in _COUNTS)
    lines = [f"{'source':{width}}{head}  {'state':11}next"]
    for report in reports:
        row = "".join(f"{getattr(report, name):>10,}" for name in _COUNTS)
        lines.append(f"{report.name:{width}}{row}  {report.status:11}{_time(report.next)}")
    return lines


def _time(seconds: float) -> str:
    return local_time(datetime.fromtimestamp(seconds) if seconds else None)
