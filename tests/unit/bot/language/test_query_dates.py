from __future__ import annotations

import random
from datetime import date

import pytest

from bot.core.settings import WeekStart
from bot.language.query_dates import QueryDates, parse_query_dates

TODAY = date(2021, 6, 9)  # a Wednesday


def days(found: QueryDates) -> str:
    """``2021-06-04``, ``2021-06-01..2021-06-30``, ``..2021-06-03`` or ``2021-06-05..``."""
    since = f"{found.since:%Y-%m-%d}" if found.since else ""
    until = f"{found.until:%Y-%m-%d}" if found.until else ""
    return since if since == until else f"{since}..{until}"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # A day, in the month names of every region, with and without a year.
        ("ماذا قال غانتس في 4 يونيو 2021؟", "2021-06-04"),
        ("ماذا قال غانتس في 4 حزيران 2021؟", "2021-06-04"),
        ("ماذا قال غانتس يوم 4 حزيران/يونيو 2021؟", "2021-06-04"),
        ("ماذا قال غانتس في ٤ حزيران ٢٠٢١؟", "2021-06-04"),
        ("ماذا قال غانتس بتاريخ 4/6/2021؟", "2021-06-04"),
        ("ماذا قال غانتس بتاريخ ٢٠٢١-٠٦-٠٤؟", "2021-06-04"),
        ("ماذا قال غانتس يوم الجمعة 4 من شهر يونيو عام 2021؟", "2021-06-04"),
        ("شنو وقع ف 20 غشت 2020؟", "2020-08-20"),
        ("شنو وقع فـ 3 شتنبر؟", "2020-09-03"),
        ("شكو ماكو بـ 4 مايس 2021؟", "2021-05-04"),
        ("ماذا حدث في 14 كانون ثاني 2020؟", "2020-01-14"),
        ("ماذا حدث في 14 كانون ٢ 2020؟", "2020-01-14"),
        ("ماذا حدث في 14 كانون الثاني (يناير) 2020؟", "2020-01-14"),
        ("ماذا حدث في ۱۴ اکتوبر ۲۰۲۰؟", "2020-10-14"),
        ("ماذا حدث في 22 من مارس؟", "2021-03-22"),
        ("واش صرا في 14 جويلية 2019؟", "2019-07-14"),
        ("ماذا حدث في 3 كانون الثاني 2020؟", "2020-01-03"),
        ("ماذا حدث في 11 تشرين الأول؟", "2020-10-11"),
        ("ماذا حدث في 5 يونيو؟", "2021-06-05"),
        ("ماذا حدث في 20 يونيو؟", "2020-06-20"),
        ("Who resigned on June 4, 2021?", "2021-06-04"),
        ("Who resigned on 4th of June 2021?", "2021-06-04"),
        ("What happened on 3 May?", "2021-05-03"),
        # A month.
        ("ماذا حدث في يونيو 2021؟", "2021-06-01..2021-06-30"),
        ("ماذا حدث في شهر أيار من عام 2018؟", "2018-05-01..2018-05-31"),
        ("ماذا حدث في شباط ٢٠٢٠؟", "2020-02-01..2020-02-29"),
        ("ماذا حدث في آب الماضي؟", "2020-08-01..2020-08-31"),
        ("شو صار بنيسان؟", ""),
        ("شو صار في نيسان؟", "2021-04-01..2021-04-30"),
        ("ماذا حدث في أيار/مايو 2021؟", "2021-05-01..2021-05-31"),
        ("ماذا حدث في مارس؟", "2021-03-01..2021-03-31"),
        ("ماذا حدث في أواخر مارس؟", "2021-03-01..2021-03-31"),
        ("أخبار تشرين ثاني 2020", "2020-11-01..2020-11-30"),
        ("وش صرا في شهر فيفري من عام 2019؟", "2019-02-01..2019-02-28"),
        ("What happened in Gaza in May 2021?", "2021-05-01..2021-05-31"),
        ("What happened in March?", "2021-03-01..2021-03-31"),
        ("ماذا حدث في 31 يونيو 2021؟", "2021-06-01..2021-06-30"),  # there is no such day
        # A year.
        ("من فاز بالجائزة عام 2019؟", "2019-01-01..2019-12-31"),
        ("من فاز بالجائزة سنة ٢٠١٩؟", "2019-01-01..2019-12-31"),
        ("Who won the prize in 2019?", "2019-01-01..2019-12-31"),
        # From one date to another.
        ("ماذا جرى بين 10 و21 أيار/مايو؟", "2021-05-10..2021-05-21"),
        ("ماذا جرى ما بين ١٠ و٢١ أيار ٢٠٢٠؟", "2020-05-10..2020-05-21"),
        ("ماذا جرى من 28 أبريل إلى 3 مايو 2021؟", "2021-04-28..2021-05-03"),
        ("ماذا جرى بين 20 ديسمبر 2019 و5 يناير 2020؟", "2019-12-20..2020-01-05"),
        ("ماذا جرى من 20 ديسمبر حتى 5 يناير 2020؟", "2019-12-20..2020-01-05"),
        ("ماذا جرى بين مارس ومايو 2021؟", "2021-03-01..2021-05-31"),
        ("ماذا جرى بين عامي 2018 و2020؟", "2018-01-01..2020-12-31"),
        ("What happened between 10 and 21 May 2021?", "2021-05-10..2021-05-21"),
        ("What happened from May 10 to May 21, 2021?", "2021-05-10..2021-05-21"),
        # One side open.
        ("ماذا أعلن الوزير قبل 4 يونيو 2021؟", "..2021-06-03"),
        ("ماذا أعلن الوزير حتى 4 يونيو 2021؟", "..2021-06-04"),
        ("ماذا أعلن الوزير بعد 4 يونيو 2021؟", "2021-06-05.."),
        ("ماذا أعلن الوزير منذ 4 يونيو 2021؟", "2021-06-04.."),
        ("What did he announce before June 2021?", "..2021-05-31"),
        ("What did he announce since 4 June 2021?", "2021-06-04.."),
        ("ماذا أعلن الوزير منذ مارس؟", "2021-03-01.."),
        # Counted from today, in Arabic and its dialects.
        ("ماذا قال غانتس اليوم؟", "2021-06-09"),
        ("قال ايه النهارده؟", "2021-06-09"),
        ("ماذا قال غانتس أمس؟", "2021-06-08"),
        ("ماذا قال غانتس مساء أمس؟", "2021-06-08"),
        ("شو حكى غانتس مبارح؟", "2021-06-08"),
        ("غانتس قال ايه امبارح؟", "2021-06-08"),
        ("شنو قال غانتس البارح؟", "2021-06-08"),
        ("ماذا حدث الليلة الماضية؟", "2021-06-08"),
        ("ماذا قال أول أمس؟", "2021-06-07"),
        ("قال ايه أول امبارح؟", "2021-06-07"),
        ("ماذا حدث الأسبوع الماضي؟", "2021-05-30..2021-06-05"),
        ("ايه اللي حصل الأسبوع اللي فات؟", "2021-05-30..2021-06-05"),
        ("شنو وقع السيمانة الفايتة؟", "2021-05-30..2021-06-05"),
        ("ماذا حدث هذا الأسبوع؟", "2021-06-06..2021-06-09"),
        ("أهم أخبار الأسبوع", "2021-06-06..2021-06-09"),
        ("أخبار آخر أسبوع", "2021-06-02..2021-06-09"),
        ("ماذا حدث الشهر الماضي؟", "2021-05-01..2021-05-31"),
        ("ماذا حدث الشهر الجاري؟", "2021-06-01..2021-06-09"),
        ("حصل ايه السنة اللي فاتت؟", "2020-01-01..2020-12-31"),
        ("كم بلغت الصادرات العام الماضي؟", "2020-01-01..2020-12-31"),
        ("كم بلغت الصادرات هذا العام؟", "2021-01-01..2021-06-09"),
        ("ماذا حدث يوم الجمعة؟", "2021-06-04"),
        ("ماذا حدث الجمعة الماضية؟", "2021-06-04"),
        ("شو صار يوم الحد؟", "2021-06-06"),
        ("ماذا حدث الأربعاء الماضي؟", "2021-06-02"),
        ("مين استقال قبل يومين؟", "2021-06-07"),
        ("مين استقال من ٣ أيام؟", "2021-06-06"),
        ("ماذا حدث خلال الأيام الثلاثة الماضية؟", "2021-06-06..2021-06-09"),
        ("ماذا حدث في الأيام الماضية؟", "2021-06-05..2021-06-09"),
        ("ماذا حدث آخر أسبوعين؟", "2021-05-26..2021-06-09"),
        # … and in English.
        ("What did Gantz say today?", "2021-06-09"),
        ("What did Gantz say yesterday?", "2021-06-08"),
        ("What happened the day before yesterday?", "2021-06-07"),
        ("What happened last week?", "2021-05-31..2021-06-06"),
        ("What happened last month?", "2021-05-01..2021-05-31"),
        ("What happened last Friday?", "2021-06-04"),
        ("What happened on Friday?", "2021-06-04"),
        ("What happened in the last 3 days?", "2021-06-06..2021-06-09"),
        ("Who resigned two days ago?", "2021-06-07"),
    ],
)
def test_the_period_of_a_question(question: str, expected: str) -> None:
    assert days(parse_query_dates(question, TODAY)) == expected


