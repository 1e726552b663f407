"""The top of the report: the run, the verdicts and the main measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.core.stored_run import StoredRun
from evaluation.decisions.compare import Comparison, Difference
from evaluation.metrics.number_format import (
    format_difference,
    format_milliseconds,
    format_p_value,
    format_value,
)
from evaluation.metrics.registry import get_measure
from evaluation.metrics.verdicts import VERDICTS
from evaluation.report.charts import stacked_bar
from evaluation.report.markup import Html, join, tag
from evaluation.report.questions import verdict_counts

_SIGNIFICANT = 0.05
_TILES = (
    "right",
    "wrong",
    "nugget_recall",
    "contains_gold",
    "article_recall@5",
    "citation_precision",
    "wrong_source",
    "refusal_f1",
    "verbatim",
)


def header_section(run: StoredRun, against: StoredRun | None) -> Html:
    """The run's name and origin."""
    config = run.config
    testset = config["testset"]
    facts = {
        "Test set": testset.get("path"),
        "Questions": f"{run.summary.get('questions', len(run.rows))}",
        "Run on": str(config.get("created") or "")[:16].replace("T", " "),
        "Revision": str(config.get("git_revision") or "")[:10],
        "Compared with": against.name if against else None,
    }
    return join(
        tag("p", "Rawi ", tag("span", "راوي", lang="ar", dir="rtl"), class_="brand"),
        tag("h1", run.name, dir="auto"),
        tag(
            "dl",
            *(
                tag("div", tag("dt", name), tag("dd", value, dir="auto"))
                for name, value in facts.items()
                if value
            ),
            class_="facts",
        ),
    )


def overview_section(run: StoredRun, comparison: Comparison | None) -> Html:
    """The bar of verdicts and the tiles of measures."""
    counts = verdict_counts(run)
    found = with_value(run.summary.get("measures", {}))
    differences = {d.measure: d for d in comparison.differences} if comparison else {}
    tiles = [_tile(name, found[name], differences.get(name)) for name in _TILES if name in found]
    total = run.summary.get("latency_ms", {}).get("total")
    if total:
        tiles.append(_latency_tile(total))
    return join(
        stacked_bar(counts, {str(name): title for name, title in VERDICTS.items()}),
        tag("ul", *(_legend(name, count, len(run.rows)) for name, count in counts.items()),
            class_="legend"),
        tag("div", *tiles, class_="tiles"),
        _missing(comparison),
    )  # fmt: skip


def with_value(figures: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The measures of a summary that have a value."""
    return {
        name: figure for name, figure in figures.items() if (figure or {}).get("value") is not None
    }


def _legend(name: Any, count: int, total: int) -> Html:
    share = f"{count / total * 100:.0f}%"
    return tag(
        "li",
        tag(
            "button",
            tag("span", class_=f"swatch b-{name}"),
            f"{VERDICTS[name]} ",
            tag("strong", count),
            tag("span", f" {share}", class_="muted"),
            type="button",
            data_show=name,
            title="Show these questions",
        ),
    )


def _tile(name: str, figure: dict[str, float], difference: Difference | None) -> Html:
    about = get_measure(name)
    is_fault = name == "verbatim" and figure["value"] < 1
    return tag(
        "div",
        tag("p", about.title, class_="tile-name"),
        tag("p", format_value(figure["value"], about.unit), class_="tile-value"),
        tag("p", format_interval(figure, name), class_="muted"),
        difference_badge(difference) if difference else None,
        class_="tile fault" if is_fault else "tile",
        title=about.meaning,
    )


def _latency_tile(total: dict[str, float]) -> Html:
    return tag(
        "div",
        tag("p", "Median latency", class_="tile-name"),
        tag("p", format_milliseconds(total["p50"]), class_="tile-value"),
        tag("p", f"95th: {format_milliseconds(total['p95'])}", class_="muted"),
        class_="tile",
    )


def format_interval(figure: Mapping[str, float], name: str) -> str:
    """A figure's interval; empty without one."""
    low, high = figure.get("low"), figure.get("high")
    if low is None or high is None:
        return ""
    unit = get_measure(name).unit
    if unit == "share":
        return f"{low * 100:.1f} to {high * 100:.1f}"
    return f"{format_value(low, unit)} to {format_value(high, unit)}"


def difference_badge(difference: Difference) -> Html:
    """The change of a measure, marked by words and shape as well as by colour."""
    unit = get_measure(difference.measure).unit
    significant = difference.p < _SIGNIFICANT
    kind = (
        "same"
        if not significant or not difference.gain
        else "up"
        if difference.gain > 0
        else "down"
    )
    label = {"up": "better", "down": "worse", "same": "unsure"}[kind]
    between = ""
    if difference.low is not None and difference.high is not None:
        low, high = (
            format_difference(difference.low, unit),
            format_difference(difference.high, unit),
        )
        between = f"95% interval {low} to {high}; "
    return tag(
        "p",
        tag("span", format_difference(difference.difference, unit), class_="delta"),
        tag("span", f" {label}", class_="muted"),
        tag("span", f" (p {_equals(format_p_value(difference.p))})", class_="muted p"),
        class_=f"moved {kind}",
        title=f"{between}{difference.wins} better, {difference.losses} worse of {difference.n}",
    )


def _equals(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"


def _missing(comparison: Comparison | None) -> Html | None:
    if comparison is None or not (comparison.missing_in_a or comparison.missing_in_b):
        return None
    return tag(
        "p",
        f"{len(comparison.missing_in_a)} questions are not in {comparison.run_a}, "
        f"{len(comparison.missing_in_b)} not in {comparison.run_b}; they are not compared.",
        class_="note",
    )
