from __future__ import annotations

import pytest

from bot.language.reply_language import reply_language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("من تعهد بملء المخزون؟", "ar"),
        ("Who promised to refill the stock?", "en"),
        ("متى تأسست شركة OpenAI؟", "ar"),
        ("what did نتنياهو say about the deal with Iran?", "en"),
        ("ما هو iPhone 15 Pro Max؟", "ar"),
        ("Qui a gagné le match ?", "en"),
    ],
)
def test_the_reply_is_in_the_questions_language(question: str, language: str) -> None:
    assert reply_language(question) == language


def test_a_question_without_letters_stays_in_the_language_before() -> None:
    assert reply_language("2021؟", previous="en") == "en"
    assert reply_language("2021؟", previous="ar") == "ar"
    assert reply_language("2021") == "ar"
