"""The deciding commands as an evaluator types them: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from evaluation.cli.app import app
from tests.unit.evaluation.synthetic_runs import refusal, row, write_run

WRONG = {"contains_gold": 0.0, "crag_score": -1.0}
THRESHOLDS = "[measures]\ncontains_gold = { min = 0.9, max_drop = 0.05 }\n"


def rawi(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def before(tmp_path: Path) -> Path:
    rows = [*(row(i) for i in range(40)), refusal("out", answerable=False)]
    return write_run(tmp_path / "before", rows, name="before")


@pytest.fixture
def after(tmp_path: Path) -> Path:
    rows = [*(row(i, measures=WRONG if i < 12 else {}) for i in range(40))]
    rows.append(refusal("out", answerable=False))
    return write_run(tmp_path / "after", rows, name="after")


@pytest.fixture
def thresholds(tmp_path: Path) -> Path:
    file = tmp_path / "gate.toml"
    file.write_text(THRESHOLDS, encoding="utf-8")
    return file


def test_compare_shows_the_difference_and_what_changed(before: Path, after: Path) -> None:
    result = rawi("compare", before, after, "--measures", "contains_gold,token_f1", "--changed", 2)
    assert result.exit_code == 0
    line = next(x for x in result.stdout.splitlines() if x.startswith("contains_gold"))
    assert line.split()[1:4] == ["100.0%", "70.0%", "−30.0"]
    assert "0/28/12" in line
    assert "12 questions changed, worst first" in result.stdout
    assert "right → wrong" in result.stdout
    assert "and 10 more" in result.stdout


def test_compare_as_json_is_one_object(before: Path, after: Path) -> None:
    result = rawi("compare", before, after, "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    assert (found["run_a"], found["run_b"], found["questions"]) == ("before", "after", 41)
    gold = next(d for d in found["differences"] if d["measure"] == "contains_gold")
    assert gold["difference"] == pytest.approx(-0.3)
    assert gold["p"] < 0.01


def test_compare_refuses_other_questions(before: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", [row(1)], sha="b" * 64)
    result = rawi("compare", before, other)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: before and run are over different test sets")


def test_gate_passes_with_a_line_that_says_what_was_checked(before: Path, thresholds: Path) -> None:
    result = rawi("gate", before, "--thresholds", thresholds, "--baseline", before)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "passed before: 41 questions against before, checked errors, questions, questions of the "
        "baseline, test set of the baseline, contains_gold; no drop of contains_gold"
    ]


def test_gate_fails_with_a_line_per_reason(before: Path, after: Path, thresholds: Path) -> None:
    result = rawi("gate", after, "--thresholds", thresholds, "--baseline", before)
    assert result.exit_code == 1
    reasons = result.stdout.splitlines()
    assert len(reasons) == 2
    assert reasons[0] == "failed after: contains_gold is 0.7, below its floor of 0.9"
    assert reasons[1].startswith("failed after: contains_gold went from 1 to 0.7 (40 questions, p")


def test_gate_against_a_saved_baseline_decides_as_against_the_run(
    before: Path, after: Path, thresholds: Path, tmp_path: Path
) -> None:
    file = tmp_path / "baseline.json"
    saved = rawi("gate", before, "--save-baseline", file)
    assert (saved.exit_code, saved.stdout) == (0, "")
    by_file = rawi("gate", after, "--thresholds", thresholds, "--baseline", file, "--json")
    by_run = rawi("gate", after, "--thresholds", thresholds, "--baseline", before, "--json")
    assert by_file.exit_code == by_run.exit_code == 1
    assert json.loads(by_file.stdout) == json.loads(by_run.stdout)


def test_a_run_that_fails_is_not_saved_as_a_baseline(
    after: Path, thresholds: Path, tmp_path: Path
) -> None:
    thresholds.write_text("[measures]\ncontains_gold = { min = 0.9 }\n", encoding="utf-8")
    file = tmp_path / "baseline.json"
    result = rawi("gate", after, "--thresholds", thresholds, "--save-baseline", file)
    assert result.exit_code == 1
    assert not file.exists()


def test_gate_without_thresholds_is_wrong_usage(before: Path) -> None:
    assert rawi("gate", before).exit_code == 2


def test_gate_on_what_is_no_run_fails(thresholds: Path, tmp_path: Path) -> None:
    result = rawi("gate", tmp_path, "--thresholds", thresholds)
    assert result.exit_code == 1
    assert "is not a run" in result.stderr


def test_calibrate_names_the_threshold_and_reports_it_elsewhere(tmp_path: Path) -> None:
    chosen = [row(1, confidence=0.8), refusal(2, answerable=False, confidence=0.2)]
    other = [row(1, confidence=0.4), refusal(2, answerable=False, confidence=0.3)]
    on_a = write_run(tmp_path / "a", chosen)
    on_b = write_run(tmp_path / "b", other)
    result = rawi("calibrate", on_a, "--report", on_b)
    assert result.exit_code == 0
    assert "RAWI_BOT_REFUSAL_THRESHOLD=0.5" in result.stdout
    found = json.loads(rawi("calibrate", on_a, "--report", on_b, "--json").stdout)
    assert found["threshold"] == 0.5
    assert found["chosen_on"]["balanced_accuracy"]["value"] == 1.0
    assert found["reported_on"]["kept_answerable"]["value"] == 0.0


def test_calibrate_pools_runs_that_have_one_label_each(tmp_path: Path) -> None:
    answerable = write_run(tmp_path / "a", [row(1, confidence=0.9), row(2, confidence=0.7)])
    unanswerable = write_run(tmp_path / "u", [refusal(1, answerable=False, confidence=0.1)])
    assert rawi("calibrate", answerable).exit_code == 1
    result = rawi("calibrate", answerable, unanswerable, "--json")
    assert json.loads(result.stdout)["threshold"] == 0.4


def test_keep_and_refuse_together_are_wrong_usage(before: Path) -> None:
    assert rawi("calibrate", before, "--keep", 0.9, "--refuse", 0.9).exit_code == 2


def test_report_is_written_where_it_was_asked_for(
    before: Path, after: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "report.html"
    result = rawi("report", after, "--against", before, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Against before" in out.read_text(encoding="utf-8")


def test_a_table_has_a_column_per_run_and_every_measure(before: Path, after: Path) -> None:
    result = rawi("table", before, after)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "| before | 41 | – | – | 30 / 61 ms | 2026-11-25 |" in lines
    assert "| measure | before | after |" in lines
    line = next(x for x in lines if x.startswith("| `contains_gold`"))
    first, second = line.split(" | ")[1:]
    assert first == "100.0% (100.0 to 100.0) n=40"
    assert second == "70.0% (65.0 to 75.0) n=40 |"
    assert any(x.startswith("| `latency_total_ms`") and "30 ms" in x for x in lines)


def test_a_table_is_written_where_it_was_asked_for(before: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.md"
    result = rawi("table", before, "--out", out)
    assert result.exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("| run | questions |")


def test_a_table_of_what_is_no_run_fails(tmp_path: Path) -> None:
    result = rawi("table", tmp_path)
    assert result.exit_code == 1
    assert "is not a run" in result.stderr
