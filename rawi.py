"""Rawi's front door: the packages' commands side by side, each imported when it is run."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup


def _command(function: Callable[..., None], cls: type[TyperCommand] = TyperCommand) -> Any:
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command(cls=cls)(function)
    return typer.main.get_command(single)


def _ingest() -> Any:
    from ingest.cli.ingest import ingest
    from ingest.cli.runs import IngestCommand

    return _command(ingest, IngestCommand)


def _sync() -> Any:
    from ingest.cli.sync import sync

    return _command(sync)


def _sources() -> Any:
    from ingest.cli.sources import sources_app

    return typer.main.get_group(sources_app)


def _ask() -> Any:
    from bot.cli.ask_chat import ask

    return _command(ask)


def _chat() -> Any:
    from bot.cli.ask_chat import chat

    return _command(chat)


def _telegram() -> Any:
    from bot.telegram.app.cli import telegram

    return _command(telegram)


def _articles() -> Any:
    from vectorstore.cli.articles import articles_app

    return typer.main.get_group(articles_app)


def _store() -> Any:
    from ingest.cli import backup  # noqa: F401 - adds its commands to store_app
    from ingest.cli.store import store_app

    return typer.main.get_group(store_app)


def _evaluate() -> Any:
    from evaluation.cli.app import app as evaluate_app

    return typer.main.get_group(evaluate_app)


def _feedback() -> Any:
    from bot.telegram.app.cli import feedback_app

    return typer.main.get_group(feedback_app)


def _doctor() -> Any:
    from bot.cli.ask_chat import doctor

    return _command(doctor)


_COMMANDS: dict[str, Callable[[], Any]] = {
    "ingest": _ingest,
    "sync": _sync,
    "ask": _ask,
    "chat": _chat,
    "telegram": _telegram,
    "doctor": _doctor,
    "sources": _sources,
    "articles": _articles,
    "store": _store,
    "evaluate": _evaluate,
    "feedback": _feedback,
}


@cache
def _load(name: str) -> Any:
    command = _COMMANDS[name]()
    command.name = name
    return command


class _LazyGroup(TyperGroup):
    """The commands of `_COMMANDS`; a command's modules are imported when it is asked for.

    ``rawi ask`` would otherwise import the commands of every package.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the help text."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        return _load(cmd_name) if cmd_name in _COMMANDS else None


app = typer.Typer(
    name="rawi",
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Asks your articles, in Arabic first, and shows the exact words each answer rests on.",
    epilog="Start with:  rawi ingest samples/  and then  rawi ask 'من تعهد بملء مخزون الصواريخ؟'",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"rawi {version('rawi')}")
        raise typer.Exit


@app.callback()
def _front_door(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """The ``rawi`` command."""
    # Commands begin by importing some hundred thousand objects, none of which is garbage; looking
    # for it after every 700 of them takes a tenth of the time of a short command.
    gc.set_threshold(50_000)
    app()


if __name__ == "__main__":
    main()
