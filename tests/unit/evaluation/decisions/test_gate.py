"""The gate fails unless every check has a value and passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import load_run
from evaluation.decisions.baseline import load_baseline, write_baseline
from evaluation.decisions.gate import GateResult, Thresholds, check_run, load_thresholds
from tests.unit.evaluation.synthetic_runs import refusal, row, run_of, write_run


def gate(
    rows: list[dict[str, Any]],
    measures: dict[str, Any],
    baseline: list[dict[str, Any]] | None = None,
    **other: Any,
) -> GateResult:
    thresholds = Thresholds.model_validate({"measures": measures, **other})
    before = run_of(baseline, name="before") if baseline is not None else None
    return check_run(run_of(rows), thresholds, before)


def test_a_good_run_passes() -> None:
    result = gate([row(1), row(2)], {"contains_gold": {"min": 0.9}, "wrong_source": {"max": 0}})
    assert result.passed
    assert [check.subject for check in result.checks] == [
        "errors",
        "questions",
        "contains_gold",
        "wrong_source",
    ]


def test_a_measure_below_its_floor_fails_with_both_figures() -> None:
    rows = [row(1), row(2, measures={"contains_gold": 0.0})]
    result = gate(rows, {"contains_gold": {"min": 0.9}})
    assert result.reasons == ["contains_gold is 0.5, below its floor of 0.9"]


def test_checked_answers_pass_a_gate_as_other_measures_do() -> None:
    partly = {"right": 0.0, "partly": 1.0, "wrong": 0.0}
    right = {"right": 1.0, "partly": 0.0, "wrong": 0.0}
    rows = [row(1, measures=right), row(2, measures=partly, variety="gulf")]
    result = gate(
        rows,
        {"right": {"min": 0.5}, "wrong": {"max": 0}},
        variety={"gulf": {"right": {"min": 0.5}}},
    )
    assert result.reasons == ["right [variety gulf] is 0, below its floor of 0.5"]


def test_a_measure_above_its_ceiling_fails() -> None:
    rows = [row(1), row(2, measures={"wrong_source": 1.0})]
    result = gate(rows, {"wrong_source": {"max": 0.0}})
    assert result.reasons == ["wrong_source is 0.5, above its ceiling of 0"]


def test_a_value_exactly_at_its_floor_passes() -> None:
    rows = [row(i, measures={"token_f1": value}) for i, value in enumerate([0.1, 0.2, 0.3])]
    assert gate(rows, {"token_f1": {"min": 0.2}}).passed


def test_a_missing_measure_is_a_failure() -> None:
    result = gate([row(1)], {"highlight_f1": {"min": 0.0}})
    assert result.reasons == ["highlight_f1 has no value in this run"]


def test_a_misspelt_measure_fails_and_is_put_right() -> None:
    result = gate([row(1)], {"contain_gold": {"min": 0.0}})
    assert result.reasons == ["contain_gold has no value in this run (did you mean contains_gold?)"]


def test_errors_in_a_run_fail_it() -> None:
    rows = [row(1), row(2, error="StoreError: gone")]
    result = gate(rows, {"contains_gold": {"min": 0.5}})
    assert result.reasons == ["1 question ended in an error, the first 2: StoreError: gone"]


def test_an_unfinished_run_fails() -> None:
    run = run_of([row(1), row(2), row(3)])
    cut = type(run)(
        name=run.name,
        testset_sha256=run.testset_sha256,
        testset_path=run.testset_path,
        expected=3,
        questions=run.questions[:2],
    )
    result = check_run(cut, Thresholds.model_validate({"measures": {"verbatim": {"min": 1}}}))
    assert result.reasons == ["2 questions asked of 3"]


def test_too_few_questions_fail() -> None:
    result = gate([row(1)], {"verbatim": {"min": 1}}, min_questions=40)
    assert result.reasons == ["1 question asked of 40"]


def test_fewer_questions_than_the_baseline_fail() -> None:
    result = gate([row(1)], {"verbatim": {"min": 1}}, baseline=[row(1), row(2)])
    assert result.reasons == ["1 question of the baseline before not asked, the first 2"]


def test_a_baseline_over_another_test_set_fails() -> None:
    thresholds = Thresholds.model_validate({"measures": {"verbatim": {"min": 1, "max_drop": 0}}})
    other = run_of([row(1)], name="before", sha="b" * 64)
    result = check_run(run_of([row(1)]), thresholds, other)
    assert result.reasons == [
        "the baseline before is over another test set (bbbbbbbbbbbb, this run: aaaaaaaaaaaa); "
        "save a new one with --save-baseline",
        "verbatim cannot be compared with the baseline before",
    ]


def falling(count: int, of: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A baseline that is all right, and a run in which ``count`` questions are not."""
    before = [row(i) for i in range(of)]
    after = [row(i, measures={"contains_gold": float(i >= count)}) for i in range(of)]
    return before, after


