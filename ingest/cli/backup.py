"""``rawi store backup`` and ``rawi store restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.cli.store import article_progress, open_any, store_app
from vectorstore.cli.console import (
    command_errors,
    console,
    error_console,
    require_new,
    require_terminal,
)

if TYPE_CHECKING:
    from vectorstore.maintenance.backup import Manifest


@store_app.command()
@command_errors()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to, e.g. rawi.tar.gz.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Write the whole store into one file, while the bot runs and others ingest.

    It holds articles, passages, vectors and the runs that can be undone; no conversations, no
    settings, no secrets.

    Example:  rawi store backup rawi-$(date +%F).tar.gz
    """
    require_new(file, force)
    with open_any() as store:
        manifest = store.back_up(file)
    console().print(f"{_contents(manifest)} in {file} ({file.stat().st_size / 1e6:,.1f} MB)")


@store_app.command()
@command_errors()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `store backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="Also when it was made with other settings or is damaged; "
            "`rawi store rebuild` may then be needed.",
        ),
    ] = False,
) -> None:
    """Put a backup in the place of all that is stored, while the bot runs.

    The bot finds it with its next question. Killed in between, nothing has changed. Only where the
    catalogue that is there is damaged, a running bot must be restarted.

    Example:  rawi store restore rawi-2026-11-26.tar.gz
    """
    require_terminal(yes, "FILE")
    from ingest.fetching.http_cache import clear_cache
    from ingest.store import chunker_id, open_store
    from vectorstore.core.locks import WriterLock
    from vectorstore.core.settings import StoreSettings
    from vectorstore.maintenance import backup as backups
    from vectorstore.store import configured_fingerprint

    errors = error_console()
    manifest = backups.read_manifest(file)
    settings = StoreSettings()
    damaged = backups.is_damaged(settings.store_path)
    if not yes:
        errors.print(f"{file}: {_contents(manifest)}, of {manifest.created}.")
    if damaged:
        if not yes:
            question = "The catalogue that is there is damaged. Move it aside and restore?"
            typer.confirm(question, abort=True, err=True)
        aside = backups.move_damaged_catalogue(
            settings.store_path,
            WriterLock(settings.store_path, "write", settings.lock_timeout),
            file,
            configured_fingerprint(settings, chunker_id()),
            anyway=anyway,
        )
        if aside is not None:
            errors.print(
                f"The catalogue that is there is damaged; it was moved to {aside}. A bot that is "
                "running still has it open: restart it when this is done."
            )
    with open_store(settings, writable=True, check_fingerprint=False, notify=errors.print) as store:
        if not yes and not damaged:
            there = store.catalogue.counts()["articles"]
            typer.confirm(f"Put them in the place of {there:,} articles?", abort=True, err=True)
        clear_cache(settings.home)
        with article_progress("restoring") as progress:
            store.restore(file, anyway=anyway, progress=progress)
        clear_cache(settings.home)  # again: a sync may have fetched meanwhile
    console().print(f"Restored {_contents(manifest)}, of {manifest.created}.")


def _contents(manifest: Manifest) -> str:
    return f"{manifest.articles:,} articles, {manifest.passages:,} passages"
