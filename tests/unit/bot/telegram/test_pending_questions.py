"""Cancellation of a question that is being answered."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.telegram.core.settings import TelegramSettings
from bot.telegram.messages.sender import Target
from bot.telegram.pending_questions import CancelReason, PendingQuestions

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


def cancel_reason(later: Update, *, may_ask: bool) -> CancelReason | None:
    pending = PendingQuestions(lambda user_id: may_ask)
    with pending.track(Target(5), 1) as question:
        pending.update_queued(later, TelegramSettings())
    return question.cancel_reason


REPLIED = {
    "message_id": 9,
    "date": 1,
    "chat": {"id": 5, "type": "private"},
    "text": QUESTION,
}


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        pytest.param(update(QUESTION), "question", id="the next question"),
        pytest.param(update(f"/ask {QUESTION}"), "question", id="ask"),
        pytest.param(update("/ask", reply_to_message=REPLIED), "question", id="ask in reply"),
        pytest.param(update(QUESTION, 1, kind="edited_message"), "edit", id="its new form"),
    ],
)
def test_only_a_question_that_will_be_answered_cancels_the_one_before(
    later: Update, reason: CancelReason
) -> None:
    assert cancel_reason(later, may_ask=True) == reason
    assert cancel_reason(later, may_ask=False) is None


def test_new_cancels_a_question_whether_or_not_the_user_may_ask() -> None:
    assert cancel_reason(update("/new"), may_ask=False) == "new"


@pytest.mark.parametrize("text", ["شكرا", "/help", "/ask"])
def test_messages_that_ask_nothing_cancel_no_question(text: str) -> None:
    assert cancel_reason(update(text), may_ask=True) is None