@pytest.mark.parametrize(
    ("question", "today", "week_start", "expected"),
    [
        # A Sunday, on which the Arabic week begins: the seven days before it.
        ("ماذا حدث الأسبوع الماضي؟", date(2021, 6, 6), None, "2021-05-30..2021-06-05"),
        ("What happened last week?", date(2021, 6, 6), None, "2021-05-24..2021-06-05"),
        ("ماذا حدث الأسبوع الماضي؟", date(2021, 6, 5), None, "2021-05-23..2021-06-04"),
        ("ماذا حدث الأسبوع الماضي؟", date(2021, 6, 9), "saturday", "2021-05-29..2021-06-04"),
        ("ماذا حدث الأسبوع الماضي؟", date(2021, 6, 9), "monday", "2021-05-31..2021-06-06"),
        ("أخبار هذا الأسبوع", date(2021, 6, 6), None, "2021-05-31..2021-06-06"),
        ("news of the week", date(2021, 6, 10), None, "2021-06-07..2021-06-10"),
        ("أخبار تشرين ثاني 2026", date(2026, 12, 1), None, "2026-11-01..2026-11-30"),
    ],
)
def test_weeks_begin_as_the_readers_region_counts_them(
    question: str, today: date, week_start: WeekStart | None, expected: str
) -> None:
    assert days(parse_query_dates(question, today, week_start=week_start)) == expected


