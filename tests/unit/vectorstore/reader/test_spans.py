from __future__ import annotations

import numpy as np
import pytest

from vectorstore.reader.network import OUTPUTS
from vectorstore.reader.spans import (
    INSIDE,
    MAX_ANSWER_TOKENS,
    POLARITY,
    affirmed,
    best_span,
    item_spans,
)
from vectorstore.reader.windows import Window


def logits(
    count: int, start: int, end: int, *, null: float = 0.0, score: float = 5.0
) -> np.ndarray:
    found = np.full((count, OUTPUTS), -9.0, np.float32)
    found[0, :2] = null / 2
    found[start, 0] = found[end, 1] = score / 2
    return found


def window(count: int) -> Window:
    return Window([0, 9, 2, 2, *range(count), 2], 4, [(3 * i, 3 * i + 2) for i in range(count)])


def test_the_best_span_is_given_in_characters_and_scored_against_the_null_answer() -> None:
    span = best_span([(window(10), logits(15, 4 + 2, 4 + 5, null=1.0))])
    assert span is not None
    assert (span.start, span.end) == (6, 17)
    assert span.score == pytest.approx(4.0)


def test_a_span_never_ends_before_it_starts_nor_grows_beyond_the_longest_answer() -> None:
    backwards = best_span([(window(10), logits(15, 4 + 5, 4 + 2))])
    assert backwards is not None and backwards.start < backwards.end
    endless = best_span([(window(60), logits(65, 4, 4 + 55))])
    assert endless is not None and endless.end - endless.start <= 3 * MAX_ANSWER_TOKENS


def test_only_tokens_within_the_given_offsets_are_considered() -> None:
    found = [(window(10), logits(15, 4 + 2, 4 + 3))]
    elsewhere = best_span(found, 15, 29)
    assert elsewhere is not None and elsewhere.start >= 15
    assert elsewhere.score < best_span(found).score  # type: ignore[union-attr]
    assert best_span(found, 100, 200) is None
    assert best_span([]) is None


def test_the_best_span_of_several_windows_has_the_highest_score() -> None:
    weak, strong = logits(15, 5, 6, score=2.0), logits(15, 9, 9, score=8.0)
    span = best_span([(window(10), weak), (window(10), strong)])
    assert span is not None and (span.start, span.end) == (15, 17)


def test_items_are_the_runs_of_tokens_inside_an_answer() -> None:
    found = logits(15, 5, 6)
    found[[5, 6, 9, 13], INSIDE] = 2.0
    assert item_spans([(window(10), found)], 0, 100) == [(3, 8), (15, 17), (27, 29)]
    assert item_spans([(window(10), found)], 9, 20) == [(15, 17)]


def test_a_text_affirms_or_denies_by_the_polarity_of_the_tokens_inside_the_answer() -> None:
    found = logits(15, 5, 6)
    found[5:7, INSIDE] = 9.0
    found[5:7, POLARITY] = 2.0
    assert affirmed([(window(10), found)], 0, 30) == pytest.approx(0.88, abs=0.01)
    found[5:7, POLARITY] = -2.0
    assert affirmed([(window(10), found)], 0, 30) == pytest.approx(0.12, abs=0.01)
    assert affirmed([(window(10), found)], 200, 300) == 0.5
