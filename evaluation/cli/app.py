"""The evaluator's commands: ``rawi evaluate …``. Light to import: only typer is loaded for help."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from evaluation.cli import contamination, decide, followups, judge, testsets
from vectorstore.cli.console import EXIT_FAILURE, command_errors, console, error_console

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Measure the answers with test sets, compare runs, decide on a release.",
)


@app.callback()
def evaluate() -> None:
    """Measure the answers with test sets, compare runs, decide on a release."""


@app.command()
@command_errors()
def run(
    testset: Annotated[
        Path, typer.Argument(metavar="TESTSET", help="Test set, or what `import` reads.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The run's folder; a stopped run goes on.")
    ],
    articles: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="Ask a store of these articles alone, made once and used again; may be repeated. "
            "Without it the store at RAWI_HOME is asked.",
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(metavar="HOME", help="Ask the store under this folder, not RAWI_HOME's."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Questions at once; RAWI_EVALUATION_JOBS when left out."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first items of the test set.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away the run in FOLDER and begin anew.")
    ] = False,
    hide: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD,FIELD",
            help="Fields of the articles that are not indexed; the test set's when left out.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the intervals' resampling.")] = 0,
    llm: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER:NAME",
            help="Let this chat model compose the answers; RAWI_LLM when left out. The rest is as "
            "RAWI_LLM_… say.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as one JSON object.")
    ] = False,
) -> None:
    """Ask the questions of a test set and measure the answers.

    Ends with a table of every measure and its interval; FOLDER holds the rest. Exit code 1 when a
    question ended in an error.

    Example:  rawi evaluate run samples/testset.jsonl --articles samples --out runs/samples
    """
    from evaluation.core.settings import EvaluationSettings
    from evaluation.decisions.console_tables import print_run_summary
    from evaluation.runs.run_command import RunOptions, make_run

    if store and articles:
        raise typer.BadParameter("name one of them", param_hint="--store / --articles")
    hidden = None if hide is None else [name.strip() for name in hide.split(",") if name.strip()]
    options = RunOptions(
        testset=testset,
        out=out,
        articles=tuple(articles or ()),
        home=store,
        jobs=jobs or EvaluationSettings().jobs,
        limit=limit,
        restart=restart,
        hide=hidden,
        seed=seed,
        llm=llm,
    )
    summary = make_run(options, error_console())
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, allow_nan=False))
    else:
        print_run_summary(console(), str(out), summary)
    if summary["errors"]:
        raise typer.Exit(EXIT_FAILURE)


_COMMANDS: dict[str, Callable[..., None]] = {
    "import": testsets.import_command,
    "generate": testsets.generate_command,
    "judge": judge.judge_command,
    "followups": followups.followups_command,
    "contamination": contamination.contamination_command,
    "compare": decide.compare_command,
    "gate": decide.gate_command,
    "report": decide.report_command,
    "calibrate": decide.calibrate_command,
    "table": decide.table_command,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
