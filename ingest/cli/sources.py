"""``rawi sources list|check|add|remove``."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ingest.cli.sync import print_no_sources, print_problems
from vectorstore.cli.console import (
    EXIT_FAILURE,
    command_errors,
    console,
    error_console,
    local_time,
    print_json,
    require_terminal,
)

if TYPE_CHECKING:
    from ingest.sync import Source, SourcesFile
    from ingest.sync.source_check import SourceCheck
    from ingest.sync.state import SyncState

sources_app = typer.Typer(
    no_args_is_help=True,
    help="List, check, add and remove the sources that `rawi sync` keeps up to date.",
    pretty_exceptions_enable=False,
)


@sources_app.command("list")
@command_errors()
def list_sources(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the sources: how each is doing, how many articles it has, when it is due.

    Example:  rawi sources list
    """
    from ingest.sync import read_sources, sources_path
    from ingest.sync.state import SyncState
    from vectorstore.core.settings import StoreSettings

    file = read_sources(sources_path())
    with SyncState(StoreSettings().home) as state:
        rows = [_row(source, state) for source in file.sources.values()]
    if as_json:
        problems = [problem.to_json() for problem in file.problems]
        print_json({"file": str(file.path), "sources": rows, "problems": problems})
        return
    _print_table(rows)
    for row in rows:
        if row["problem"]:
            error_console().print(f"{row['name']}: {row['problem']}; {row['remedy']}")
    if not print_problems(file) and not rows:
        print_no_sources(file)


