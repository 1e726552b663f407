"""The editor's command: ``rawi ingest``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ingest.core.urls import is_url
from vectorstore.cli.console import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    command_errors,
    console,
    error_console,
    listed_ids,
    print_json,
    require_terminal,
)


@command_errors()
def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Files, folders (read whole), and addresses of articles, feeds and sitemaps.",
        ),
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--list", metavar="FILE", help="A file of such sources, one per line."),
    ] = None,
    sync: Annotated[
        bool,
        typer.Option("--sync", help="Also remove articles whose files under PATH are gone."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before removing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object of counts and nothing else.")
    ] = False,
) -> None:
    """Read articles into the store, from files, pages, feeds and sitemaps.

    What is unchanged costs nothing; a changed article is replaced whole.
    What cannot be read is reported with a remedy, and the rest goes in.
    Each run has an id: `rawi ingest runs` lists them, `rawi ingest undo RUN` undoes one.
    (To ingest a folder named runs or undo, write ./runs or ./undo.)
    Exit code 0: all good, 1: some failed, 2: wrong usage.

    Example:  rawi ingest news/ more.jsonl https://example.org/feed.xml
    """
    require_terminal(yes or not sync, "--sync")
    named = [*(sources or ()), *(_lines(listed) if listed else ())]
    if not named:
        raise typer.BadParameter("name a file, a folder or an address", param_hint="SOURCE")
    urls = [source for source in named if is_url(source)]
    paths = [Path(source) for source in named if not is_url(source)]
    from ingest.cli.progress import observer_for, summary_lines
    from ingest.pipeline import IngestOptions, run_ingest
    from ingest.store import open_store

    errors = error_console()
    with (
        open_store(writable=True, notify=errors.print) as store,
        observer_for(errors, bar=errors.is_terminal and not as_json) as observer,
    ):

        def choose_removals(missing: Sequence[str]) -> Sequence[str]:
            if yes or not missing:
                return missing
            observer.stop()
            return missing if _confirm_removal(missing) else ()

        options = IngestOptions(sync=sync, choose_removals=choose_removals, observer=observer)
        report = run_ingest(store, paths, urls=urls, options=options)
    if as_json:
        print_json(report.to_json())
    else:
        out = console()
        for line in summary_lines(report):
            out.print(line)
    if report.interrupted:
        errors.print("Interrupted. What is counted is in the store; run it again for the rest.")
        raise typer.Exit(EXIT_INTERRUPTED)
    if report.failed:
        raise typer.Exit(EXIT_FAILURE)


def _lines(path: Path) -> list[str]:
    """The sources in a file, one a line; blank lines and comments (#) are skipped."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--list") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _confirm_removal(article_ids: Sequence[str]) -> bool:
    errors = error_console()
    for line in listed_ids(article_ids):
        errors.print(line)
    what = "article that is" if len(article_ids) == 1 else "articles that are"
    return typer.confirm(f"Remove {len(article_ids):,} {what} no longer there?", err=True)
