"""The JSON of an answer, as scripts read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from bot.core.intents import CommandIntent, QuestionIntent
from bot.core.models import Answer, Mode, SuggestedQuestion, Verdict

ROOT = Path(__file__).resolve().parents[4]
ASK = (ROOT / "docs" / "json.md").read_text(encoding="utf-8").split("\n## ")[1]

ANSWER = Answer(
    text="نعم، افتتح الجسر [1]",
    refused=False,
    language="ar",
    mode="quoted",
    question="هل افتتح الجسر؟",
    standalone_question="هل افتتح الجسر؟",
    followups=(SuggestedQuestion(text="متى افتتح الجسر؟", intent="fact"),),
    intent="yes_no",
    verdict="yes",
    next_offset=7,
)


def test_what_was_understood_and_said_is_in_the_json() -> None:
    found = ANSWER.to_json()

    assert (found["intent"], found["command"], found["verdict"]) == ("yes_no", None, "yes")
    assert found["has_more"] is True
    assert found["followups"] == ["متى افتتح الجسر؟"]


def test_the_docs_name_every_field_mode_intent_and_command() -> None:
    example = re.search(r"```json\n(.*?)```", ASK, re.DOTALL)
    assert example is not None
    assert re.findall(r'^  "(\w+)":', example[1], re.MULTILINE) == list(ANSWER.to_json())
    for values in (Mode, QuestionIntent, CommandIntent, Verdict):
        assert [value for value in get_args(values) if f"`{value}`" not in ASK] == []
