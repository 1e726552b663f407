"""The tables that ``run``, ``compare``, ``gate`` and ``calibrate`` print to the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from evaluation.core.stored_run import SLICES
from evaluation.metrics.checks import OUTCOMES
from evaluation.metrics.number_format import (
    format_difference,
    format_milliseconds,
    format_p_value,
    format_value,
)
from evaluation.metrics.registry import get_measure
from evaluation.metrics.verdicts import VERDICTS

if TYPE_CHECKING:
    from rich.console import Console

    from evaluation.decisions.calibrate import (
        CurvePoint,
        RateEstimate,
        ThresholdCalibration,
        ThresholdMetrics,
    )
    from evaluation.decisions.compare import Comparison, Difference, QuestionChange
    from evaluation.decisions.gate import GateResult

_SIGNIFICANT = 0.05
_CURVE_LINES = 21
_MAX_MEASURES = 4
_ANY_WIDTH = 1_000


def print_run_summary(console: Console, name: str, summary: Mapping[str, Any]) -> None:
    """Print the measures with their intervals, then latencies and errors."""
    level = f"{summary['confidence_level']:.0%} interval"
    table = _table("measure", ">value", f">{level}", ">n")
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
    _print_table(console, table)
    _print_outcomes(console, summary)
    stages = ", ".join(
        f"{stage} {format_milliseconds(p['p50'])}/{format_milliseconds(p['p95'])}"
        for stage, p in summary["latency_ms"].items()
    )
    if stages:
        console.print(f"latency p50/p95: {stages}")
    if summary["errors"]:
        console.print(f"{summary['errors']:,} questions ended in an error", style="bold red")


def _print_outcomes(console: Console, summary: Mapping[str, Any]) -> None:
    """Print how many answers of each kind, language, variety and position are right."""
    table = _table("", "", *(f">{name}" for name in OUTCOMES), ">n")
    for field in SLICES:
        for value, figures in summary.get(f"by_{field}", {}).items():
            if "right" in figures:
                shares = [format_value(figures[name]["value"], "share") for name in OUTCOMES]
                table.add_row(field, value or "–", *shares, f"{figures['right']['n']:,}")
        table.add_section()
    if table.row_count:
        _print_table(console, table)


def print_comparison(console: Console, found: Comparison, changed: int) -> None:
    """Print the differences and ``changed`` of the changed questions, worst first."""
    console.print(
        f"{found.run_a} → {found.run_b}, {found.questions} questions in both",
        style="bold",
    )
    for name, missing in ((found.run_a, found.missing_in_a), (found.run_b, found.missing_in_b)):
        if missing:
            console.print(f"not in {name}: {len(missing)} ({_first_ids(missing)})", style="yellow")
    for name, errors in ((found.run_a, found.errors_a), (found.run_b, found.errors_b)):
        if errors:
            console.print(f"errors in {name}: {len(errors)} ({_first_ids(errors)})", style="red")
    _print_table(console, _differences(found.differences))
    if found.not_comparable:
        console.print(f"in one run only: {', '.join(found.not_comparable)}", style="yellow")
    console.print(
        f"* p < .05 after Holm's adjustment for {len(found.differences)} measures. Shares are in "
        "points; the interval is the bootstrap's, the p-value the paired randomisation test's.",
        style="dim",
    )
    _print_changes(console, found.changes, changed)


def _differences(differences: Sequence[Difference]) -> Table:
    table = _table("measure", ">A", ">B", ">B − A", ">95% interval", ">p", ">won/tied/lost", ">n")
    for found in differences:
        unit = get_measure(found.measure).unit
        sure = found.p_holm < _SIGNIFICANT
        style = ("green" if found.gain > 0 else "red") if sure and found.gain else ""
        table.add_row(
            found.measure,
            format_value(found.a, unit),
            format_value(found.b, unit),
            Text(format_difference(found.difference, unit), style=style),
            "none"
            if found.low is None or found.high is None
            else f"{format_difference(found.low, unit)} to {format_difference(found.high, unit)}",
            Text(format_p_value(found.p) + ("*" if sure else " "), style=style),
            f"{found.wins}/{found.ties}/{found.losses}",
            str(found.n),
        )
    return table


def _print_changes(console: Console, changes: Sequence[QuestionChange], limit: int) -> None:
    console.print(f"\n{len(changes)} questions changed, worst first", style="bold")
    for each in changes[:limit]:
        verdicts = VERDICTS[each.verdict_b].lower()
        if each.verdict_a != each.verdict_b:
            verdicts = f"{VERDICTS[each.verdict_a].lower()} → {verdicts}"
        style = "red" if each.gain < 0 else "green" if each.gain > 0 else "yellow"
        console.print(Text.assemble((each.id, "bold"), "  ", (verdicts, style)))
        console.print(f"    {each.question}")
        if each.measures:
            console.print(f"    {_largest_changes(each.measures)}")
    if len(changes) > limit:
        console.print(f"and {len(changes) - limit} more (--changed N shows more)", style="dim")


def _largest_changes(measures: dict[str, tuple[float, float]]) -> str:
    """The measures that changed most."""
    names = sorted(measures, key=lambda name: -abs(measures[name][1] - measures[name][0]))
    parts = []
    for name in names[:_MAX_MEASURES]:
        before, after = (format_value(value, get_measure(name).unit) for value in measures[name])
        parts.append(f"{name} {before} → {after}")
    more = len(names) - len(parts)
    return ", ".join(parts) + (f", and {more} more" if more else "")


def print_gate(console: Console, result: GateResult) -> None:
    """Print the reasons for a failure, one per line, or one line listing the checks."""
    from evaluation.decisions.gate import DROP_OF

    against = f" against {result.baseline}" if result.baseline else ""
    if result.passed:
        drops = [x.subject.removeprefix(DROP_OF) for x in result.checks if DROP_OF in x.subject]
        names = [check.subject for check in result.checks if DROP_OF not in check.subject]
        summary = (
            f" {result.run}: {result.questions} questions{against}, checked {', '.join(names)}"
        )
        if drops:
            summary += f"; no drop of {', '.join(drops)}"
        console.print(Text.assemble(("passed", "bold green"), summary))
        return
    for reason in result.reasons:
        console.print(Text.assemble(("failed", "bold red"), f" {result.run}: {reason}"))


def print_calibration(console: Console, found: ThresholdCalibration, reported_on: str) -> None:
    """Print the curve, the threshold and its metrics."""
    table = _table(">threshold", ">answerable answered", ">unanswerable refused", ">balanced")
    for point in _thinned(found.curve):
        table.add_row(
            f"{point.threshold:.3f}",
            f"{point.kept_answerable:.1%}",
            f"{point.refused_unanswerable:.1%}",
            f"{point.balanced_accuracy:.1%}",
        )
    _print_table(console, table)
    console.print(f"\nthreshold {found.threshold}", style="bold")
    _print_metrics(console, "where it was chosen", found.chosen_on)
    if found.reported_on:
        _print_metrics(console, f"on {reported_on}", found.reported_on)
    console.print(f"\nTo use it:  RAWI_BOT_REFUSAL_THRESHOLD={found.threshold}")


def _print_metrics(console: Console, label: str, found: ThresholdMetrics) -> None:
    left_out = f", {found.left_out} left out" if found.left_out else ""
    console.print(
        f"\n{label}: {found.answerable} answerable and {found.unanswerable} unanswerable "
        f"questions{left_out}"
    )
    rates: dict[str, RateEstimate] = {
        "answerable answered": found.kept_answerable,
        "unanswerable refused": found.refused_unanswerable,
        "balanced accuracy": found.balanced_accuracy,
        "AUC": found.auc,
    }
    for name, estimate in rates.items():
        console.print(
            f"  {name:<21} {estimate.value:6.1%}  [{estimate.low:.1%}, {estimate.high:.1%}]"
        )


def _thinned(curve: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Evenly spaced points of the curve, including its ends."""
    if len(curve) <= _CURVE_LINES:
        return list(curve)
    step = (len(curve) - 1) / (_CURVE_LINES - 1)
    return [curve[round(i * step)] for i in range(_CURVE_LINES)]


def _table(*heads: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        right = head.startswith(">")
        table.add_column(head.removeprefix(">"), justify="right" if right else "left", no_wrap=True)
    return table


def _print_table(console: Console, table: Table) -> None:
    """Print columns at full width: a terminal wraps lines itself, a file has no width."""
    needed = console.measure(table, options=console.options.update(max_width=_ANY_WIDTH)).maximum
    console.width = max(console.width, needed)
    console.print(table, soft_wrap=False)


def _first_ids(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
