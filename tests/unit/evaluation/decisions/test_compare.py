"""Comparing two runs: figures that hold up, and the questions that changed."""

from __future__ import annotations

import pytest
from scipy import stats

from evaluation.core.errors import EvaluationError
from evaluation.decisions.compare import Comparison, Difference, compare
from tests.unit.evaluation.synthetic_runs import refusal, row, run_of


def difference(comparison: Comparison, name: str) -> Difference:
    return next(d for d in comparison.differences if d.measure == name)


def scores(values: list[float], name: str = "token_f1") -> list[dict[str, object]]:
    return [row(i, measures={name: value}) for i, value in enumerate(values)]


def test_difference_is_b_minus_a_with_win_tie_loss() -> None:
    a, b = run_of(scores([0.2, 0.5, 0.5, 1.0])), run_of(scores([0.6, 0.5, 0.7, 0.8]))
    found = difference(compare(a, b), "token_f1")
    assert (found.a, found.b) == pytest.approx((0.55, 0.65))
    assert found.difference == pytest.approx(0.10)
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    assert found.low is not None and found.high is not None
    assert found.low <= found.difference <= found.high


def test_less_is_a_win_where_lower_is_better() -> None:
    a, b = run_of(scores([1.0, 1.0], "wrong_source")), run_of(scores([0.0, 1.0], "wrong_source"))
    found = difference(compare(a, b), "wrong_source")
    assert found.difference == -0.5
    assert found.gain == 0.5
    assert (found.wins, found.losses) == (1, 0)


def test_checked_answers_are_compared_in_pairs() -> None:
    right = {"right": 1.0, "wrong": 0.0, "partly": 0.0}
    wrong = {"right": 0.0, "wrong": 1.0, "partly": 0.0}
    a = run_of([row(i, measures=wrong if i < 2 else right) for i in range(6)])
    b = run_of([row(i, measures=right) for i in range(6)])
    found = compare(a, b)
    assert (difference(found, "right").wins, difference(found, "right").losses) == (2, 0)
    assert difference(found, "wrong").gain == pytest.approx(1 / 3)
    assert difference(found, "partly").gain == 0.0
    assert [(c.id, c.verdict_a, c.verdict_b) for c in found.changes] == [
        ("0", "wrong", "right"),
        ("1", "wrong", "right"),
    ]


def test_p_value_is_that_of_the_paired_randomisation_test() -> None:
    before = [0.10, 0.55, 0.35, 0.80, 0.42, 0.66, 0.15, 0.91, 0.50, 0.73, 0.20, 0.38]
    after = [0.30, 0.60, 0.30, 0.95, 0.52, 0.70, 0.14, 0.99, 0.61, 0.70, 0.45, 0.50]
    exact = stats.permutation_test(
        (after, before),
        lambda x, y: (x - y).mean(),
        permutation_type="samples",
        n_resamples=100_000,  # more than 2**12: scipy enumerates all of them
    )
    found = difference(compare(run_of(scores(before)), run_of(scores(after))), "token_f1")
    assert found.p == pytest.approx(exact.pvalue, abs=0.005)


def test_interval_agrees_with_the_public_percentile_bootstrap() -> None:
    before = [((i * 37) % 100) / 100 for i in range(80)]
    after = [min(1.0, value + ((i * 13) % 30) / 100) for i, value in enumerate(before)]
    gains = [y - x for x, y in zip(before, after, strict=True)]
    public = stats.bootstrap((gains,), lambda x: x.mean(), method="percentile", random_state=1)
    found = difference(compare(run_of(scores(before)), run_of(scores(after))), "token_f1")
    assert found.low == pytest.approx(public.confidence_interval.low, abs=0.003)
    assert found.high == pytest.approx(public.confidence_interval.high, abs=0.003)


def test_alike_runs_have_p_one_and_a_zero_interval() -> None:
    run = run_of(scores([0.1, 0.7, 0.4]))
    found = difference(compare(run, run), "token_f1")
    assert (found.p, found.difference, found.low, found.high) == (1.0, 0.0, 0.0, 0.0)
    assert compare(run, run).changes == []


def test_turns_of_one_conversation_count_as_one_draw() -> None:
    """Twelve turns of two conversations are no stronger evidence than two questions."""
    turns = [f"talk{c}#{t}" for c in (1, 2) for t in range(1, 7)]
    a = run_of([row(t, measures={"token_f1": 0.0}) for t in turns])
    b = run_of([row(t, measures={"token_f1": 1.0}) for t in turns])
    assert difference(compare(a, b), "token_f1").p == pytest.approx(0.5, abs=0.02)
    singles = compare(
        run_of([row(i, measures={"token_f1": 0.0}) for i in range(12)]),
        run_of([row(i, measures={"token_f1": 1.0}) for i in range(12)]),
    )
    assert difference(singles, "token_f1").p < 0.01


