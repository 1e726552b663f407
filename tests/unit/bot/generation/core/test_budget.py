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
BRIDGE = LONG.replace("رقم 40", "عن الجسر رقم 40")


def test_passages_that_fit_are_not_shortened() -> None:
    passages = [passage(SHORT, 1), passage(LONG, 2)]
    assert [p.text for p in fit_passages(passages, 10_000, "؟")] == [SHORT, LONG]


def test_the_longest_passage_is_shortened() -> None:
    budget = 400
    found = fit_passages([passage(SHORT, 1), passage(LONG, 2), passage(SHORT, 3)], budget, "؟")
    assert [found[0].text, found[2].text] == [SHORT, SHORT]
    assert len(found[1].text) < len(LONG)
    assert sum(estimate_tokens(p.text) + PASSAGE_TOKENS for p in found) <= budget


def test_shortened_passages_are_whole_sentences_about_the_question() -> None:
    shortened = fit_passages([passage(BRIDGE, 1)], 300, "ماذا عن الجسر؟")[0]
    assert "عن الجسر رقم 40" in shortened.text
    assert shortened.text.startswith("هذه هي الجملة")
    assert shortened.text.endswith("جدا.")
    assert BRIDGE[shortened.start :].startswith(shortened.text)


def test_the_last_of_too_many_passages_are_dropped() -> None:
    found = fit_passages([passage(LONG, n) for n in range(1, 9)], 500, "؟")
    assert 0 < len(found) < 8
    assert [p.passage.id for p in found] == [f"passage-{n}" for n in range(1, len(found) + 1)]


def test_one_sentence_always_remains() -> None:
    assert (
        fit_passages([passage(LONG, 1)], 10, "؟")[0].text
        == "هذه هي الجملة رقم 0 في المقال الطويل جدا."
    )


def test_no_passages() -> None:
    assert fit_passages([], 1_000, "؟") == []


def test_the_budget_excludes_the_answer_and_the_conversation() -> None:
    assert passage_budget(8_000, 700, "", []) == 8_000 - 700 - PROMPT_TOKENS
    assert passage_budget(8_000, 700, "سؤال" * 50, ["قيل" * 50]) < 7_300 - PROMPT_TOKENS
    assert passage_budget(1_024, 700, "سؤال" * 500, []) == 0


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(400, 4_000))
def test_the_budget_is_never_exceeded(sentences: list[int], budget: int) -> None:
    passages = [passage(" ".join(LONG.split(". ")[:n]), i) for i, n in enumerate(sentences, 1)]
    found = fit_passages(passages, budget, "الجملة رقم 3")
    assert found
    taken = sum(estimate_tokens(p.text) + PASSAGE_TOKENS for p in found)
    assert taken <= budget or len(found) == 1