def test_a_significant_fall_fails_with_its_p_value() -> None:
    before, after = falling(10, 40)
    result = gate(after, {"contains_gold": {"max_drop": 0.05}}, baseline=before)
    assert len(result.reasons) == 1
    assert result.reasons[0].startswith("contains_gold went from 1 to 0.75 (40 questions, p = 0.00")
    assert result.reasons[0].endswith("it may be 0.05 worse")


def test_a_fall_that_chance_explains_passes_unless_alpha_is_one() -> None:
    before, after = falling(3, 40)
    assert gate(after, {"contains_gold": {"max_drop": 0.05}}, baseline=before).passed
    strict = gate(after, {"contains_gold": {"max_drop": 0.05, "alpha": 1}}, baseline=before)
    assert not strict.passed


@pytest.mark.parametrize("items", [1, 5])
def test_a_fall_over_too_few_items_to_tell_fails(items: int) -> None:
    before, after = falling(items, items)
    result = gate(after, {"contains_gold": {"max_drop": 0.05}}, baseline=before)
    assert len(result.reasons) == 1
    assert "too few items to tell from chance at alpha = 0.05" in result.reasons[0]
    assert gate(before, {"contains_gold": {"max_drop": 0.05}}, baseline=before).passed


def test_items_are_counted_not_the_turns_of_a_conversation() -> None:
    turns = [f"talk{c}#{t}" for c in (1, 2) for t in range(1, 11)]
    before = [row(t) for t in turns]
    after = [row(t, measures={"contains_gold": 0.0}) for t in turns]
    result = gate(after, {"contains_gold": {"max_drop": 0.05}}, baseline=before)
    assert "too few items" in result.reasons[0]


def test_a_figure_of_few_questions_among_many_is_one_of_few() -> None:
    """Three unanswerable questions of a hundred, none of which is refused any more."""
    answered = [row(i) for i in range(97)]
    before = [*answered, *(refusal(f"no{i}", answerable=False) for i in range(3))]
    after = [*answered, *(row(f"no{i}", answerable=False) for i in range(3))]
    result = gate(after, {"refusal_correct": {"max_drop": 0.5}}, baseline=before)
    assert result.passed
    recall = {"refusal_recall": {"max_drop": 0.1}}
    assert "too few items" in gate([*after[:99], before[99]], recall, baseline=before).reasons[0]


def test_six_items_are_enough_for_the_test_to_decide() -> None:
    before, after = falling(6, 6)
    result = gate(after, {"contains_gold": {"max_drop": 0.05}}, baseline=before)
    assert "(6 questions, p = 0.03" in result.reasons[0]
    before, after = falling(2, 6)
    assert gate(after, {"contains_gold": {"max_drop": 0.05}}, baseline=before).passed


def test_a_fall_within_what_is_allowed_passes() -> None:
    before, after = falling(10, 40)
    assert gate(after, {"contains_gold": {"max_drop": 0.3}}, baseline=before).passed


def test_a_rise_fails_where_lower_is_better() -> None:
    before = [row(i) for i in range(40)]
    after = [row(i, measures={"wrong_source": float(i < 10)}) for i in range(40)]
    result = gate(after, {"wrong_source": {"max_drop": 0}}, baseline=before)
    assert result.reasons[0].startswith("wrong_source went from 0 to 0.25")
    assert gate(before, {"wrong_source": {"max_drop": 0}}, baseline=after).passed


def test_refusal_figures_of_the_set_can_be_gated() -> None:
    rows = [row(1), refusal(2, answerable=True), refusal(3, answerable=False)]
    result = gate(rows, {"false_refusal": {"max": 0.2}, "refusal_recall": {"min": 1}})
    assert result.reasons == ["false_refusal is 0.5, above its ceiling of 0.2"]


def test_a_drop_without_a_baseline_fails() -> None:
    result = gate([row(1)], {"verbatim": {"max_drop": 0}})
    assert result.reasons == ["verbatim has a max_drop, and there is no --baseline"]


def test_a_drop_of_what_the_baseline_lacks_fails() -> None:
    result = gate(
        [row(1, measures={"highlight_f1": 0.9})],
        {"highlight_f1": {"max_drop": 0}},
        baseline=[row(1)],
    )
    assert result.reasons == ["highlight_f1 cannot be compared with the baseline before"]