def test_the_same_seed_gives_the_same_figures() -> None:
    a, b = run_of(scores([0.1, 0.9, 0.4, 0.6])), run_of(scores([0.3, 0.8, 0.9, 0.7]))
    assert compare(a, b, seed=7) == compare(a, b, seed=7)


def test_set_level_refusal_figures_come_from_the_questions() -> None:
    """By hand: A refuses both unanswerable ones; B refuses one of them and one answerable."""
    a = [row(1), row(2), refusal(3, answerable=False), refusal(4, answerable=False)]
    b = [row(1), refusal(2, answerable=True), refusal(3, answerable=False), row(4)]
    b[3]["answerable"] = False
    comparison = compare(run_of(a), run_of(b))
    by_hand = {
        "refusal_precision": (1.0, 0.5, (0, 1, 2), 3),
        "refusal_recall": (1.0, 0.5, (0, 1, 1), 2),
        "refusal_f1": (1.0, 0.5, (0, 1, 2), 3),
        "false_refusal": (0.0, 0.5, (0, 1, 1), 2),
    }
    for name, (before, after, tally, n) in by_hand.items():
        found = difference(comparison, name)
        assert (found.a, found.b) == pytest.approx((before, after)), name
        assert (found.wins, found.ties, found.losses) == tally, name
        assert (found.n, found.items) == (n, n), name


def test_a_difference_of_one_item_has_no_interval() -> None:
    a = [row("talk#1", measures={"token_f1": 0.2}), row("talk#2", measures={"token_f1": 0.4})]
    b = [row("talk#1"), row("talk#2")]
    found = difference(compare(run_of(a), run_of(b)), "token_f1")
    assert (found.n, found.items, found.low, found.high) == (2, 1, None, None)


def test_a_measure_counts_only_where_it_applies_in_both_runs() -> None:
    a = [row(1), row(2, measures={"citation_precision": 0.0}), row(3)]
    b = [row(1), refusal(2, answerable=True), row(3)]
    found = difference(compare(run_of(a), run_of(b)), "citation_precision")
    assert (found.n, found.only_a, found.only_b) == (2, 1, 0)
    assert (found.a, found.b) == (1.0, 1.0)


def test_a_measure_without_common_questions_is_named_as_not_comparable() -> None:
    a = [row(1)]
    b = [row(1, measures={"highlight_f1": 0.4})]
    comparison = compare(run_of(a), run_of(b))
    assert comparison.not_comparable == ["highlight_f1"]


def test_changed_questions_come_worst_first() -> None:
    a = [row(i) for i in range(5)]
    b = [
        row(0),
        row(1, measures={"token_f1": 0.4}),
        row(2, measures={"token_f1": 0.9}),
        row(3, measures={"contains_gold": 0.0, "crag_score": -1.0}),
        row(4, error="TimeoutError", measures=dict.fromkeys(row(4)["measures"])),
    ]
    changes = compare(run_of(a), run_of(b)).changes
    assert [c.id for c in changes] == ["3", "4", "1", "2"]
    assert (changes[0].verdict_a, changes[0].verdict_b) == ("right", "wrong")
    assert changes[0].measures == {"contains_gold": (1.0, 0.0), "crag_score": (1.0, -1.0)}
    assert changes[1].verdict_b == "error"
    assert changes[2].gain < 0 < changes[3].gain


def test_latency_alone_is_no_changed_question() -> None:
    a, b = run_of(scores([30.0], "latency_total_ms")), run_of(scores([90.0], "latency_total_ms"))
    assert compare(a, b).changes == []


def test_runs_over_different_test_sets_are_refused() -> None:
    with pytest.raises(EvaluationError, match="different test sets"):
        compare(run_of([row(1)]), run_of([row(1)], sha="b" * 64))


def test_questions_missing_on_one_side_are_reported() -> None:
    comparison = compare(run_of([row(1), row(2)]), run_of([row(2), row(3)]))
    assert comparison.questions == 1
    assert (comparison.missing_in_a, comparison.missing_in_b) == (["3"], ["1"])


def test_an_unknown_measure_names_those_there_are() -> None:
    run = run_of([row(1)])
    with pytest.raises(EvaluationError, match=r"Neither run has nonsense.*token_f1"):
        compare(run, run, names=["nonsense"])
