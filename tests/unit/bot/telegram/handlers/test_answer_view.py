"""The buttons under each kind of answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.core.models import Answer, SuggestedQuestion
from bot.telegram.core.chat_state import ChatState
from bot.telegram.core.database import BotDatabase
from bot.telegram.handlers.answer_view import Page, answer_buttons


@pytest.fixture
def chats(tmp_path: Path) -> ChatState:
    return ChatState(BotDatabase(tmp_path / "telegram.sqlite3"))


def answer(mode: str, **changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "text": "نص",
        "refused": False,
        "language": "ar",
        "mode": mode,
        "question": "سؤال",
        "standalone_question": "سؤال",
    }
    return Answer(**{**fields, **changes})


def rows(chats: ChatState, reply: Answer, page: Page | None = None) -> list[list[tuple[str, str]]]:
    markup = answer_buttons(chats, 255, reply, page)
    assert markup is not None
    return [[(b.text, str(b.callback_data)) for b in row] for row in markup.inline_keyboard]


RATING = [("👍", "rate:ff:1"), ("👎", "rate:ff:-1")]


@pytest.mark.parametrize("mode", ["timeline", "headlines", "overview"])
def test_a_list_with_further_items_has_a_button_for_them(chats: ChatState, mode: str) -> None:
    assert rows(chats, answer(mode, next_offset=8)) == [[("المزيد", "items:ff:8:8")], RATING]


def test_a_page_in_between_goes_both_ways(chats: ChatState) -> None:
    found = rows(chats, answer("timeline", next_offset=24), Page(16, 8))
    assert found[0] == [("السابق", "items:ff:8:8"), ("المزيد", "items:ff:24:8")]
    assert rows(chats, answer("timeline"), Page(3, 8))[0] == [("السابق", "items:ff:0:8")]


def test_questions_about_the_article_share_a_row_and_others_have_one(chats: ChatState) -> None:
    offered = (
        SuggestedQuestion(text="ما التسلسل؟", intent="timeline", article_id="a"),
        SuggestedQuestion(text="لخّص", intent="summary", article_id="a"),
        SuggestedQuestion(text="ما الجديد عن فلان؟", intent="overview"),
    )
    about, other, _ = rows(chats, answer("quoted", followups=offered))
    number = chats.button_id("a")
    assert about == [
        ("تسلسل الأحداث", f"next:ff:timeline:{number}"),
        ("ملخص", f"next:ff:summary:{number}"),
    ]
    ((label, data),) = other
    assert label == "❓ ما الجديد عن فلان؟"
    assert chats.button_value(int(data.partition(":")[2])) == "ما الجديد عن فلان؟"


def test_small_talk_has_no_buttons(chats: ChatState) -> None:
    assert answer_buttons(chats, 255, answer("smalltalk")) is None
