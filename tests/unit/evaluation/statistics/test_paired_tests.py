"""The paired randomisation test against exact p-values, and Holm's adjustment."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.core.stored_run import ScoredQuestion, scored_question
from evaluation.statistics.paired_tests import holm, paired_statistics, paired_sums
from tests.unit.evaluation.synthetic_runs import row


def pairs(differences: list[float]) -> list[tuple[ScoredQuestion, ScoredQuestion]]:
    """One question per item, its token F1 in B larger than in A by each difference."""
    return [
        (
            scored_question(row(n, measures={"token_f1": 0.0})),
            scored_question(row(n, measures={"token_f1": difference})),
        )
        for n, difference in enumerate(differences)
    ]


def test_the_p_value_is_the_share_of_swaps_that_are_as_extreme() -> None:
    sums, counted = paired_sums(pairs([0.1] * 5), ["token_f1"])

    found = paired_statistics(sums)

    assert counted == {"token_f1": [0, 1, 2, 3, 4]}
    assert found.difference[0] == pytest.approx(0.1)
    # Only swapping no item or all of them is as extreme: 2 of 2^5 swaps.
    assert found.p[0] == pytest.approx(2 / 2**5, abs=0.01)
    assert found.items[0] == 5


def test_runs_without_a_difference_have_a_p_value_of_one() -> None:
    sums, _ = paired_sums(pairs([0.0] * 5), ["token_f1"])

    found = paired_statistics(sums)

    assert (found.difference[0], found.p[0], found.low[0], found.high[0]) == (0, 1, 0, 0)


def test_one_item_has_no_interval() -> None:
    sums, _ = paired_sums(pairs([0.3]), ["token_f1"])

    found = paired_statistics(sums)

    assert np.isnan(found.low[0]) and np.isnan(found.high[0])


def test_holm_multiplies_by_the_number_of_hypotheses_left() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
