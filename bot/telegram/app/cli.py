"""The commands ``rawi telegram`` and ``rawi feedback``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vectorstore.cli.console import command_errors, error_console

feedback_app = typer.Typer(no_args_is_help=True, help="What readers thought of the answers.")


@command_errors()
def telegram() -> None:
    """Run the Telegram bot until Ctrl-C or SIGTERM.

    Needs RAWI_TELEGRAM_TOKEN, in .env or the environment; docs/telegram.md tells how to get one.

    Example:  RAWI_TELEGRAM_TOKEN=123456:ABC… rawi telegram
    """
    from bot.telegram.app.lifecycle import run
    from bot.telegram.core.settings import TelegramSettings

    run(TelegramSettings())


@feedback_app.callback()
def _feedback() -> None:
    """Makes ``export`` a subcommand: Typer runs a single command without its name."""


@feedback_app.command("export")
@command_errors()
def export(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write; - is stdout.")
    ] = Path("-"),
) -> None:
    """Write rated answers as a test set for `rawi evaluate`: one JSON object per line.

    Example:  rawi feedback export -o feedback.jsonl
    """
    import json

    from bot.telegram.core.database import BotDatabase
    from bot.telegram.core.feedback import to_test_set
    from bot.telegram.core.repository import AnswerRepository
    from vectorstore.core.settings import StoreSettings

    database = BotDatabase(StoreSettings().home / "telegram.sqlite3")
    lines = [
        json.dumps(line, ensure_ascii=False) for line in to_test_set(AnswerRepository(database))
    ]
    database.close()
    text = "".join(f"{line}\n" for line in lines)
    if str(out) == "-":
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    error_console().print(f"{len(lines):,} rated answers")
