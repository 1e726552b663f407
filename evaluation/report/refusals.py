"""The report's section on refusals: the threshold curve, a histogram and a slider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.core.stored_run import StoredRun
from evaluation.decisions.calibrate import (
    LabelledConfidences,
    Objective,
    best_threshold,
    labelled_confidences,
    refusal_curve,
    threshold_metrics,
)
from evaluation.metrics.number_format import format_value
from evaluation.report import charts
from evaluation.report.markup import Html, join, tag

_BINS = 25


def refusals_section(run: StoredRun) -> Html:
    """The refusal curve over the threshold, with a histogram of confidences."""
    data = labelled_confidences(run.rows)
    curve = refusal_curve(data)
    if not curve:
        return tag(
            "p",
            "There is no curve: it takes answerable and unanswerable questions, both with a "
            "confidence.",
            class_="note",
        )
    threshold = _setting(run.config.get("settings"), "refusal_threshold")
    advised = best_threshold(curve, Objective())
    auc = threshold_metrics(data, advised, n_resamples=300).auc
    initial = threshold if threshold is not None else advised
    return join(
        _curve_legend(threshold, advised),
        tag(
            "div",
            charts.axis_labels(["100%", "75%", "50%", "25%", "0%"], "y-ticks"),
            tag("div", charts.refusal_chart(curve, threshold, advised), class_="plot"),
            class_="plotted",
        ),
        tag("div", charts.histogram(*_bins(data)), class_="under-plot"),
        charts.axis_labels(["0", ".25", ".5", ".75", "1"], "x-ticks"),
        tag(
            "p",
            tag("label", "Threshold", for_="threshold"),
            tag("input", id="threshold", type="range", min=0, max=1, step=0.005, value=initial),
            tag("output", id="threshold-says", for_="threshold"),
            class_="slider screen-only",
        ),
        tag(
            "p",
            f"A question is refused when its confidence is below the threshold. The bars count "
            f"confidences: answerable questions above the line, unanswerable below it. An "
            f"answerable question is the more confident of a pair "
            f"{format_value(auc.value, 'share')} of the time "
            f"(AUC; {auc.low * 100:.1f} to {auc.high * 100:.1f}).",
            class_="note",
        ),
    )


def _curve_legend(threshold: float | None, advised: float) -> Html:
    entries = [
        ("kept", "Answerable questions answered"),
        ("refused", "Unanswerable questions refused"),
        ("best", f"Most balanced: {advised:.2f}"),
    ]
    if threshold is not None:
        entries.append(("chosen", f"This run: {threshold:.2f}"))
    return tag(
        "ul",
        *(tag("li", tag("span", class_=f"line-key k-{name}"), text) for name, text in entries),
        class_="legend",
    )


def _bins(data: LabelledConfidences) -> tuple[list[int], list[int]]:
    counts: tuple[list[int], list[int]] = ([0] * _BINS, [0] * _BINS)
    for confidence, answerable in zip(data.confidence, data.answerable, strict=True):
        counts[0 if answerable else 1][min(int(confidence * _BINS), _BINS - 1)] += 1
    return counts


def _setting(settings: Any, name: str) -> float | None:
    """The number of that name, at any depth of the configuration."""
    if not isinstance(settings, Mapping):
        return None
    for key, value in settings.items():
        if key.lower().endswith(name) and isinstance(value, int | float | str):
            try:
                return float(value)
            except ValueError:
                return None
        inner = _setting(value, name)
        if inner is not None:
            return inner
    return None
