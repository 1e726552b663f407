"""What ``rawi evaluate run`` prints in the end: every measure with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from evaluation.metrics.number_format import format_milliseconds, format_value
from evaluation.metrics.registry import get_measure

if TYPE_CHECKING:
    from rich.console import Console

_ANY_WIDTH = 1_000


def print_summary(console: Console, name: str, summary: Mapping[str, Any]) -> None:
    """The table of measures, then latencies and errors."""
    level = f"{summary['confidence_level']:.0%} interval"
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("measure", no_wrap=True)
    for head in ("value", level, "n"):
        table.add_column(head, justify="right", no_wrap=True)
    group = None
    for key, figure in summary["measures"].items():
        about = get_measure(key)
        if group not in (None, about.group):
            table.add_section()
        group = about.group
        low, high = figure["low"], figure["high"]
        between = (
            ""
            if low is None
            else f"{format_value(low, about.unit)} to {format_value(high, about.unit)}"
        )
        table.add_row(key, format_value(figure["value"], about.unit), between, f"{figure['n']:,}")
    console.print(f"{name}: {summary['questions']:,} questions", style="bold")
    # A file has no width: columns are printed whole, a terminal wraps them itself.
    needed = console.measure(table, options=console.options.update(max_width=_ANY_WIDTH)).maximum
    console.width = max(console.width, needed)
    console.print(table, soft_wrap=False)
    stages = ", ".join(
        f"{stage} {format_milliseconds(p['p50'])}/{format_milliseconds(p['p95'])}"
        for stage, p in summary["latency_ms"].items()
    )
    if stages:
        console.print(f"latency p50/p95: {stages}")
    if summary["errors"]:
        console.print(f"{summary['errors']:,} questions ended in an error", style="bold red")
