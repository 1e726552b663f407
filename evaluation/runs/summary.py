"""``summary.json``: the measures of a run in total and by kind, language, variety and position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evaluation.core.stored_run import FORMAT, SLICES, ScoredQuestion, scored_question
from evaluation.metrics.registry import SET_LEVEL, sort_measures
from evaluation.statistics.bootstrap import bootstrap_estimates

CONFIDENCE_LEVEL = 0.95
_DIGITS = 6


def summarise_run(rows: Sequence[Mapping[str, Any]], *, seed: int = 0) -> dict[str, Any]:
    """The object in ``summary.json``.

    Questions that ended in an error count under ``errors`` and for no measure. The latencies of a
    stage are over the questions that reached it.
    """
    questions = [scored_question(row) for row in rows]
    return {
        "format": FORMAT,
        "questions": len(questions),
        "errors": sum(bool(question.error) for question in questions),
        "measures": _measures(questions, seed),
        **{f"by_{field}": _breakdown(field, questions, seed) for field in SLICES},
        "latency_ms": _latencies(rows),
        "confidence_level": CONFIDENCE_LEVEL,
    }


def _measures(questions: Sequence[ScoredQuestion], seed: int) -> dict[str, Any]:
    names = sort_measures(
        {name for question in questions for name in question.measures} | SET_LEVEL
    )
    found = bootstrap_estimates(questions, names, seed=seed, confidence=CONFIDENCE_LEVEL)
    return {
        name: {key: _rounded(value) for key, value in asdict(estimate).items()}
        for name, estimate in found.items()
    }


def _rounded(value: float | None) -> float | None:
    return round(value, _DIGITS) if isinstance(value, float) else value


def _breakdown(field: str, questions: Sequence[ScoredQuestion], seed: int) -> dict[str, Any]:
    values = dict.fromkeys(getattr(question, field) for question in questions)
    if not any(values):
        return {}  # no question states it
    return {
        value: _measures([q for q in questions if getattr(q, field) == value], seed)
        for value in values
    }


def _latencies(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    import numpy as np

    stages: dict[str, list[float]] = {}
    for row in rows:
        if not row.get("error"):
            for stage, milliseconds in (row.get("timings_ms") or {}).items():
                stages.setdefault(stage, []).append(float(milliseconds))
    return {
        stage: {f"p{q}": round(float(np.percentile(values, q)), 2) for q in (50, 95)}
        for stage, values in stages.items()
    }
