"""Weekdays and relative days of quotes as dates, counted from the publication date."""

from __future__ import annotations

from datetime import date

import pytest

from bot.language.relative_dates import day_note, relative_days

THURSDAY = date(2018, 6, 7)


@pytest.mark.parametrize(
    ("quote", "day"),
    [
        ("وصل الوفد الثلاثاء.", 5),
        ("وصل الوفد الخميس.", 7),
        ("وصل الوفد الخميس الماضي.", -1),
        ("يصل الوفد يوم السبت المقبل.", 9),
        ("ومن المقرر أن تنطلق البطولة الأحد.", 10),
        ("قال إن الوفود ستتناول الخطة الأحد.", 10),
        ("سيستأنفون المفاوضات الأحد.", 10),
        ("توصلت النقابة إلى اتفاق على أن تعود الحافلات الأحد.", 10),
        ("وقعت سنغافورة وجارتها اتفاقا الثلاثاء.", 5),
        ("قال أمس الأربعاء إنه سيعود.", 6),
        ("تمكن الجيش أمس الأربعاء من العبور.", 6),
        ("توفي الكاتب الثلاثاء.", 5),
        ("يذكر أن الوفد وصل الثلاثاء.", 5),
        ("قال أول أمس إنه سيعود.", 5),
        ("Officials said on Monday that it was over.", 4),
    ],
)
def test_a_weekday_is_counted_from_the_day_of_publication(quote: str, day: int) -> None:
    expected = date(2018, 5, 31) if day < 0 else date(2018, 6, day)
    assert relative_days(quote, THURSDAY) == [expected]


@pytest.mark.parametrize(
    "quote",
    [
        "خطبة الجمعة ألقاها الإمام.",
        "وصل الثلاثاء 5 يونيو.",
        "اجتمع كل أحد.",
        "وصل الوفد.",
        "يختار الناخبون الأحد رئيسا.",
        "تفتح المكتبة أبوابها الأحد.",
    ],
)
def test_nothing_is_added_where_no_day_is_meant_or_its_date_stands_beside_it(quote: str) -> None:
    assert relative_days(quote, THURSDAY) == []


def test_the_dates_are_written_in_the_language_of_the_reply() -> None:
    assert day_note("وصل الثلاثاء.", THURSDAY, "ar") == "(الثلاثاء 5 يونيو 2018)"
    assert day_note("وصل الثلاثاء.", THURSDAY, "en") == "(Tuesday 5 June 2018)"
    assert day_note("وصل الثلاثاء.", None, "ar") == ""