def test_a_part_of_the_run_has_thresholds_of_its_own() -> None:
    rows = [
        *(row(i) for i in range(9)),
        row("talk#2", position="followup", measures={"contains_gold": 0.0}),
    ]
    result = gate(
        rows,
        {"contains_gold": {"min": 0.9}},
        position={"followup": {"contains_gold": {"min": 0.5}}},
    )
    assert result.reasons == [
        "contains_gold [position followup] is 0, below its floor of 0.5",
    ]


def test_a_part_that_is_not_there_fails() -> None:
    result = gate([row(1)], {}, language={"en": {"contains_gold": {"min": 0.5}}})
    assert result.reasons == ["contains_gold [language en] has no value in this run"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "would check nothing"),
        ("[measures.verbatim]", "measures.verbatim: has neither min, max nor max_drop"),
        ("[measures.verbatim]\nmn = 1", "measures.verbatim.mn: Extra inputs are not permitted"),
        ("[measures.verbatim]\nmin = nan", "measures.verbatim.min: Input should be a finite"),
        ("[mesures.verbatim]\nmin = 1", "mesures: Extra inputs are not permitted"),
        ("[measures", "is not TOML"),
    ],
)
def test_a_file_of_thresholds_that_cannot_be_meant_is_refused(
    text: str, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError) as refused:
        load_thresholds(file)
    assert complaint in str(refused.value)


def test_a_saved_baseline_says_what_the_run_said(tmp_path: Path) -> None:
    rows = [row(1), row("talk#1", position="first"), refusal(3, answerable=False)]
    run = load_run(write_run(tmp_path / "good", rows, name="good"))
    file = tmp_path / "baseline.json"
    write_baseline(run, file)
    kept = load_baseline(file)
    assert (kept.name, kept.expected, len(kept.questions)) == ("good", 3, 3)
    for before, after in zip(run.scored_run().questions, kept.questions, strict=True):
        assert (before.id, before.item_id, before.refused) == (
            after.id,
            after.item_id,
            after.refused,
        )
        for name, value in after.measures.items():
            assert value == before.measures[name]
    assert "latency_total_ms" not in kept.questions[0].measures
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3 + 3
    assert "/" not in kept.testset_path  # it may be committed: no folder of this machine


def test_a_baseline_without_varieties_is_read(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    write_baseline(load_run(write_run(tmp_path / "run", [row(1, variety="gulf")])), file)
    assert load_baseline(file).questions[0].variety == "gulf"
    old = json.loads(file.read_text(encoding="utf-8"))
    at = old["columns"].index("variety")
    for cells in (old["columns"], *old["questions"]):
        del cells[at]
    file.write_text(json.dumps(old), encoding="utf-8")
    assert load_baseline(file).questions[0].variety == ""


def test_a_run_with_errors_becomes_no_baseline(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "bad", [row(1, error="x")]))
    with pytest.raises(EvaluationError, match="1 ended in an error"):
        write_baseline(run, tmp_path / "baseline.json")
    assert not (tmp_path / "baseline.json").exists()


@pytest.mark.parametrize("text", ["[]", "{}", "nonsense", '{"kind": "rawi-evaluation-baseline"}'])
def test_what_is_no_baseline_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"baseline\.json"):
        load_baseline(file)


def test_not_a_number_in_a_run_is_refused(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "nan", [row(1, measures={"verbatim": float("nan")})])
    with pytest.raises(EvaluationError, match=r"line 1: not JSON \(NaN is no measurement"):
        load_run(folder)


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [("config.json", "is not a run"), ("summary.json", "is not finished")],
)
def test_a_folder_that_is_no_finished_run_says_so(
    missing: str, complaint: str, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "run", [row(1)])
    (folder / missing).unlink()
    with pytest.raises(EvaluationError, match=complaint):
        load_run(folder)


def test_a_question_twice_in_a_run_is_refused(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [row(1), row(1)])
    with pytest.raises(EvaluationError, match="line 2: the id '1' comes twice"):
        load_run(folder)


def test_a_run_of_another_format_is_refused(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [row(1)], format=2)
    with pytest.raises(EvaluationError, match="format 2"):
        load_run(folder)


def test_the_shipped_thresholds_can_be_read() -> None:
    thresholds = load_thresholds(Path(__file__).parents[4] / "evaluation" / "gate.toml")
    assert thresholds.measures["verbatim"].min == 1.0
    assert json.loads(thresholds.model_dump_json())["min_questions"] >= 40
