"""Classifies each answer by one verdict, to filter the failures."""

from __future__ import annotations

from typing import Literal

from evaluation.core.stored_run import ScoredQuestion

Verdict = Literal[
    "right", "refused", "partly", "wrong", "wrong_source", "false_refusal", "unjudged", "error"
]

VERDICTS: dict[Verdict, str] = {
    "right": "Right",
    "refused": "Rightly refused",
    "partly": "Partly right",
    "wrong": "Wrong",
    "wrong_source": "Wrong source",
    "false_refusal": "False refusal",
    "unjudged": "Not judged",
    "error": "Error",
}

_REFUSED: dict[bool | None, Verdict] = {True: "false_refusal", False: "refused", None: "unjudged"}

FAILURES: frozenset[Verdict] = frozenset(
    {"partly", "wrong", "wrong_source", "false_refusal", "error"}
)


def verdict(question: ScoredQuestion) -> Verdict:
    """The verdict on a question.

    ``wrong_source`` takes precedence over a right text: a reader who follows the source does not
    find the answer there. ``unjudged`` means that no gold label decides. Runs of earlier versions
    lack the measures ``right``, ``partly`` and ``wrong``.
    """
    measures = question.measures
    if question.error:
        return "error"
    if question.refused:
        return "refused" if measures.get("right") else _REFUSED[question.answerable]
    if question.answerable is False:
        return "wrong"
    if measures.get("right"):
        return "right"
    if measures.get("wrong_source"):
        return "wrong_source"
    if measures.get("right") is not None:
        return "partly" if measures.get("partly") else "wrong"
    for name in ("crag_score", "contains_gold", "citation_recall"):
        value = measures.get(name)
        if value is not None:
            return "right" if value > 0 else "wrong"
    return "unjudged"
