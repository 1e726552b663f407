"""A question's derived texts have the words that tokenising them would give."""

from __future__ import annotations

import pytest

from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.text_analysis import AnalysedText


@pytest.mark.parametrize("topic", ["افتتاح الجسر الجديد", "Night trams, 2021", "(أ) 3.5", ""])
@pytest.mark.parametrize("question", ["ومتى أُعلن ذلك؟", "What's its cost?", "كم كلف 12"])
def test_a_topic_in_parentheses_adds_its_words(question: str, topic: str) -> None:
    joined = ParsedQuestion(question).with_topic(topic)
    assert joined.text == f"{question} ({topic})"
    assert joined.words == AnalysedText(joined.text).words


def test_a_phrase_is_removed_unless_nothing_is_left() -> None:
    question = ParsedQuestion("من زار  الجسر أمس؟")
    assert question.without("أمس").text == "من زار الجسر ؟"
    only = ParsedQuestion("أمس؟")
    assert only.without("أمس") is only


def test_only_a_conjunction_that_is_there_is_removed() -> None:
    assert ParsedQuestion("ومتى افتتح؟").without_conjunction.text == "متى افتتح؟"
    question = ParsedQuestion("متى افتتح؟")
    assert question.without_conjunction is question


def test_topic_words_neither_ask_nor_refer_back() -> None:
    assert ParsedQuestion("طيب ومن صمم الجسر ذلك؟").topic_words == ("صمم", "الجسر")
    assert ParsedQuestion("ومتى حدث ذلك؟").topic_words == ()
