"""Cohen's kappa against hand-worked cases."""

from __future__ import annotations

import pytest

from evaluation.statistics.agreement import LabelPair, cohens_kappa


def pairs(both: int, first_only: int, second_only: int, neither: int) -> list[LabelPair]:
    labels = [(True, True)] * both + [(True, False)] * first_only
    labels += [(False, True)] * second_only + [(False, False)] * neither
    return [LabelPair(item_id=str(n), first=a, second=b) for n, (a, b) in enumerate(labels)]


@pytest.mark.parametrize(
    ("cells", "kappa"),
    [
        # p_o = 35/50, p_e = .6·.5 + .4·.5 = .5
        ((20, 5, 10, 15), 0.4),
        # The two classic tables of equal agreement (60%) and different chance.
        ((45, 15, 25, 15), 0.13043478),
        ((25, 35, 5, 35), 0.25925926),
        ((10, 0, 0, 10), 1.0),
        ((0, 10, 10, 0), -1.0),
        ((25, 25, 25, 25), 0.0),
        # A judge who says yes to everything agrees no more than chance does.
        ((30, 10, 0, 0), 0.0),
    ],
)
def test_kappa_is_agreement_beyond_chance(cells: tuple[int, int, int, int], kappa: float) -> None:
    found = cohens_kappa(pairs(*cells))

    assert found.kappa == pytest.approx(kappa)
    assert (found.both, found.first_only, found.second_only, found.neither) == cells
    assert found.n == sum(cells)


def test_kappa_is_unknown_where_nothing_tells_agreement_from_chance() -> None:
    assert cohens_kappa([]).kappa is None
    always_yes = cohens_kappa(pairs(12, 0, 0, 0))
    assert (always_yes.kappa, always_yes.low, always_yes.high) == (None, None, None)
    assert always_yes.n == always_yes.both == 12


def test_the_interval_holds_kappa_repeats_and_narrows_with_more_questions() -> None:
    few, many = cohens_kappa(pairs(20, 5, 10, 15)), cohens_kappa(pairs(200, 50, 100, 150))
    assert few.low is not None and few.high is not None
    assert many.low is not None and many.high is not None

    assert few.low < 0.4 < few.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert cohens_kappa(pairs(20, 5, 10, 15)) == few
    assert cohens_kappa(pairs(20, 5, 10, 15), seed=1) != few


def test_turns_of_one_conversation_are_drawn_together() -> None:
    apart = cohens_kappa(pairs(20, 5, 10, 15))
    one = cohens_kappa(
        [LabelPair(item_id="t", first=p.first, second=p.second) for p in pairs(20, 5, 10, 15)]
    )

    assert one.kappa == apart.kappa
    assert (one.low, one.high) == (None, None)
