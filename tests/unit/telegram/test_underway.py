"""What takes back a question that is being answered: what will be answered in its place."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.telegram.core.settings import TelegramSettings
from bot.telegram.messages.sender import Target
from bot.telegram.pending_questions import PendingQuestions, Reason

QUESTION = "من افتتح الجسر؟"


def update(text: str, number: int = 2, **fields: Any) -> Update:
    kind = fields.pop("kind", "message")
    message = {
        "message_id": number,
        "date": 1,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "is_bot": False, "first_name": "م"},
        "text": text,
        **fields,
    }
    made = Update.de_json({"update_id": number, kind: message}, None)
    assert made is not None
    return made


def taken_back(heard: Update, *, admitted: bool) -> Reason | None:
    underway = PendingQuestions(lambda person: admitted)
    with underway.question(Target(5), 1) as asked:
        underway.heard(heard, TelegramSettings())
    return asked.taken_back


REPLIED = {
    "message_id": 9,
    "date": 1,
    "chat": {"id": 5, "type": "private"},
    "text": QUESTION,
}


@pytest.mark.parametrize(
    ("heard", "by"),
    [
        pytest.param(update(QUESTION), "question", id="the next question"),
        pytest.param(update(f"/ask {QUESTION}"), "question", id="ask"),
        pytest.param(update("/ask", reply_to_message=REPLIED), "question", id="ask in reply"),
        pytest.param(update(QUESTION, 1, kind="edited_message"), "edit", id="its new form"),
    ],
)
def test_a_question_is_taken_back_only_for_one_that_will_be_answered(
    heard: Update, by: Reason
) -> None:
    assert taken_back(heard, admitted=True) == by
    assert taken_back(heard, admitted=False) is None


def test_new_takes_a_question_back_whoever_may_ask() -> None:
    assert taken_back(update("/new"), admitted=False) == "new"


@pytest.mark.parametrize("text", ["شكرا", "/help", "/ask"])
def test_what_asks_nothing_takes_no_question_back(text: str) -> None:
    assert taken_back(update(text), admitted=True) is None
