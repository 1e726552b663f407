"""``rawi store check|rebuild|stats|export``.

They are in ingest and not in vectorstore, because a rebuild may chunk articles again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from vectorstore.cli.console import (
    EXIT_FAILURE,
    command_errors,
    console,
    error_console,
    print_json,
    require_new,
)
from vectorstore.core.errors import RawiError

if TYPE_CHECKING:
    from vectorstore.store import ArticleStore

store_app = typer.Typer(
    no_args_is_help=True,
    help="Check, rebuild, measure, back up and restore the store.",
    pretty_exceptions_enable=False,
)


@store_app.command()
@command_errors()
def check() -> None:
    """Compare catalogue, vectors and lexical index; exit code 1 when something is wrong.

    Example:  rawi store check
    """
    with open_any() as store:
        problems = store.check()
        counts = store.catalogue.counts()
    for problem in problems:
        error_console().print(f"error: {problem}")
    if problems:
        raise typer.Exit(EXIT_FAILURE)
    console().print(
        f"The store is in order: {counts['articles']:,} articles, {counts['passages']:,} passages."
    )


@store_app.command()
@command_errors()
def rebuild() -> None:
    """Rebuild vectors and lexical index, after settings have changed or something broke.

    Readers use the old ones until it is done. Vectors are reused where model and passage are the
    same; articles are chunked again where the chunker has changed, or where an older version looked
    for teasers.

    Example:  RAWI_STORE_MODEL=intfloat/multilingual-e5-base rawi store rebuild
    """
    from ingest.store import chunker_for

    with open_any(writable=True) as store, article_progress("rebuilding") as progress:
        stored = store.stored_fingerprint()
        recut = stored is not None and stored.chunker != store.chunker_id
        recut = recut or store.catalogue.has_old_fingerprints()
        recut = recut or bool(store.catalogue.integrity_problems())
        result = store.rebuild(chunker_for(store.embedder) if recut else None, progress=progress)
    console().print(
        f"Rebuilt {result.articles:,} articles: {result.passages:,} passages, "
        f"{result.reused:,} vectors reused, {result.embedded:,} embedded."
    )


@store_app.command()
@command_errors()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say how much is stored, from where, from when, and how it was made.

    Example:  rawi store stats --json
    """
    with open_any() as store:
        figures = _figures(store)
    if as_json:
        print_json(figures)
        return
    out = console()
    for name, value in figures.items():
        if isinstance(value, dict):
            out.print(f"{name}:")
            for key, part in value.items():
                out.print(
                    f"  {_formatted(part):>9}  {key}"
                    if name != "fingerprint"
                    else f"  {key:11} {part}"
                )
        else:
            out.print(f"{name:11} {_formatted(value)}")


@store_app.command()
@command_errors()
def export(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to; standard output when left out."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Write all articles as JSON lines, which `rawi ingest` reads again.

    Example:  rawi store export articles.jsonl
    """
    require_new(file, force)
    from ingest.export import records

    count = 0
    with open_any() as store, _open_output(file) as out:
        for record in records(store.catalogue):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    if file is not None:
        console().print(f"{count:,} articles in {file}")


@contextmanager
def _open_output(file: Path | None) -> Iterator[TextIO]:
    """``file``, which is replaced when all is written; standard output without one."""
    if file is None:
        yield sys.stdout
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8") as out:
            yield out
        part.replace(file)
    except OSError as error:
        raise RawiError(f"{file} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _formatted(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value or "-")


def _figures(store: ArticleStore) -> dict[str, Any]:
    counts = store.catalogue.counts()
    folder = store.settings.store_path
    stored = store.stored_fingerprint()
    return {
        **{name: counts[name] for name in ("articles", "passages", "characters")},
        "oldest": counts["oldest"],
        "newest": counts["newest"],
        "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "folder": str(folder),
        "sources": dict(store.catalogue.sources()),
        "languages": dict(store.catalogue.languages()),
        "fingerprint": asdict(stored) if stored else None,
    }


def open_any(*, writable: bool = False) -> ArticleStore:
    """The existing store, whatever settings it was written with."""
    from ingest.store import open_store
    from vectorstore.core.settings import StoreSettings

    settings = StoreSettings()
    exists = (settings.store_path / "catalogue.sqlite3").exists()
    return open_store(
        settings,
        writable=writable and exists,
        check_fingerprint=False,
        notify=error_console().print,
    )


@contextmanager
def article_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, a line for every tenth elsewhere."""
    errors = error_console()
    if not errors.is_terminal:
        tenths = -1

        def print_tenths(done: int, total: int) -> None:
            nonlocal tenths
            if 10 * done // total > tenths:
                tenths = 10 * done // total
                errors.print(f"{done:,} of {total:,} articles")

        yield print_tenths
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=errors
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
