"""What a request names: topic, section, source, number of items and period."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.conversation.slots import extract_slots
from bot.core.intents import Slots
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import parse_query_dates

TODAY = date(2026, 12, 1)
SOURCES = ("BBC", "skynews", "france24", "alarabia", "صحيفة المرفأ")


def slots_of(text: str) -> Slots:
    question = ParsedQuestion(text)
    return extract_slots(question, parse_query_dates(question, TODAY), SOURCES)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("أخبار", {}),
        ("latest news", {}),
        ("هات عشر عناوين", {"count": 10}),
        ("خمسة عشر خبرا", {"count": 15}),
        ("top three headlines", {"count": 3}),
        ("خبرين عن اليمن", {"count": 2, "topic": "اليمن"}),
        ("أعطني ٥ أخبار عن سوريا", {"count": 5, "topic": "سوريا"}),
        ("قتل خمسة أشخاص في سوريا", {"topic": "قتل خمسة أشخاص في سوريا"}),
        ("five sports headlines", {"count": 5, "section": "sport"}),
        ("والرياضة بس؟", {"section": "sport"}),
        ("شو صاير بسوريا هالفترة", {"topic": "بسوريا"}),
        ("أخبار هالاند", {"topic": "هالاند"}),
        ("أوجز خبر الفيضان", {"topic": "الفيضان"}),
        ("أخبار الرياضة", {"section": "sport"}),
        ("sports news", {"section": "sport"}),
        ("عايز اشوف اخبار الكورة", {"section": "sport"}),
        ("الأخبار الاقتصادية", {"section": "economy"}),
        ("آخر أخبار الرياض", {"topic": "الرياض"}),
        ("أخبار كأس العالم", {"topic": "كأس العالم"}),
        ("world cup news", {"topic": "world cup"}),
        ("أخبار وزارة الصحة", {"topic": "وزارة الصحة"}),
        ("أخبار بي بي سي عن اليمن", {"source": "BBC", "topic": "اليمن"}),
        ("ما أخبار سكاي نيوز الاقتصادية؟", {"source": "skynews", "section": "economy"}),
        ("ماذا نشرت فرانس ٢٤ عن البحر؟", {"source": "france24", "topic": "البحر"}),
        ("أخبار العربية", {"source": "alarabia"}),
        ("أخبار عربية", {"section": "middle_east"}),
        ("أخبار الدول العربية", {"topic": "الدول العربية"}),
        ("أخبار من صحيفة المرفأ", {"source": "صحيفة المرفأ"}),
        ("انفجار في المرفأ", {"topic": "انفجار في المرفأ"}),
        ("شو صار بلبنان مبارح؟", {"topic": "بلبنان", "since": date(2026, 11, 30)}),
        ("أخبار تشرين ثاني 2026", {"since": date(2026, 11, 1), "until": date(2026, 11, 30)}),
        ("آخر أخبار الانتخابات في البرازيل", {"topic": "الانتخابات في البرازيل"}),
    ],
)
def test_slots(question: str, expected: dict[str, Any]) -> None:
    found = slots_of(question)
    if "since" in expected:
        expected = {"until": expected["since"], **expected}
    names = ("topic", "section", "source", "count", "since", "until")
    assert {n: v for n in names if (v := getattr(found, n))} == expected
