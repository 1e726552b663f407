from __future__ import annotations

from datetime import date

import pytest

from bot.conversation.intent import news_topic
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import parse_query_dates

TODAY = date(2021, 6, 9)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("ما آخر أخبار الجسر؟", ["الجسر"]),
        ("آخر خبر عن غزة", ["غزه"]),
        ("ايه الجديد في قضية الجسر؟", ["الجسر"]),
        ("ما أخبار غزة أمس؟", ["غزه"]),
        ("ماذا حدث أمس في الأردن؟", ["الاردن"]),
        ("شو صار مبارح؟", []),
        ("أخبار اليوم", []),
        ("news about Gaza from last week", ["gaza"]),
        ("What happened yesterday in Jordan?", ["jordan"]),
    ],
)
def test_the_topic_that_news_is_asked_of(question: str, topic: list[str]) -> None:
    assert news_topic(ParsedQuestion(question), parse_query_dates(question, TODAY)) == tuple(topic)


@pytest.mark.parametrize(
    "question",
    [
        "كم بلغت آخر حصيلة للقتلى؟",
        "من نشر الخبر أمس؟",
        "ماذا قال غانتس أمس؟",
        "متى آخر أخبار الجسر نُشرت؟",
        "ماذا حدث في الحرب؟",
        "لماذا ارتفعت الأسعار الشهر الماضي؟",
    ],
)
def test_a_question_of_fact_asks_for_no_news(question: str) -> None:
    assert news_topic(ParsedQuestion(question), parse_query_dates(question, TODAY)) is None
