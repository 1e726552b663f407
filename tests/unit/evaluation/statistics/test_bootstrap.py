"""Intervals of a run's measures, and the summary that holds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.core.stored_run import load_run, scored_question
from evaluation.runs.summary import summarise_run
from evaluation.statistics.bootstrap import Estimate, bootstrap_estimates
from tests.unit.evaluation.synthetic_runs import refusal, row, write_run


def _one(rows: list[dict[str, Any]], name: str, **options: int) -> Estimate:
    return bootstrap_estimates([scored_question(r) for r in rows], [name], **options)[name]


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    draw = np.random.default_rng(1)
    rows = [row(n, measures={"token_f1": draw.normal(0.5, 0.1)}) for n in range(400)]

    found = _one(rows, "token_f1", n_resamples=4000)

    assert found.n == 400
    assert found.low == pytest.approx(found.value - 1.96 * 0.1 / 20, abs=0.0015)
    assert found.high == pytest.approx(found.value + 1.96 * 0.1 / 20, abs=0.0015)


def test_turns_of_one_conversation_are_drawn_together() -> None:
    alone = [row(n, measures={"contains_gold": float(n % 2)}) for n in range(100)]
    together = [
        row(f"{n // 10}#{n % 10}", measures={"contains_gold": float(n // 10 % 2)})
        for n in range(100)
    ]

    of_alone, of_together = _one(alone, "contains_gold"), _one(together, "contains_gold")

    assert of_alone.value == of_together.value == 0.5
    # Ten items say as much as ten questions, however many turns they have: √10 times as wide.
    assert _width(of_together) > 2.5 * _width(of_alone)


def _width(found: Estimate) -> float:
    assert found.low is not None and found.high is not None
    return found.high - found.low


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    rows = [row(n, measures={"token_f1": n / 30}) for n in range(30)]

    assert _one(rows, "token_f1", seed=1) == _one(rows, "token_f1", seed=1)
    assert _one(rows, "token_f1", seed=1) != _one(rows, "token_f1", seed=2)


def test_figures_of_a_set_are_ratios_of_counts() -> None:
    rows = [
        refusal(1, answerable=False),
        refusal(2, answerable=True),
        row(3, answerable=False),
        row(4, answerable=True),
        row(5, answerable=True),
        row(6, answerable=None),
    ]

    measures = summarise_run(rows)["measures"]

    assert measures["refusal_precision"]["value"] == 0.5
    assert measures["refusal_recall"]["value"] == 0.5
    assert measures["refusal_f1"]["value"] == 0.5
    assert measures["false_refusal"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    counted = {name: measures[name]["n"] for name in measures if "refusal_" in name}
    assert counted["refusal_precision"] == counted["refusal_recall"] == 2
    assert counted["refusal_f1"] == 3
    assert measures["false_refusal"]["n"] == 3


@pytest.mark.parametrize("answerable", [True, False])
def test_refusal_precision_of_questions_that_are_all_alike_is_no_figure(answerable: bool) -> None:
    rows = [refusal(1, answerable=answerable), row(2, answerable=answerable)]

    measures = summarise_run(rows)["measures"]

    assert not {"refusal_precision", "refusal_f1"} & measures.keys()
    assert measures["false_refusal" if answerable else "refusal_recall"]["value"] == 0.5


def test_errors_count_for_no_measure() -> None:
    rows = [row(1), row(2), row(3, error="StoreError: gone", measures={"contains_gold": 0.0})]

    summary = summarise_run(rows)

    assert (summary["questions"], summary["errors"]) == (3, 1)
    assert summary["measures"]["contains_gold"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 2}


def test_one_item_has_no_interval_and_what_applies_nowhere_has_no_figure() -> None:
    summary = summarise_run([row(1, measures={"token_f1": None}), refusal(2, answerable=True)])

    assert summary["measures"]["contains_gold"] == {"value": 1.0, "low": None, "high": None, "n": 1}
    assert "token_f1" not in summary["measures"]


def test_every_part_has_its_figures() -> None:
    rows = [
        row(1, kind="date", language="ar"),
        row("2#1", kind="date", language="en", position="first", measures={"contains_gold": 0.0}),
        row("2#2", kind="fact", language="en", position="followup"),
    ]

    summary = summarise_run(rows)

    assert summary["by_kind"]["date"]["contains_gold"]["value"] == 0.5
    assert summary["by_language"]["en"]["contains_gold"]["n"] == 2
    assert list(summary["by_position"]) == ["single", "first", "followup"]


def test_varieties_are_parts_where_questions_name_one() -> None:
    partly = {"right": 0.0, "partly": 1.0, "nugget_recall": 0.5}
    rows = [row(1, variety="gulf", measures=partly), row(2, variety="msa", measures={"right": 1.0})]

    summary = summarise_run(rows)

    assert summary["measures"]["right"]["value"] == 0.5
    assert summary["by_variety"]["gulf"]["right"]["value"] == 0.0
    assert summary["by_variety"]["gulf"]["nugget_recall"]["n"] == 1
    assert summarise_run([row(1)])["by_variety"] == {}


def test_latencies_are_percentiles_of_the_questions_that_went_through_a_stage() -> None:
    rows = [row(n, timings_ms={"total": float(n)}) for n in range(101)]
    rows[0]["timings_ms"]["verify"] = 7.0

    latency = summarise_run(rows)["latency_ms"]

    assert latency["total"] == {"p50": 50.0, "p95": 95.0}
    assert latency["verify"] == {"p50": 7.0, "p95": 7.0}


def test_a_summary_is_read_back_as_json_without_nan(tmp_path: Path) -> None:
    rows = [row(1, measures={"token_f1": None}), refusal(2, answerable=False)]
    folder = write_run(tmp_path / "run", rows)
    summary = summarise_run(rows)
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")

    assert load_run(folder).summary == summary
