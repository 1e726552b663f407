from __future__ import annotations

import re

import pytest

from bot.conversation.query_rewriting import StandaloneQuestion
from bot.generation.core.prompt import PastTurn
from bot.generation.query_rephrasing import (
    rephrased_question,
    rephrasing_messages,
    validate_rephrasing,
)
from bot.language.parsed_question import ParsedQuestion
from prompts import LANGUAGES, Language

QUESTION = "من افتتح الجسر؟"
PAST = [PastTurn(QUESTION, "افتتح الوزير جسر النيل في 2021 [1]")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_prompt_contains_the_conversation_and_the_question(language: Language) -> None:
    _, human = rephrasing_messages("ومتى؟", PAST, language)
    assert human[1].index(QUESTION) < human[1].index("ومتى؟")
    assert not re.search(r"\{\w+\}", human[1])


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("متى افتتح الوزير الجسر؟", "متى افتتح الوزير الجسر؟"),
        ("\n «متى افتتح الوزير الجسر؟» \n", "متى افتتح الوزير الجسر؟"),
        ("متى افتتح جسر النيل في 2021؟", "متى افتتح جسر النيل في 2021؟"),
        ("متى افتتح جسر النيل في 2019؟", None),
        ("متى افتتح الرئيس الجسر؟", None),
        ("متى؟", None),
        ("متى افتتح\nالوزير الجسر؟", None),
        ("", None),
        ("متى افتتح الجسر؟ " * 40, None),
    ],
)
def test_only_words_of_the_conversation_are_accepted(output: str, expected: str | None) -> None:
    assert validate_rephrasing(output, "ومتى؟", PAST) == expected


def test_added_words_are_the_topic() -> None:
    heuristic = StandaloneQuestion(ParsedQuestion("ومتى؟"))
    found = rephrased_question("متى افتتح الوزير الجسر؟", heuristic, "ومتى افتتح؟", 3)
    assert (found.topic, found.kind, found.turns) == ("الوزير الجسر", "previous", (2,))


def test_a_question_without_added_words_has_no_topic() -> None:
    heuristic = StandaloneQuestion(ParsedQuestion(QUESTION))
    found = rephrased_question(QUESTION, heuristic, QUESTION, 3)
    assert (found.topic, found.turns) == ("", ())