@pytest.mark.parametrize(
    "question",
    [
        "كم لترًا تنتج المحطة في اليوم؟",
        "كم مرة يصدر العدد في الأسبوع؟",
        "ماذا نشرت صحيفة اليوم السابع؟",
        "ما موعد اليوم العالمي للغة العربية؟",
        "هل مارس الوزير ضغطًا على الشركة؟",
        "كم إصابة سُجلت منذ بداية العام؟",
        "كم يبعد المطار عن المدينة من شهر العسل؟",
        "متى غادر قبل يوم من الانتخابات؟",
        "من هو أحد المؤسسين؟",
        "How may I help and march on?",
        "كم سعر سيارة نيسان؟",
        "ماذا قال أب لطفلين؟",
        "ما عدد سكان السعودية؟",
        "",
        "تجتاح البلاد موجة برد قارس ويتوقع تساقط الثلوج في أرجائها هذا الأسبوع",
        "تقرير لجنة البرلمان يحذر من أن الأخبار الزائفة تهدد الانتخابات القادمة",
        "أغلقت البلدية الجسر بدءا من اليوم وحتى إشعار آخر أمام الشاحنات كلها",
    ],
)
def test_questions_without_a_date(question: str) -> None:
    found = parse_query_dates(question, TODAY)
    assert (found.kind, found.words, found.rest) == ("none", "", question)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        # What is asked for is news of that time.
        ("ما أخبار غزة أمس؟", "published"),
        ("ماذا نُشر عن غزة في يونيو 2021؟", "published"),
        ("أخبار تشرين ثاني 2020", "published"),
        ("ما الأخبار التي نُشرت في 4 يونيو 2021؟", "published"),
        ("مقالات الأسبوع الماضي عن الجسر", "published"),
        ("ايه اخر اخبار الجسر امبارح؟", "published"),
        ("news about Gaza from last week", "published"),
        ("Which articles were published in June 2021?", "published"),
        # It happened lately.
        ("ماذا قال غانتس أمس؟", "recent"),
        ("ما الذي حدث في غزة الأسبوع الماضي؟", "recent"),
        ("شو اللي صار مبارح؟", "recent"),
        ("كم قُتل في غزة الشهر الماضي؟", "recent"),
        # It happened then: probably written about then, too.
        ("ماذا قال غانتس في يونيو 2021؟", "period"),
        ("ما الذي جرى في 4 أغسطس 2020؟", "period"),
        ("كم بلغت صادرات العام الماضي؟", "period"),
        ("كم قتل الهجوم الذي وقع أمس؟", "period"),
        # The date belongs to the story.
        ("كم قتل الانفجار الذي وقع في 4 أغسطس؟", "event"),
        ("ما أسباب انفجار 4 أغسطس 2020؟", "event"),
        ("ما أخبار المتضررين من الانفجار الذي وقع في 4 أغسطس 2020؟", "event"),
        ("ماذا نُشر عن هجمات 11 سبتمبر 2001؟", "event"),
        ("من فاز في انتخابات 2018؟", "event"),
        ("متى بدأت الحرب التي انتهت في 21 مايو 2021؟", "event"),
        ("متى اجتمعا في مايو 2021؟", "event"),
        ("من كان الرئيس قبل عام 2018؟", "event"),
        ("How many died in the explosion that happened on 4 August 2020?", "event"),
        # The latest.
        ("ما آخر أخبار الجسر؟", "latest"),
        ("آخر خبر عن الجسر", "latest"),
        ("ما أحدث حصيلة للقتلى؟", "latest"),
        ("كم بلغت آخر حصيلة للقتلى؟", "latest"),
        ("ايه الجديد في قضية الجسر؟", "latest"),
        ("شو آخر المستجدات بغزة؟", "latest"),
        ("What is the latest on the bridge?", "latest"),
        ("what's new about the bridge?", "latest"),
        # Not the latest: another, or the last of its kind.
        ("هل جاء شخص آخر؟", "none"),
        ("متى كانت آخر مرة؟", "none"),
    ],
)
def test_the_kind_of_a_date(question: str, kind: str) -> None:
    assert parse_query_dates(question, TODAY).kind == kind


