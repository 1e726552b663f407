"""Runs side by side as a Markdown table, for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.core.stored_run import StoredRun
from evaluation.metrics.number_format import format_value
from evaluation.metrics.registry import get_measure, sort_measures

_EMPTY = "–"


def markdown(runs: Sequence[StoredRun]) -> str:
    """Two tables: the runs' sizes and latencies, and their measures with interval and n.

    A measure without a value in all runs is omitted.
    """
    names = sort_measures({name for run in runs for name in run.summary["measures"]})
    heads = ["measure", *(run.name for run in runs)]
    rows = [[f"`{name}`", *(_cell(run, name) for run in runs)] for name in names]
    if len({run.summary["confidence_level"] for run in runs}) == 1:
        level = f"{runs[0].summary['confidence_level']:.0%}"
    else:
        level = "The runs' own"
    return "\n".join(
        [
            *_table(
                ["run", "questions", "articles", "passages", "latency p50 / p95", "asked on"],
                [_run_row(run) for run in runs],
            ),
            "",
            f"{level} bootstrap intervals in brackets; n is given where it is not the number of "
            "questions.",
            "",
            *_table(heads, rows),
        ]
    )


def _run_row(run: StoredRun) -> list[str]:
    engine = run.config.get("engine") or {}
    total = run.summary["latency_ms"].get("total")
    latency = f"{total['p50']:.0f} / {total['p95']:.0f} ms" if total else _EMPTY
    return [
        run.name,
        _count(run.summary["questions"]),
        _count(engine.get("stored_articles")),
        _count(engine.get("stored_passages")),
        latency,
        str(run.config.get("created") or _EMPTY)[:10],
    ]


def _cell(run: StoredRun, name: str) -> str:
    figure: dict[str, Any] | None = run.summary["measures"].get(name)
    if figure is None:
        return _EMPTY
    unit = get_measure(name).unit
    text = format_value(figure["value"], unit)
    if figure["low"] is not None:
        low, high = (format_value(figure[end], unit) for end in ("low", "high"))
        if unit == "share":
            low = low.removesuffix("%")
        text += f" ({low} to {high.removesuffix('%')})"
    if figure["n"] != run.summary["questions"]:
        text += f" n={figure['n']:,}"
    return text


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _EMPTY


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    ]
