"""Charts as inline SVG; x coordinates are percentages, so that a chart fits any width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.decisions.calibrate import CurvePoint
from evaluation.report.markup import Html, join, tag

_CURVE_POINTS = 240


def interval_chart(
    value: float,
    low: float,
    high: float,
    *,
    before: float | None = None,
    span: tuple[float, float] = (0.0, 1.0),
) -> Html:
    """A value as a dot on its interval; ``before`` is a ring for the value in another run."""

    def position(number: float) -> float:
        return min(max((number - span[0]) / (span[1] - span[0]) * 100, 0), 100)

    left, right = position(low), position(high)
    grid = [
        tag("line", class_="grid", x1=f"{x}%", x2=f"{x}%", y1="0", y2="22")
        for x in (0, 25, 50, 75, 100)
    ]
    ring = (
        tag("circle", class_="before", cx=_percent(position(before)), cy="11", r="5")
        if before is not None
        else None
    )
    return tag(
        "svg",
        *grid,
        tag("line", class_="rail", x1="0", x2="100%", y1="11", y2="11"),
        tag(
            "rect",
            class_="interval",
            x=_percent(left),
            width=_percent(max(right - left, 0.4)),
            y="7",
            height="8",
            rx="4",
        ),
        ring,
        tag("circle", class_="dot", cx=_percent(position(value)), cy="11", r="5"),
        class_="track",
        width="100%",
        height="22",
        aria_hidden="true",
        focusable="false",
    )


def stacked_bar(counts: Mapping[str, int], titles: Mapping[str, str]) -> Html:
    """Counts as one stacked bar, each in the colour of its name."""
    total = sum(counts.values()) or 1
    parts, left = [], 0.0
    for name, count in counts.items():
        width = count / total * 100
        parts.append(
            tag(
                "rect",
                tag("title", f"{titles[name]}: {count}"),
                class_=f"v-{name}",
                x=_percent(left),
                width=_percent(width),
                y="0",
                height="28",
            )
        )
        left += width
    label = ", ".join(f"{titles[name]} {count}" for name, count in counts.items())
    return tag(
        "svg", *parts, class_="shares", width="100%", height="28", role="img", aria_label=label
    )


def refusal_chart(curve: Sequence[CurvePoint], threshold: float | None, best: float) -> Html:
    """Rates of answered and refused questions over the threshold; both axes run from 0 to 1."""
    thinned = _thinned(curve)
    marks = [_vertical_line(best, "best")]
    if threshold is not None:
        marks.append(_vertical_line(threshold, "chosen"))
    return tag(
        "svg",
        *(
            tag("line", class_="grid", x1=0, x2=100, y1=y, y2=y, vector_effect="non-scaling-stroke")
            for y in (0, 25, 50, 75, 100)
        ),
        _line([(p.threshold, p.kept_answerable) for p in thinned], "kept"),
        _line([(p.threshold, p.refused_unanswerable) for p in thinned], "refused"),
        *marks,
        class_="curve",
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        role="img",
        aria_label=(
            "Share of answerable questions answered and of unanswerable ones refused, "
            "over the refusal threshold"
        ),
    )


def histogram(answerable: Sequence[int], unanswerable: Sequence[int]) -> Html:
    """Counts per bin of confidence: answerable upwards, unanswerable downwards."""
    top = max(*answerable, *unanswerable, 1)
    width = 100 / len(answerable)
    bars = []
    for index, (up, down) in enumerate(zip(answerable, unanswerable, strict=True)):
        for name, count in (("kept", up), ("refused", down)):
            height = count / top * 48
            if count:
                bars.append(
                    tag(
                        "rect",
                        class_=f"bar-{name}",
                        x=round(index * width + width * 0.12, 2),
                        width=round(width * 0.76, 2),
                        y=round(50 - height, 2) if name == "kept" else 50,
                        height=round(height, 2),
                    )
                )
    return tag(
        "svg",
        *bars,
        tag("line", class_="rail", x1=0, x2=100, y1=50, y2=50, vector_effect="non-scaling-stroke"),
        class_="histogram",
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def latency_chart(
    p50: float, p95: float, longest: float, before: tuple[float, float] | None
) -> Html:
    """Latencies of a stage: a bar up to the median, and a paler one up to the 95th percentile."""

    def place(number: float) -> str:
        return _percent(number / longest * 100 if longest else 0)

    earlier = (
        [
            tag("line", class_="before", x1=place(value), x2=place(value), y1="2", y2="20")
            for value in before
        ]
        if before
        else []
    )
    return tag(
        "svg",
        tag("rect", class_="p95", x="0", width=place(p95), y="6", height="10", rx="2"),
        tag("rect", class_="p50", x="0", width=place(p50), y="6", height="10", rx="2"),
        *earlier,
        class_="bars",
        width="100%",
        height="22",
        aria_hidden="true",
        focusable="false",
    )


def _thinned(curve: Sequence[CurvePoint]) -> list[CurvePoint]:
    step = max(1, len(curve) // _CURVE_POINTS)
    return [*curve[:-1:step], curve[-1]]


def _line(points: Sequence[tuple[float, float]], name: str) -> Html:
    coordinates = " ".join(f"{x * 100:.2f},{100 - y * 100:.2f}" for x, y in points)
    return tag(
        "polyline", class_=f"line-{name}", points=coordinates, vector_effect="non-scaling-stroke"
    )


def _vertical_line(x: float, name: str) -> Html:
    place = round(x * 100, 2)
    return tag(
        "line",
        class_=f"mark-{name}",
        id=f"mark-{name}",
        x1=place,
        x2=place,
        y1=0,
        y2=100,
        vector_effect="non-scaling-stroke",
    )


def _percent(number: float) -> str:
    return f"{number:.2f}%"


def axis_labels(labels: Sequence[str], name: str) -> Html:
    """Evenly spaced labels along an axis."""
    return tag(
        "div", join(*(tag("span", label) for label in labels)), class_=name, aria_hidden="true"
    )
