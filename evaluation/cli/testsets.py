"""The commands that make test sets: ``import`` and ``generate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vectorstore.cli.console import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    command_errors,
    console,
    error_console,
)

if TYPE_CHECKING:
    from evaluation.generation.known_items import GeneratedItems
    from evaluation.testsets.items import Item
    from vectorstore.catalogue.articles import Catalogue

_Format = Literal["auto", "squad", "flat", "known-item", "csv", "xlsx"]
_Out = Annotated[Path, typer.Option(metavar="FILE.jsonl", help="The test set to write.")]
_PAIRS = 100
_Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]


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
    file_format: Annotated[_Format, typer.Option("--format", help="What FILE is.")] = "auto",
    force: _Force = False,
) -> None:
    """Make a test set of a file in another format.

    squad: XQuAD, ARCD, MLQA and the like; every paragraph becomes an article, see --articles.
    flat: a question per line with its passage_id. known-item: a query per line with its article.
    csv, xlsx: a question per row; the first row names the columns, in English or Arabic.

    Example:  rawi evaluate import xquad.ar.json --out xquad.jsonl --articles xquad-articles.jsonl
    """
    from evaluation.testsets.jsonl import write_items, write_rows
    from evaluation.testsets.readers import import_testset

    _refuse_to_overwrite([path for path in (out, articles) if path], force)
    imported = import_testset(file, None if file_format == "auto" else file_format)
    if articles and not imported.articles:
        raise typer.BadParameter("FILE brings no articles", param_hint="--articles")
    write_items(out, imported.items)
    console().print(f"{out}: {_summary(imported.items)}")
    if articles:
        write_rows(articles, imported.articles)
        console().print(f"{articles}: {_plural(imported.articles, 'article')}")
    elif imported.articles:
        error_console().print(
            f"{_plural(imported.articles, 'paragraph')} left out; --articles FILE.jsonl writes "
            "them for `rawi ingest`"
        )


@command_errors()
def generate_command(
    out: _Out,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"At most so many questions; with --model {_PAIRS} by default."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND,KIND", help="Of what: title, summary; both when left out."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="PROVIDER:NAME", help="Have this chat model write questions instead."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw; the same draws the same.")] = 0,
    force: _Force = False,
) -> None:
    """Make a test set from the articles in the store.

    Without --model, each question is an article's title or summary, and that article has to be
    found; run it with --articles, so that titles and summaries are not indexed. With --model, a
    chat model writes a question and its answer from a passage, and each pair is checked.

    Example:  rawi evaluate generate --kind title --limit 200 --out titles.jsonl
    """
    from evaluation.core.errors import EvaluationError
    from evaluation.testsets.jsonl import write_items
    from ingest.store import open_store

    kinds, exit_code = _kinds(kind), 0
    if model and kind:
        raise typer.BadParameter("name one of them", param_hint="--kind / --model")
    _refuse_to_overwrite([out], force)
    with open_store(check_fingerprint=False) as store:
        if model:
            made, exit_code = _pairs(store.catalogue, model, limit or _PAIRS, seed)
        else:
            from evaluation.generation.known_items import known_items

            made = known_items(store.catalogue, kinds=kinds, limit=limit, seed=seed)
    for reason, count in made.skipped.most_common():
        error_console().print(f"left out: {count:,} × {reason}")
    if not made.items and not exit_code:
        raise EvaluationError("The store's articles gave no question. `rawi ingest` adds articles.")
    if made.items:
        write_items(out, made.items)
        console().print(f"{out}: {_summary(made.items)}")
    if exit_code:
        raise typer.Exit(exit_code)


def _kinds(names: str | None) -> tuple[str, ...]:
    from evaluation.generation.known_items import KINDS

    kinds = tuple(name.strip() for name in names.split(",") if name.strip()) if names else KINDS
    if not kinds or not set(kinds) <= set(KINDS):
        raise typer.BadParameter(f"is one or more of {', '.join(KINDS)}", param_hint="--kind")
    return tuple(dict.fromkeys(kinds))


def _pairs(catalogue: Catalogue, model: str, limit: int, seed: int) -> tuple[GeneratedItems, int]:
    """Question–answer pairs from a chat model, as many as it made, and the exit code."""
    from evaluation.core.chat_model import named_chat_model
    from evaluation.core.errors import EvaluationError
    from evaluation.generation.known_items import GeneratedItems
    from evaluation.generation.llm_pairs import PairWriter

    writer = PairWriter(named_chat_model(model), model)
    made = GeneratedItems([], writer.skipped)
    with error_console().status("writing questions") as status:
        try:
            for item in writer.pairs(catalogue, limit=limit, seed=seed):
                made.items.append(item)
                status.update(f"{len(made.items)} of {limit} questions")
        except KeyboardInterrupt:
            error_console().print("interrupted; the questions made so far are kept")
            return made, EXIT_INTERRUPTED
        except EvaluationError as error:
            if not made.items:
                raise
            error_console().print(f"{error}\nThe questions made so far are kept.")
            return made, EXIT_FAILURE
    return made, 0


def _refuse_to_overwrite(paths: Sequence[Path], force: bool) -> None:
    from evaluation.core.errors import TestSetError

    if len({path.absolute() for path in paths}) < len(paths):
        raise typer.BadParameter("is the test set's own file", param_hint="--articles")
    for path in paths:
        if path.exists() and not force:
            raise TestSetError(f"{path} exists already. --force overwrites it.")


def _summary(items: Sequence[Item]) -> str:
    """The numbers of questions and conversations, and of answerable questions."""
    from evaluation.testsets.items import ConversationItem, TestTurn

    turns: list[TestTurn] = []
    conversations = [item for item in items if isinstance(item, ConversationItem)]
    for item in items:
        turns += item.turns if isinstance(item, ConversationItem) else [item]
    expected = Counter(turn.expects_answer for turn in turns)
    within = f" ({_plural(conversations, 'conversation')} among them)" if conversations else ""
    return (
        f"{_plural(turns, 'question')}{within}: {expected[True]:,} answerable, "
        f"{expected[False]:,} not answerable, {expected[None]:,} open"
    )


def _plural(items: Sequence[object], noun: str) -> str:
    return f"{len(items):,} {noun}{'' if len(items) == 1 else 's'}"
