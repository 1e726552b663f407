"""``rawi evaluate followups``: retrieval of follow-up questions against standalone ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vectorstore.cli.console import command_errors, console, error_console

if TYPE_CHECKING:
    from evaluation.runs.followup_retrieval import FollowUpReport


@command_errors()
def followups_command(
    testset: Annotated[
        Path, typer.Argument(metavar="TESTSET", help="Test set with conversations.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print figures and turns as one JSON object.")
    ] = False,
) -> None:
    """Ask the later turns of conversations in their threads and in their gold standalone form.

    Asks the store at RAWI_HOME. Prints how many articles retrieval finds for both, and the turns on
    which the full question finds more.

    Example:  rawi evaluate followups samples/testset.jsonl
    """
    from bot.core.settings import BotSettings
    from bot.engine import Engine
    from evaluation.core.errors import EvaluationError
    from evaluation.runs.followup_retrieval import measure_followups
    from evaluation.testsets.testsets import flatten, read_testset

    conversations = [c for c in flatten(read_testset(testset)) if len(c.questions) > 1]
    if not conversations:
        raise EvaluationError(f"There are no conversations in {testset}.")
    with Engine.open(settings=BotSettings(), notify=error_console().print) as engine:
        found = measure_followups(engine, conversations)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _print(found)


def _print(found: FollowUpReport) -> None:
    out = console()
    out.print(
        f"{len(found.turns)} follow-ups: recall@5 {found.mean('recall'):.1%}, asked in full "
        f"{found.mean('recall_gold'):.1%} (share {found.share:.1%}); MRR@10 "
        f"{found.mean('rank'):.3f}, in full {found.mean('rank_gold'):.3f}; "
        f"answered {found.mean('answered'):.1%}, in full "
        f"{found.mean('answered_gold'):.1%}"
    )
    for turn in found.turns:
        if turn.loses_recall:
            out.print(f"{turn.id}: {turn.question}", highlight=False, markup=False)
            out.print(f"    searched for: {turn.resolved}", highlight=False, markup=False)
            out.print(f"    in full:      {turn.gold}", highlight=False, markup=False)
