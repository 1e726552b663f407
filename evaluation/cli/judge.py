"""``rawi evaluate judge``: a chat model judges the answers of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.cli.console import EXIT_FAILURE, command_errors, console, error_console

if TYPE_CHECKING:
    from rich.console import Console

    Advance = Callable[[int, int], None]


@command_errors()
def judge_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    model: Annotated[
        str,
        typer.Option(metavar="PROVIDER:NAME", help="The chat model, best another than answered."),
    ],
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Answers judged at once.")] = 4,
    seed: Annotated[int, typer.Option(help="Seed of the intervals' resampling.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the judgement as one JSON object.")
    ] = False,
) -> None:
    """Have a chat model judge whether a run's answers are faithful and correct.

    Its verdicts are kept apart from the measures, in RUN/judge.jsonl and under "judge" in
    RUN/summary.json, with Cohen's kappa between its verdicts and the gold labels. What is judged
    already is not judged again. Exit code 1 when the model failed on some answers.

    Example:  rawi evaluate judge runs/samples --model openai:gpt-5-mini
    """
    from evaluation.core.chat_model import named_chat_model
    from evaluation.core.stored_run import load_run
    from evaluation.judge.judge_run import judge_run

    stored = load_run(run)
    loaded = named_chat_model(model)
    with _progress(error_console()) as advance:
        found = judge_run(stored, loaded, model, jobs=jobs, seed=seed, advance=advance)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
    else:
        print_judgement(console(), str(run), found)
    if found["errors"]:
        raise typer.Exit(EXIT_FAILURE)


@contextmanager
def _progress(console: Console) -> Iterator[Advance]:
    """A counter on a terminal; nothing elsewhere."""
    if not console.is_terminal:
        yield lambda done, total: None
        return
    with console.status("judging") as status:
        yield lambda done, total: status.update(f"judged {done:,} of {total:,} answers")


def print_judgement(console: Console, name: str, found: dict[str, Any]) -> None:
    """The judge's measures and its agreement with the gold labels."""
    prompts = f"prompts {found['prompts']['version']}"
    console.print(f"{name}: {found['judged']:,} answers judged by {found['model']}, {prompts}")
    for measure, figure in found["measures"].items():
        interval = _interval(figure["low"], figure["high"], lambda value: f"{value:.1%}")
        console.print(f"  {measure:<13} {figure['value']:.1%}{interval}, n {figure['n']:,}")
    agreement = found["agreement"]
    if agreement["n"]:
        kappa = "undefined" if agreement["kappa"] is None else f"{agreement['kappa']:.2f}"
        interval = _interval(agreement["low"], agreement["high"], lambda value: f"{value:.2f}")
        console.print(
            f"  kappa of correctness and {agreement['gold']}: {kappa}{interval}, "
            f"n {agreement['n']:,} "
            f"(both right {agreement['both_right']:,}, judge alone {agreement['only_judge']:,}, "
            f"gold alone {agreement['only_gold']:,}, both wrong {agreement['both_wrong']:,})"
        )
    if found["unclear"]:
        console.print(f"replies without a verdict: {found['unclear']:,}")
    if found["errors"]:
        console.print(
            f"not judged, for the model failed: {found['errors']:,} ({found['last_error']}); "
            "the same command tries again",
            style="bold red",
        )


def _interval(low: float | None, high: float | None, format_value: Callable[[float], str]) -> str:
    return "" if low is None or high is None else f" ({format_value(low)} to {format_value(high)})"
