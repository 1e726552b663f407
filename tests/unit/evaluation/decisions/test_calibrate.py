"""Calibrating refusals: the threshold, the curve and the figures, by hand and by scikit-learn."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from evaluation.core.errors import EvaluationError
from evaluation.decisions.calibrate import Objective, calibrate, labelled_confidences, refusal_curve
from tests.unit.evaluation.synthetic_runs import row


def rows_of(answerable: list[float], unanswerable: list[float]) -> list[dict[str, Any]]:
    return [
        *(row(f"a{i}", confidence=c) for i, c in enumerate(answerable)),
        *(row(f"u{i}", confidence=c, answerable=False) for i, c in enumerate(unanswerable)),
    ]


def test_curve_by_hand() -> None:
    curve = refusal_curve(labelled_confidences(rows_of([0.4, 0.8], [0.2, 0.6])))
    assert [(p.threshold, p.kept_answerable, p.refused_unanswerable) for p in curve] == [
        (0.0, 1.0, 0.0),
        (pytest.approx(0.3), 1.0, 0.5),
        (pytest.approx(0.5), 0.5, 0.5),
        (pytest.approx(0.7), 0.5, 1.0),
        (1.0, 0.0, 1.0),
    ]


def test_separable_confidences_are_parted_in_the_middle_of_the_gap() -> None:
    found = calibrate(rows_of([0.7, 0.8, 0.9], [0.1, 0.2, 0.3]))
    assert found.threshold == 0.5
    assert found.chosen_on.balanced_accuracy.value == 1.0
    assert found.chosen_on.auc.value == 1.0


def test_the_threshold_has_as_few_digits_as_decide_the_same() -> None:
    found = calibrate(rows_of([0.7512341], [0.7503339]))
    assert found.threshold == 0.751


def test_a_question_at_the_threshold_is_answered() -> None:
    """As the engine does it: refused when the confidence is *below* the threshold."""
    found = calibrate(rows_of([0.5, 0.5], [0.49999]))
    assert found.chosen_on.kept_answerable.value == 1.0
    assert found.chosen_on.refused_unanswerable.value == 1.0


def test_keeping_a_share_refuses_as_much_as_that_leaves() -> None:
    rows = rows_of([i / 10 for i in range(1, 11)], [0.05, 0.15, 0.25, 0.35])
    found = calibrate(rows, objective=Objective("keep", 0.9))
    assert found.chosen_on.kept_answerable.value == 0.9
    assert found.chosen_on.refused_unanswerable.value == 0.5


def test_refusing_a_share_answers_as_much_as_that_leaves() -> None:
    rows = rows_of([i / 10 for i in range(1, 11)], [0.05, 0.15, 0.25, 0.35])
    found = calibrate(rows, objective=Objective("refuse", 0.75))
    assert found.chosen_on.refused_unanswerable.value == 0.75
    assert found.chosen_on.kept_answerable.value == 0.8


def test_auc_is_that_of_scikit_learn_ties_included() -> None:
    source = random.Random(4)  # noqa: S311
    answerable = [round(source.betavariate(4, 2), 1) for _ in range(90)]
    unanswerable = [round(source.betavariate(2, 4), 1) for _ in range(60)]
    found = calibrate(rows_of(answerable, unanswerable)).chosen_on.auc
    public = roc_auc_score([1] * 90 + [0] * 60, answerable + unanswerable)
    assert found.value == pytest.approx(public)
    assert found.low < public < found.high


def test_the_threshold_of_one_set_is_reported_on_another() -> None:
    found = calibrate(rows_of([0.8, 0.9], [0.1, 0.2]), rows_of([0.4, 0.6], [0.3, 0.7]))
    assert found.threshold == 0.5
    assert found.reported_on is not None
    assert found.reported_on.kept_answerable.value == 0.5
    assert found.reported_on.refused_unanswerable.value == 0.5


def test_questions_that_say_nothing_are_left_out_and_counted() -> None:
    rows = [
        *rows_of([0.9], [0.1]),
        row("x", answerable=None),
        row("y", confidence=None),
        row("z", error="StoreError"),
    ]
    assert calibrate(rows).chosen_on.left_out == 3


def test_a_run_without_unanswerable_questions_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no unanswerable questions with a confidence"):
        calibrate(rows_of([0.9, 0.8], []))


def test_an_impossible_share_is_refused() -> None:
    """A confidence of 1 is never below a threshold, so it cannot be refused."""
    with pytest.raises(EvaluationError, match="No threshold would refuse 100%"):
        calibrate(rows_of([0.9], [1.0]), objective=Objective("refuse", 1.0))
