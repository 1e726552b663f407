"""The evaluator's commands: ``rawi evaluate …``. Light to import: only typer is loaded for help."""

from __future__ import annotations

import importlib
import importlib.util

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Measure the answers with test sets, compare runs, decide on a release.",
)


@app.callback()
def evaluate() -> None:
    """Measure the answers with test sets, compare runs, decide on a release."""


for _commands in ("evaluation.cli_testsets", "evaluation.cli_decide"):
    if importlib.util.find_spec(_commands) is not None:
        importlib.import_module(_commands).register(app)
