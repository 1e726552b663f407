from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.indexes.fusion import coverage, fuse

SCORES = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-1, 100), max_size=12)


def test_a_passage_found_by_both_sides_ranks_first() -> None:
    dense = {"a": 0.9, "b": 0.8, "c": 0.7}
    lexical = {"a": 12.0, "c": 11.0, "d": 1.0}
    assert [key for key, _ in fuse(dense, lexical, 1.0)] == ["a", "c", "b", "d"]


def test_without_coverage_only_dense_scores_count() -> None:
    dense = {"a": 0.9, "b": 0.8, "c": 0.7}
    lexical = {"c": 30.0, "b": 1.0}
    assert fuse(dense, lexical, 0.0) == [("a", 1.0), ("b", pytest.approx(0.5)), ("c", 0.0)]


def test_the_lexical_weight_grows_with_coverage() -> None:
    dense, lexical = {"a": 0.9, "b": 0.8}, {"b": 9.0, "a": 1.0}
    scores = [dict(fuse(dense, lexical, share))["b"] for share in (0.0, 0.5, 1.0)]
    assert scores == [pytest.approx(s) for s in (0.0, 0.25, 0.5)]


@pytest.mark.parametrize(
    ("dense", "lexical", "expected"),
    [
        ({}, {}, []),
        ({"a": 0.8}, {}, [("a", 1.0)]),
        ({}, {"a": 3.0, "b": 1.0}, [("a", 1.0), ("b", 0.0)]),
        ({"b": 0.5, "a": 0.5}, {}, [("a", 1.0), ("b", 1.0)]),
    ],
)
def test_one_side_or_none(
    dense: dict[str, float], lexical: dict[str, float], expected: list[tuple[str, float]]
) -> None:
    assert fuse(dense, lexical, 0.5) == expected


@given(SCORES, SCORES, st.floats(0, 1))
def test_every_candidate_once_with_a_score_between_0_and_1(
    dense: dict[str, float], lexical: dict[str, float], share: float
) -> None:
    ranked = fuse(dense, lexical, share)
    assert sorted(key for key, _ in ranked) == sorted({*dense, *lexical})
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)


def test_coverage_is_the_share_of_known_words_by_weight() -> None:
    weights = {"خزون": (1.0, True), "غانتس": (3.0, False)}
    assert coverage(["خزون"], weights) == 1.0
    assert coverage(["خزون", "غانتس"], weights) == 0.25
    assert coverage(["غانتس"], weights) == 0.0
    assert coverage([], weights) == 0.0
