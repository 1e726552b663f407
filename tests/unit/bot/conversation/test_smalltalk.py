from __future__ import annotations

import pytest

from bot.conversation.smalltalk import smalltalk


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("السلام عليكم", "salam"),
        ("مرحبا!", "greeting"),
        ("أهلاً وسهلاً", "greeting"),
        ("صباح الخير يا راوي", "greeting"),
        ("Hello", "greeting"),
        ("شُكراً جزيلاً 🙏", "thanks"),
        ("thanks!", "thanks"),
        ("مع السلامة", "farewell"),
        ("كيف حالك؟", "how_are_you"),
        ("مرحبا، كيف الحال؟", "how_are_you"),
        ("ماذا تستطيع أن تفعل؟", "capabilities"),
        ("what can you do?", "capabilities"),
        ("من أنت؟", "identity"),
        ("what's your name?", "identity"),
        ("يا راوي", "greeting"),
    ],
)
def test_small_talk_is_recognised(message: str, kind: str) -> None:
    assert smalltalk(message) == kind


@pytest.mark.parametrize(
    "message",
    [
        "مرحبا، من تعهد بملء المخزون؟",
        "شكرا، ومتى أعلن ذلك؟",
        "من هو رئيس الوزراء؟",
        "hello, who won the match?",
        "السلام في الشرق الأوسط",
        "help for the flood victims",
        "؟",
        "",
        "شكرا " * 200 + "من فاز؟",
    ],
)
def test_a_question_is_never_taken_for_small_talk(message: str) -> None:
    assert smalltalk(message) is None