@pytest.mark.parametrize(
    ("question", "words", "rest"),
    [
        ("ماذا قال غانتس في يونيو 2021؟", "في يونيو 2021", "ماذا قال غانتس؟"),
        ("أمس، ماذا قال غانتس؟", "أمس", "ماذا قال غانتس؟"),
        (
            "كم قُتل خلال شهر أيار/مايو ٢٠٢١ في غزة؟",
            "خلال شهر أيار/مايو ٢٠٢١",
            "كم قُتل في غزة؟",
        ),
        ("آخر خبر عن غزة", "آخر خبر عن", "غزة"),
        ("ما أحدث تصريحات نتنياهو؟", "أحدث", "ما تصريحات نتنياهو؟"),
        ("من استقال يوم الجمعة؟", "يوم الجمعة", "من استقال؟"),
        ("من 3 أيار إلى 5 حزيران ماذا جرى؟", "من 3 أيار إلى 5 حزيران", "ماذا جرى؟"),
        ("What did Gantz say on June 4, 2021?", "on June 4, 2021", "What did Gantz say?"),
    ],
)
def test_the_question_is_left_without_the_words_of_the_date(
    question: str, words: str, rest: str
) -> None:
    found = parse_query_dates(question, TODAY)
    assert (found.words, found.rest) == (words, rest)


def test_a_day_begins_and_ends_at_midnight() -> None:
    found = parse_query_dates("ماذا قال غانتس أمس؟", TODAY)
    assert str(found.since) == "2021-06-08 00:00:00"
    assert str(found.until) == "2021-06-08 23:59:59.999999"


def test_in_an_archive_a_date_without_a_year_is_one_of_its_years() -> None:
    question = "ماذا حدث في 14 نوفمبر؟"
    assert days(parse_query_dates(question, TODAY, newest=date(2018, 12, 1))) == "2018-11-14"
    assert days(parse_query_dates("ماذا حدث أمس؟", TODAY, newest=date(2018, 12, 1))) == "2021-06-08"


def test_relative_dates_count_from_the_given_day() -> None:
    assert days(parse_query_dates("ماذا حدث أمس؟", date(2024, 3, 1))) == "2024-02-29"


def test_any_question_is_split_into_its_date_and_the_rest() -> None:
    typed = (
        "من في 4 يونيو 2021 بين و الأسبوع الماضي قبل بعد آخر 999999999 ٣ 31 / - 31/31/2021 أمس the "
        "last week of May 0 00 أيام ago ؟ . ( ـــ \u064b\u064b \u200f 🙂 ماذا عن"
    )
    soup = typed.split()
    chosen = random.Random(1)  # noqa: S311 - the same questions each time
    for _ in range(1_000):
        question = " ".join(chosen.choices(soup, k=chosen.choice([1, 2, 5, 12])))
        found = parse_query_dates(question, TODAY)
        assert found.words in question
        assert (found.kind == "none") == (not found.words)
        assert len(found.rest) <= len(question)
