"""Rawi's front door: the packages' commands side by side, nothing more."""

from __future__ import annotations

import gc

import typer

app = typer.Typer(
    name="rawi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Asks your articles, in Arabic first, and shows the exact words each answer rests on.",
    epilog="Start with:  rawi ingest samples/  and then  rawi ask 'من تعهد بملء مخزون الصواريخ؟'",
)


def _hang_commands() -> None:
    from bot.cli.ask_chat import ask, chat, doctor
    from bot.telegram.app.cli import feedback_app, telegram
    from evaluation.cli.app import app as evaluate_app
    from ingest.cli import backup  # noqa: F401 - hangs its commands into store_app
    from ingest.cli.ingest import ingest
    from ingest.cli.runs import IngestCommand
    from ingest.cli.sources import sources_app
    from ingest.cli.store import store_app
    from ingest.cli.sync import sync
    from vectorstore.cli.articles import articles_app

    app.command("ingest", cls=IngestCommand)(ingest)
    app.command("sync")(sync)
    app.add_typer(sources_app, name="sources")
    app.command("ask")(ask)
    app.command("chat")(chat)
    app.command("telegram")(telegram)
    app.add_typer(articles_app, name="articles")
    app.add_typer(store_app, name="store")
    app.add_typer(evaluate_app, name="evaluate")
    app.add_typer(feedback_app, name="feedback")
    app.command("doctor")(doctor)


_hang_commands()


def main() -> None:
    """The ``rawi`` command."""
    # Commands begin by importing some hundred thousand objects, none of which is garbage; looking
    # for it after every 700 of them takes a tenth of the time of a short command.
    gc.set_threshold(50_000)
    app()


if __name__ == "__main__":
    main()
