"""Keeping up with the news: ``rawi sync``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.cli.console import (
    FAILED,
    INTERRUPTED,
    USAGE,
    command_errors,
    console,
    error_console,
)

if TYPE_CHECKING:
    from ingest.sync import Source, SourcesFile
    from ingest.sync.reports import SourceReport
    from ingest.sync.source_sync import SyncTools

_BUSY = 30.0  # seconds until a watch looks again at what another process is syncing
_COLUMNS = ("added", "updated", "unchanged", "gone", "removed", "failed")


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
    chosen = file.named(names)
    _complain(file, names)
    if not chosen and not (names or file.problems or file.sources):
        error_console().print(f"There are no sources in {file.path} yet: rawi sources add ADDRESS")
        raise typer.Exit(USAGE)
    if watch:
        _watch(names, yes=yes, as_json=as_json)
        return
    reports = _round(file, chosen, due=due, yes=yes, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(_as_json(file, reports), ensure_ascii=False))
    elif reports:
        for line in summary_lines(reports):
            console().print(line)
    if any(report.status == "interrupted" for report in reports):
        error_console().print(
            "Interrupted. What is counted is in the store; the rest is still due."
        )
        raise typer.Exit(INTERRUPTED)
    bad = any(not report.ok and not (due and report.status == "busy") for report in reports)
    if bad or (file.problems and not names):
        raise typer.Exit(FAILED)


def _complain(file: SourcesFile, names: list[str] | None) -> None:
    for problem in file.problems if not names else ():
        error_console().print(f"error: {file.path}: {problem}")


def _round(
    file: SourcesFile, chosen: list[Source], *, due: bool, yes: bool, as_json: bool
) -> list[SourceReport]:
    """Sync ``chosen``, or those of them that are due; one report each."""
    from ingest.sync.scheduler import due_now, open_tools
    from vectorstore.core.settings import StoreSettings

    if due:
        chosen = due_now(chosen, StoreSettings())
    reports: list[SourceReport] = []
    if not chosen:
        return reports
    notify = error_console().print
    with open_tools(file.sources, force=yes, patient=due, notify=notify) as tools:
        for source in chosen:
            report = _one(source, tools, due=due, bar=not as_json)
            reports.append(report)
            if report.status == "interrupted":
                break
    return reports


def _one(source: Source, tools: SyncTools, *, due: bool, bar: bool) -> SourceReport:
    from ingest.cli.progress import observer_for
    from ingest.sync.scheduler import sync_in_turn

    errors = error_console()
    errors.print(f"{source.name}: {source.where}")
    with observer_for(errors, bar=errors.is_terminal and bar) as observer:
        report = sync_in_turn(source, tools, observer, due_only=due, patience=0.0 if due else None)
    if report.error:
        errors.print(f"{source.name}: {report.status}: {report.error}")
    if report.skipped:
        errors.print(f"{source.name}: skipped {report.skipped:,}, removed by hand or no articles")
    return report


def _watch(names: list[str] | None, *, yes: bool, as_json: bool) -> None:
    from ingest.core.report import Observer
    from ingest.sync import sources_path
    from ingest.sync.scheduler import open_tools, sync_in_turn
    from ingest.sync.watch import Unfinished, Watch
    from vectorstore.core.errors import StoreBusyError
    from vectorstore.core.settings import StoreSettings

    errors = error_console()
    watching = Watch(sources_path(), names, StoreSettings(), complain=errors.print)
    folders = sum(not source.is_web for source in watching.chosen)
    errors.print(f"watching {folders} folders or files, {len(watching.chosen)} sources in all")
    for ready in watching:
        unfinished = Unfinished()
        tools = open_tools(
            watching.file.sources,
            force=yes,
            patient=True,
            unfinished=unfinished,
            notify=errors.print,
        )
        try:
            with tools as opened:
                for source in ready:
                    unfinished.met = False
                    report = sync_in_turn(source, opened, Observer(), patience=0.0)
                    _tell(report, as_json=as_json)
                    if report.status == "interrupted":
                        raise typer.Exit(INTERRUPTED)
                    if unfinished.met:
                        watching.again(source)
                    elif report.status == "busy":
                        watching.again(source, _BUSY)
        except StoreBusyError as error:  # a rebuild takes long
            errors.print(f"{error} The watch goes on.")
            for source in ready:
                watching.again(source, _BUSY)


def _tell(report: SourceReport, *, as_json: bool) -> None:
    """A line for a sync that did something, or failed."""
    if report.status == "busy":
        return
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
        return
    counts = report.counts()
    if report.error:
        when = f"; again {shown_time(report.next)}" if report.next else ""
        error_console().print(f"{report.name}: {report.error}{when}")
    done = ", ".join(f"{n:,} {name}" for name, n in counts.items() if n and name != "unchanged")
    if done:
        console().print(f"{time.strftime('%H:%M:%S')} {report.name}: {done}")
    for failure in report.failures:
        if not report.error:
            error_console().print(f"failed: {failure.place}: {failure.error}")


def _as_json(file: SourcesFile, reports: list[SourceReport]) -> dict[str, Any]:
    totals = {name: sum(getattr(report, name) for report in reports) for name in _COLUMNS}
    return {
        **totals,
        "interrupted": any(report.status == "interrupted" for report in reports),
        "sources": [report.to_json() for report in reports],
        "problems": [{"name": p.name, "field": p.field, "reason": p.reason} for p in file.problems],
    }


def summary_lines(reports: Iterable[SourceReport]) -> list[str]:
    """A table: a row per source, with what its sync did and when it is due again."""
    reports = list(reports)
    width = max(len("source"), *(len(report.name) for report in reports))
    head = "".join(f"{name:>10}" for name in _COLUMNS)
    lines = [f"{'source':{width}}{head}  {'state':11}next"]
    for report in reports:
        row = "".join(f"{getattr(report, name):>10,}" for name in _COLUMNS)
        due = shown_time(report.next)
        lines.append(f"{report.name:{width}}{row}  {report.status:11}{due}")
    return lines


def shown_time(moment: float | None) -> str:
    """Seconds since the epoch as local time, ``2026-11-26 07:10``; ``-`` for never, or now."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if moment else "-"