def _row(source: Source, states: SyncState) -> dict[str, Any]:
    from ingest.sync.reports import iso

    state = states.get(source.name)
    return {
        "name": source.name,
        "label": source.label,
        "from": source.where,
        "every": source.every,
        "gone": "remove" if source.removes_gone else "keep",
        "enabled": source.enabled,
        "status": state.status(source),
        "articles": len({one.article_id for one in states.articles(source.name)}),
        "last_success": iso(state.succeeded),
        "last_sync": iso(state.ended),
        "next": iso(state.due(source)) if source.enabled else None,
        "failures": state.failures,
        "problem": state.problem,
        "remedy": state.remedy,
        "code": state.error and state.error.code,
        "counts": state.counts,
        "failed": [failure.to_json() for failure in state.failed],
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from datetime import datetime

    from rich.table import Table

    from vectorstore.cli.articles import print_table

    def local(moment: str | None) -> str:
        return local_time(datetime.fromisoformat(moment) if moment else None)

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("name", "state", "articles", "last success", "next", "every", "gone", "from"):
        table.add_column(name, justify="right" if name == "articles" else "left", overflow="fold")
    for row in rows:
        due = "now" if row["enabled"] and row["next"] is None else local(row["next"])
        cells = (row["status"], f"{row['articles']:,}", local(row["last_success"]), due)
        table.add_row(row["name"], *cells, row["every"], row["gone"], row["from"])
    if rows:
        print_table(console(), table)


@sources_app.command()
@command_errors()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="All when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Ask each source what it would give, without ingesting; exit code 1 when something is wrong.

    Example:  rawi sources check
    """
    from ingest.core.settings import IngestSettings
    from ingest.fetching import Fetcher
    from ingest.sync import read_sources, sources_path
    from ingest.sync.source_check import check_source

    file, settings = read_sources(sources_path()), IngestSettings()
    found = []
    with Fetcher(settings) as fetcher:
        for source in file.select(names):
            found.append(check_source(source, fetcher, settings))
            if not as_json:
                _print_check(found[-1])
    if as_json:
        print_json([one.to_json() for one in found])
    has_problems = not names and print_problems(file)
    if has_problems or any(one.error for one in found):
        raise typer.Exit(EXIT_FAILURE)


def _print_check(found: SourceCheck) -> None:
    out = console()
    if found.kind is not None:
        what = {"files": "files", "page": "article"}.get(found.kind, "articles")
        newest = f", the newest of {found.newest[:10]}" if found.newest else ""
        out.print(f"{found.name}: {found.kind}: {found.articles:,} {what}{newest}")
    if found.example:
        out.print(f"  for example: {found.example}")
    if found.error:
        out.print(f"{found.name}: {found.error}")


@sources_app.command()
@command_errors()
def add(
    place: Annotated[str, typer.Argument(metavar="FROM", help="An address, a folder or a file.")],
    name: Annotated[str | None, typer.Option("--name", help="Its name; made from FROM.")] = None,
    every: Annotated[
        str | None, typer.Option("--every", help="How often: 15m, 2h, 1d. 1h when left out.")
    ] = None,
    gone: Annotated[
        Literal["keep", "remove"] | None,
        typer.Option("--gone", help="What becomes of articles that are there no more."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="The publisher's name for its articles.")
    ] = None,
    max_links: Annotated[
        int | None, typer.Option("--max-links", min=1, help="Articles taken at once, at most.")
    ] = None,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Add it without asking whether it is there.")
    ] = False,
) -> None:
    """Add a source to sources.toml. Of a page that names feeds, the first feed is added.

    Example:  rawi sources add https://example.org/ --every 15m
    """
    from ingest.core.urls import is_url
    from ingest.sync import read_sources, sources_path
    from ingest.sync.sources_editor import add_source, unique_name
    from ingest.sync.sources_file import shell_quoted

    path = sources_path()
    if not is_url(place):
        place = os.path.abspath(os.path.expanduser(place))
    file = read_sources(path)
    if not no_check:
        place = _resolve_place(place)
    same = next((s.name for s in file.sources.values() if s.where == place), None)
    if same is not None:
        raise typer.BadParameter(f"the source {same} is the same place", param_hint="FROM")
    name = name or unique_name(place, {*file.sources, *(p.name for p in file.problems)})
    given = {"from": place, "every": every, "gone": gone, "max_links": max_links, "source": source}
    path.parent.mkdir(parents=True, exist_ok=True)
    add_source(path, name, {field: value for field, value in given.items() if value is not None})
    console().print(f"Added {name} to {path}: {place}")
    error_console().print(f"To read it now: rawi sync {shell_quoted(name)}")


def _resolve_place(place: str) -> str:
    """``place``, or the first feed that the page there names; prints what was found.

    Raises:
        typer.Exit: nothing in it can be read.
    """
    from ingest.core.settings import IngestSettings
    from ingest.fetching import Fetcher
    from ingest.sync.source_check import check_source
    from ingest.sync.sources_file import Source

    settings, errors = IngestSettings(), error_console()
    with Fetcher(settings) as fetcher:

        def check_place(at: str) -> SourceCheck:
            return check_source(Source.model_validate({"from": at}), fetcher, settings)

        found = check_place(place)
        for feed in found.feeds:
            other = check_place(feed.url)
            if other.kind == "feed":
                more = [one.url for one in found.feeds if one != feed]
                errors.print(f"The page names a feed: {feed.url}")
                if more:
                    errors.print(f"It names others, too: {', '.join(more)}")
                place, found = feed.url, other
                break
    if found.kind is None:
        errors.print(f"error: {place}: {found.error}; or add --no-check")
        raise typer.Exit(EXIT_FAILURE)
    what = f"{found.kind}, {found.articles:,} {'files' if found.kind == 'files' else 'articles'}"
    errors.print(f"Found: {what}{f', for example: {found.example}' if found.example else ''}")
    if found.error:
        errors.print(f"warning: {found.error}")
    return place


@sources_app.command()
@command_errors()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    articles: Annotated[
        bool,
        typer.Option("--articles", help="Remove its articles, too, that no other source has."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before removing.")] = False,
) -> None:
    """Take a source out of sources.toml. Its articles stay, unless --articles.

    Example:  rawi sources remove almarfa.example --articles
    """
    from ingest.sync import read_sources, sources_path
    from ingest.sync.scheduler import source_lock
    from ingest.sync.sources_editor import remove_source
    from ingest.sync.state import SyncState
    from vectorstore.core.settings import StoreSettings

    require_terminal(yes or not articles, "--yes")
    file = read_sources(sources_path())
    with SyncState(StoreSettings().home) as state:
        own = _own_articles(name, file, state) if articles else []
        if own and not yes and not typer.confirm(f"Remove {len(own):,} articles?", err=True):
            raise typer.Exit(EXIT_FAILURE)
        with ExitStack() as stack:
            if own:  # first, so that the command can be repeated; no sync may interfere
                stack.enter_context(source_lock(file.sources[name], StoreSettings()).hold())
            removed = _remove_articles(own, file.sources[name].where) if own else 0
            remove_source(file.path, name)
        state.delete(name)
    console().print(f"Removed {name}" + (f" and {removed:,} of its articles" if articles else ""))


def _own_articles(name: str, file: SourcesFile, state: SyncState) -> list[str]:
    file.select([name])
    ids = {one.article_id for one in state.articles(name)}
    return sorted(
        ids - state.ids_of_sources(ids, [other for other in file.sources if other != name])
    )


def _remove_articles(article_ids: list[str], where: str) -> int:
    from ingest.store import open_store

    with (
        open_store(writable=True, notify=error_console().print) as store,
        store.record_run(
            "ingest", [where]
        ),  # kind ingest: no tombstones, as another source may have them
    ):
        return len(store.remove(article_ids))
