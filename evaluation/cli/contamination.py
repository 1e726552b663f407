"""``rawi evaluate contamination``: answers that change after unrelated questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vectorstore.cli.console import EXIT_FAILURE, command_errors, console, error_console

if TYPE_CHECKING:
    from evaluation.runs.contamination import ContaminationReport, ObservedAnswer


@command_errors()
def contamination_command(
    testset: Annotated[
        Path, typer.Argument(metavar="TESTSET", help="Test set, or what `import` reads.")
    ],
    articles: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Ask a store of these articles alone, as `run` does."),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="HOME", help="Ask the store under this folder, not RAWI_HOME's."),
    ] = None,
    orders: Annotated[int, typer.Option(min=1, help="Random orders to ask in.")] = 3,
    limit: Annotated[
        int | None, typer.Option(min=2, help="Only the first items of the test set.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the orders; the same draws the same.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print counts and changed answers as one JSON object.")
    ] = False,
) -> None:
    """Ask independent questions alone and one after the other in one thread.

    Single questions and first turns are independent of each other, so no answer may change. Lists
    the answers that do, with the question before. Exit code 1 if there are any.

    Example:  rawi evaluate contamination samples/testset.jsonl --articles samples
    """
    from bot.core.settings import BotSettings
    from bot.engine import Engine
    from evaluation.core.errors import EvaluationError
    from evaluation.runs.contamination import independent_questions, measure_contamination
    from evaluation.runs.run_command import asking_progress, prepare_measured_store
    from evaluation.testsets.readers import read_any_testset
    from evaluation.testsets.testsets import flatten

    if store and articles:
        raise typer.BadParameter("name one of them", param_hint="--store / --articles")
    read = read_any_testset(testset)
    questions = independent_questions(flatten(read)[:limit])
    if len(questions) < 2:
        raise EvaluationError(f"There are no two independent questions in {testset}.")
    notify = error_console()
    settings, _ = prepare_measured_store(read, notify, articles=articles or (), home=store)
    with (
        Engine.open(store_settings=settings, settings=BotSettings(), notify=notify.print) as engine,
        asking_progress(notify, len(questions) * (orders + 1)) as advance,
    ):
        found = measure_contamination(engine, questions, orders=orders, seed=seed, advance=advance)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _print(found)
    if found.changed:
        raise typer.Exit(EXIT_FAILURE)


def _print(found: ContaminationReport) -> None:
    out = console()
    out.print(
        f"{len(found.changed)} of {found.asked} answers changed: {found.questions} questions, each "
        f"alone and in {found.orders} orders in one thread"
    )
    for each in found.changed:
        lines = [
            f"{each.id}: {each.question}",
            f"    after:     {each.previous_id}: {each.previous_question}",
            f"    differs:   {', '.join(each.differs)} (order {each.order}, place {each.place})",
            f"    alone:     {_one_line(each.alone)}",
            f"    in thread: {_one_line(each.in_thread)}",
        ]
        if each.in_thread.standalone_question != each.alone.standalone_question:
            lines.append(f"    searched:  {each.in_thread.standalone_question}")
        for line in lines:
            out.print(line, highlight=False, markup=False)


def _one_line(answer: ObservedAnswer) -> str:
    return f"{answer.mode}: {' '.join(answer.text.split())}"
