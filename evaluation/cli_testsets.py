"""The commands that make test sets: ``import`` and ``generate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vectorstore.console import command_errors, console, error_console

if TYPE_CHECKING:
    from evaluation.testset_lines import Item

_Form = Literal["auto", "squad", "flat", "known-item", "csv", "xlsx"]
_Out = Annotated[Path, typer.Option(metavar="FILE.jsonl", help="The test set to write.")]
_Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]


def register(app: typer.Typer) -> None:
    """Hang the commands on ``rawi evaluate``."""
    app.command("import")(import_command)


@command_errors()
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to make a test set of.")],
    out: _Out,
    articles: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl", help="Where to write the articles that a SQuAD file brings."
        ),
    ] = None,
    form: Annotated[_Form, typer.Option("--format", help="What FILE is.")] = "auto",
    force: _Force = False,
) -> None:
    """Make a test set of a file in another format.

    squad: XQuAD, ARCD, MLQA and the like; every paragraph becomes an article, see --articles.
    flat: a question per line with its passage_id. known-item: a query per line with its article.
    csv, xlsx: a question per row; the first row names the columns, in English or Arabic.

    Example:  rawi evaluate import xquad.ar.json --out xquad.jsonl --articles xquad-articles.jsonl
    """
    from evaluation.readers import read_foreign
    from evaluation.testset_rows import write_items, write_rows

    _refuse_to_overwrite([path for path in (out, articles) if path], force)
    imported = read_foreign(file, None if form == "auto" else form)
    if articles and not imported.articles:
        raise typer.BadParameter("FILE brings no articles", param_hint="--articles")
    write_items(out, imported.items)
    console().print(f"{out}: {_counted(imported.items)}")
    if articles:
        write_rows(articles, imported.articles)
        console().print(f"{articles}: {_many(imported.articles, 'article')}")
    elif imported.articles:
        error_console().print(
            f"{_many(imported.articles, 'paragraph')} left out; --articles FILE.jsonl writes "
            "them for `rawi ingest`"
        )


def _refuse_to_overwrite(paths: Sequence[Path], force: bool) -> None:
    from evaluation.errors import TestSetError

    if len({path.absolute() for path in paths}) < len(paths):
        raise typer.BadParameter("is the test set's own file", param_hint="--articles")
    for path in paths:
        if path.exists() and not force:
            raise TestSetError(f"{path} exists already. --force overwrites it.")


def _counted(items: Sequence[Item]) -> str:
    """How many questions there are, and how many of them have an answer."""
    from evaluation.testset_lines import ConversationItem, Turn

    turns: list[Turn] = []
    conversations = [item for item in items if isinstance(item, ConversationItem)]
    for item in items:
        turns += item.turns if isinstance(item, ConversationItem) else [item]
    expected = Counter(turn.expects_answer for turn in turns)
    within = f" ({_many(conversations, 'conversation')} among them)" if conversations else ""
    return (
        f"{_many(turns, 'question')}{within}: {expected[True]:,} answerable, "
        f"{expected[False]:,} not answerable, {expected[None]:,} open"
    )


def _many(things: Sequence[object], name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"
