"""The report's section on a chat model's judgement of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.core.stored_run import StoredRun
from evaluation.report.markup import Html, join, tag
from evaluation.report.tables import share_table

_ASPECTS = {
    "faithfulness": "The answer says no more than what it cites.",
    "correctness": "The answer says what the gold answers say.",
}


def judgement_section(run: StoredRun) -> Html | None:
    """The judge's shares and its agreement with the gold labels; None without a judge."""
    judge = run.summary.get("judge")
    if not isinstance(judge, Mapping):
        return None
    rows = [
        (name.capitalize(), _ASPECTS.get(name, ""), figure)
        for name, figure in (judge.get("measures") or {}).items()
        if figure.get("value") is not None
    ]
    return join(
        tag("h3", f"Judged by {judge.get('model')}", class_="judged-title"),
        tag(
            "p",
            f"A model's opinion of {judge.get('judged')} answers, not mixed with the measures "
            f"above. {_agreement(judge.get('agreement') or {})}",
            class_="note",
        ),
        share_table("Judged by a chat model", rows),
    )


def _agreement(found: Mapping[str, Any]) -> str:
    kappa, low, high = (found.get(name) for name in ("kappa", "low", "high"))
    if kappa is None:
        return "Its agreement with the gold labels is undefined."
    interval = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    return (
        f"With the gold labels of {found.get('n')} answers it agrees by a kappa of "
        f"{kappa:.2f}{interval}: 1 is always, 0 is no more than by chance."
    )
