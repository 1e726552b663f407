"""The report's tables, each row with a chart: measures, breakdown, latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.core.stored_run import StoredRun
from evaluation.decisions.compare import Comparison, Difference
from evaluation.metrics.number_format import format_milliseconds, format_value
from evaluation.metrics.registry import Measure, get_measure, sort_measures
from evaluation.report import charts
from evaluation.report.markup import Html, join, tag
from evaluation.report.overview import difference_badge, format_interval, with_value

_GROUPS = {
    "checks": "Right and wrong",
    "retrieval": "Retrieval",
    "answers": "Answers",
    "citations": "Citations",
    "refusals": "Refusals",
    "other": "Other",
}
_BREAKDOWNS = {
    "by_kind": "Kind",
    "by_language": "Language",
    "by_variety": "Variety",
    "by_position": "Turn",
}
_BREAKDOWN_MEASURES = (
    "right",
    "partly",
    "wrong",
    "wrongly_refused",
    "nugget_recall",
    "contains_gold",
    "token_f1",
    "article_recall@1",
    "article_recall@5",
    "article_mrr@10",
    "citation_precision",
    "citation_recall",
    "wrong_source",
    "refusal_correct",
    "crag_score",
)
_NAMES = {
    "by_language": {"ar": "Arabic", "en": "English"},
    "by_position": {
        "single": "Single questions",
        "first": "First turns",
        "followup": "Follow-ups",
    },
}
_STAGES = ("understand", "retrieve", "answer", "verify", "total")


def measures_section(run: StoredRun, comparison: Comparison | None) -> Html:
    """All measures with their intervals, in groups."""
    found = with_value(run.summary.get("measures", {}))
    differences = {d.measure: d for d in comparison.differences} if comparison else {}
    charted = [get_measure(name) for name in sort_measures(set(found))]
    charted = [m for m in charted if m.unit in ("share", "score") and m.group != "cost"]
    heads = ["Measure", "0 to 100%", "Value, 95% interval"]
    if comparison:
        heads.append(f"Against {comparison.run_a}")
    groups = {
        title: [
            _measure_row(m, found[m.name], differences.get(m.name), comparison is not None)
            for m in charted
            if m.group == group
        ]
        for group, title in _GROUPS.items()
    }
    caption = tag("caption", "All measures over the whole test set", class_="unseen")
    return _table(caption, heads, groups)


def _measure_row(
    about: Measure, figure: dict[str, float], difference: Difference | None, compared: bool
) -> Html:
    lower = tag("span", " ↓", class_="muted", title="Lower is better")
    signed = tag("span", " from −1 to 1", class_="muted")
    head = join(
        tag("span", about.title),
        lower if about.higher_is_better is False else None,
        signed if about.unit == "score" else None,
        tag("span", about.meaning, class_="meaning"),
    )
    cells = [_chart(about, figure, difference.a if difference else None), _value(about, figure)]
    if compared:
        cells.append(_cell(difference_badge(difference) if difference else "–", "against"))
    return _row(head, *cells)


def _chart(about: Measure, figure: Mapping[str, float], before: float | None = None) -> Html:
    value, low, high = figure["value"], figure.get("low"), figure.get("high")
    chart = charts.interval_chart(
        value,
        value if low is None else low,
        value if high is None else high,
        before=before,
        span=(-1, 1) if about.unit == "score" else (0, 1),
    )
    return _cell(chart, "chart")


def _value(about: Measure, figure: Mapping[str, float]) -> Html:
    fault = about.name == "verbatim" and figure["value"] < 1
    return _cell(
        join(
            tag("strong", format_value(figure["value"], about.unit)),
            tag("span", format_interval(figure, about.name), class_="range"),
            tag("span", f"{figure.get('n', 0)} questions", class_="count"),
        ),
        "value fault" if fault else "value",
    )


def breakdown_section(run: StoredRun, against: StoredRun | None) -> Html:
    """One measure at a time by kind, language, variety and turn."""
    present = {n for field in _BREAKDOWNS for part in _slices(run, field).values() for n in part}
    selectable = [name for name in _BREAKDOWN_MEASURES if name in present]
    if not selectable:
        return tag("p", "The run has no measures by kind, language or turn.", class_="note")
    options = [tag("option", get_measure(name).title, value=name) for name in selectable]
    return join(
        tag(
            "p",
            tag("label", "Measure ", tag("select", *options, id="part-measure")),
            class_="controls screen-only",
        ),
        *(
            _breakdown_table(run, against, name, hidden=name != selectable[0])
            for name in selectable
        ),
    )


def _slices(run: StoredRun, field: str) -> dict[str, dict[str, dict[str, float]]]:
    return {value: with_value(figures) for value, figures in run.summary.get(field, {}).items()}


def _breakdown_table(run: StoredRun, against: StoredRun | None, name: str, *, hidden: bool) -> Html:
    about = get_measure(name)
    groups = {}
    for field, title in _BREAKDOWNS.items():
        before = _slices(against, field) if against else {}
        groups[title] = [
            _row(
                tag("bdi", _NAMES.get(field, {}).get(value, value or "–")),
                _chart(about, figures[name], before.get(value, {}).get(name, {}).get("value")),
                _value(about, figures[name]),
            )
            for value, figures in _slices(run, field).items()
            if name in figures
        ]
    return _table(
        tag("caption", about.title, ": ", about.meaning),
        ("Part", "Chart", "Value"),
        groups,
        class_="figures headless by-part",
        data_measure=name,
        hidden=hidden,
    )


def latency_section(run: StoredRun, against: StoredRun | None) -> Html:
    """Median and 95th percentile of each stage."""
    stages = run.summary.get("latency_ms", {})
    before = against.summary.get("latency_ms", {}) if against else {}
    names = [n for n in _STAGES if n in stages] + sorted(set(stages) - set(_STAGES))
    if not names:
        return tag("p", "The run has no timings.", class_="note")
    longest = max(stage["p95"] for stage in (*stages.values(), *before.values()))
    rows = [_stage_row(name, stages[name], before.get(name), longest) for name in names]
    return _table(
        tag("caption", "Time per stage", class_="unseen"),
        ("Stage", "Chart", "Median, 95th percentile"),
        {"": rows},
        class_="figures headless latency",
    )


def _stage_row(
    name: str, stage: dict[str, float], before: dict[str, float] | None, longest: float
) -> Html:
    earlier = (before["p50"], before["p95"]) if before else None
    times = join(
        tag("strong", format_milliseconds(stage["p50"])),
        tag("span", f"95th {format_milliseconds(stage['p95'])}", class_="range"),
    )
    chart = charts.latency_chart(stage["p50"], stage["p95"], longest, earlier)
    return _row(name.capitalize(), _cell(chart, "chart"), _cell(times, "value"))


def share_table(caption: str, rows: Sequence[tuple[str, str, Mapping[str, float]]]) -> Html:
    """A table of shares that are not in the registry: title, meaning and figure of each."""
    table_rows = []
    for title, meaning, figure in rows:
        about = Measure(name=title, title=title, meaning=meaning, group="other")
        head = join(tag("span", title), tag("span", meaning, class_="meaning"))
        table_rows.append(_row(head, _chart(about, figure), _value(about, figure)))
    return _table(
        tag("caption", caption, class_="unseen"),
        ("Aspect", "0 to 100%", "Value, 95% interval"),
        {"": table_rows},
        class_="figures headless",
    )


# On phones rows are laid out as grids, which removes table semantics in some browsers; hence the
# explicit roles.


def _table(
    caption: Html,
    heads: Sequence[str],
    groups: Mapping[str, Sequence[Html]],
    *,
    class_: str = "figures",
    **attributes: object,
) -> Html:
    head = tag("tr", *(tag("th", h, scope="col", role="columnheader") for h in heads), role="row")
    bodies = []
    for title, rows in groups.items():
        heading = tag("th", title, colspan=len(heads), scope="rowgroup", role="rowheader")
        first = tag("tr", heading, class_="group", role="row") if title else None
        if rows:
            bodies.append(tag("tbody", first, *rows, role="rowgroup"))
    return tag(
        "table",
        caption,
        tag("thead", head, role="rowgroup"),
        *bodies,
        role="table",
        class_=class_,
        **attributes,
    )


def _row(head: object, *cells: Html) -> Html:
    return tag("tr", tag("th", head, scope="row", role="rowheader"), *cells, role="row")


def _cell(content: object, class_: str) -> Html:
    return tag("td", content, class_=class_, role="cell")
