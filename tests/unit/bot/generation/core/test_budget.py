"""Passages are cut to the model's context: the longest first, at sentence ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.generation.core.budget import (
    PASSAGE_TOKENS,
    PROMPT_TOKENS,
    estimate_tokens,
    fit_passages,
    passage_budget,
)
from tests.unit.bot.generation.passages import passage

SHORT = "افتتح الوزير الجسر."
LONG = " ".join(f"هذه هي الجملة رقم {n} في المقال الطويل جدا." for n in range(60))
ASKED = LONG.replace("رقم 40", "عن الجسر رقم 40")


def test_what_fits_is_given_whole() -> None:
    given_ = [passage(SHORT, 1), passage(LONG, 2)]
    assert [e.text for e in fit_passages(given_, 10_000, "؟")] == [SHORT, LONG]


def test_the_longest_is_cut_and_the_short_ones_stay() -> None:
    room = 400
    found = fit_passages([passage(SHORT, 1), passage(LONG, 2), passage(SHORT, 3)], room, "؟")
    assert [found[0].text, found[2].text] == [SHORT, SHORT]
    assert len(found[1].text) < len(LONG)
    assert sum(estimate_tokens(e.text) + PASSAGE_TOKENS for e in found) <= room


def test_cuts_are_at_sentence_ends_and_keep_what_is_asked_about() -> None:
    excerpt = fit_passages([passage(ASKED, 1)], 300, "ماذا عن الجسر؟")[0]
    assert "عن الجسر رقم 40" in excerpt.text
    assert excerpt.text.startswith("هذه هي الجملة")
    assert excerpt.text.endswith("جدا.")
    assert ASKED[excerpt.start :].startswith(excerpt.text)


def test_of_too_many_the_last_go() -> None:
    found = fit_passages([passage(LONG, n) for n in range(1, 9)], 500, "؟")
    assert 0 < len(found) < 8
    assert [e.passage.id for e in found] == [f"passage-{n}" for n in range(1, len(found) + 1)]


def test_one_sentence_is_left_where_there_is_hardly_any_room() -> None:
    assert (
        fit_passages([passage(LONG, 1)], 10, "؟")[0].text
        == "هذه هي الجملة رقم 0 في المقال الطويل جدا."
    )


def test_nothing_comes_of_nothing() -> None:
    assert fit_passages([], 1_000, "؟") == []


def test_the_answer_and_the_conversation_take_their_room() -> None:
    assert passage_budget(8_000, 700, "", []) == 8_000 - 700 - PROMPT_TOKENS
    assert passage_budget(8_000, 700, "سؤال" * 50, ["قيل" * 50]) < 7_300 - PROMPT_TOKENS
    assert passage_budget(1_024, 700, "سؤال" * 500, []) == 0


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(400, 4_000))
def test_it_always_fits(sentences: list[int], room: int) -> None:
    given_ = [passage(" ".join(LONG.split(". ")[:n]), i) for i, n in enumerate(sentences, 1)]
    found = fit_passages(given_, room, "الجملة رقم 3")
    assert found
    taken = sum(estimate_tokens(e.text) + PASSAGE_TOKENS for e in found)
    assert taken <= room or len(found) == 1
