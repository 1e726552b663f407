from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text.dates import is_date_line, parse_date


def zone(hours: float) -> timezone:
    return timezone(timedelta(hours=hours))


def test_the_seed_articles_date_line() -> None:
    assert parse_date("الجمعة 4 يونيو 2021 04:57 م") == datetime(2021, 6, 4, 16, 57)
    assert is_date_line("الجمعة 4 يونيو 2021 04:57 م")


LEVANT = (
    "كانون الثاني;شباط;آذار;نيسان;أيار;حزيران;تموز;آب;أيلول;تشرين الأول;تشرين الثاني;كانون الأول"
)
MONTHS = {
    "the Levant": LEVANT,
    "the Levant without articles": LEVANT.replace(" ال", " "),
    "the Levant without hamzas": LEVANT.replace("أ", "ا").replace("آ", "ا"),
    "the Levant with numbers": LEVANT.replace("الأول", "1").replace("الثاني", "2"),
    "the Levant in Persian letters": LEVANT.replace("ك", "ک").replace("ي", "ی"),
    "Iraq": LEVANT.replace("أيار", "مايس"),
    "Egypt": "يناير;فبراير;مارس;أبريل;مايو;يونيو;يوليو;أغسطس;سبتمبر;أكتوبر;نوفمبر;ديسمبر",
    "Egypt in Persian letters": (
        "ینایر;فبرایر;مارس;أبریل;مایو;یونیو;یولیو;أغسطس;سبتمبر;أکتوبر;نوفمبر;دیسمبر"
    ),
    "Tunisia and Algeria": (
        "جانفي;فيفري;مارس;أفريل;ماي;جوان;جويلية;أوت;سبتمبر;أكتوبر;نوفمبر;ديسمبر"
    ),
    "Morocco": "يناير;فبراير;مارس;أبريل;ماي;يونيو;يوليوز;غشت;شتنبر;أكتوبر;نونبر;دجنبر",
    "English": "January;February;March;April;May;June;July;August;September;October;Nov;Dec",
}


@pytest.mark.parametrize("region", MONTHS)
def test_the_months_of_every_tradition(region: str) -> None:
    for number, month in enumerate(MONTHS[region].split(";"), 1):
        assert parse_date(f"7 {month} 2021") == datetime(2021, number, 7), month
        assert is_date_line(f"الأحد 7 {month} 2021"), month


def test_a_month_under_both_its_names_is_one_month() -> None:
    assert parse_date("10 أيار/مايو 2021") == datetime(2021, 5, 10)
    assert parse_date("10 مايو (أيار) 2021") == datetime(2021, 5, 10)
    assert parse_date("10 أيار/يونيو 2021") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("٤ حزيران ٢٠٢١", datetime(2021, 6, 4)),
        ("٤/٦/٢٠٢١ ٠٤:٥٧ م", datetime(2021, 6, 4, 16, 57)),
        ("۴ يونيو ۲۰۲۱", datetime(2021, 6, 4)),
        ("الأحد، 22 نوفمبر 2026", datetime(2026, 11, 22)),
        ("نُشر في: 4 يونيو، 2021 - 16:57", datetime(2021, 6, 4, 16, 57)),
        ("آخر تحديث: الجمعة 4 يونيو 2021", datetime(2021, 6, 4)),
        ("2021-06-04", datetime(2021, 6, 4)),
        ("2021/6/4", datetime(2021, 6, 4)),
        ("4/6/2021", datetime(2021, 6, 4)),
        ("6/14/2021", datetime(2021, 6, 14)),
        ("4 June 2021", datetime(2021, 6, 4)),
        ("June 4th, 2021 at 4:57 pm", datetime(2021, 6, 4, 16, 57)),
        ("20210604T165700", datetime(2021, 6, 4, 16, 57)),
        ("2021-06-04T16:57:03.5", datetime(2021, 6, 4, 16, 57, 3, 500000)),
        ("٢٠١٨-٠٥-٢٦ ٢٣،١٢،٢١", datetime(2018, 5, 26, 23, 12, 21)),
        ("2018-05-26 23,12,21", datetime(2018, 5, 26, 23, 12, 21)),
        ("الأحد 14 كانون ثاني 2024", datetime(2024, 1, 14)),
        ("14 كانون 2 2024", datetime(2024, 1, 14)),
        ("14 كانون الثاني (يناير) 2024", datetime(2024, 1, 14)),
        ("14 كانون  الأول 2024", datetime(2024, 12, 14)),
        ("1 تشرين أول/أكتوبر 2023 الساعة 8 مساءً", datetime(2023, 10, 1, 20)),
        ("٣٠ تشرين ٢ ٢٠٢٣", datetime(2023, 11, 30)),
        ("الإثنين ٣ مايس ٢٠٢١", datetime(2021, 5, 3)),
        ("3 شتنبر 2022 - 10:15", datetime(2022, 9, 3, 10, 15)),
        ("نشر بتاريخ 12 دجنبر 2022 على الساعة 10:15", datetime(2022, 12, 12, 10, 15)),
        ("الثلاثاء 12 جويلية 2022", datetime(2022, 7, 12)),
        ("۲۶ می ۲۰۱۸", datetime(2018, 5, 26)),
        ("26-05-2018", datetime(2018, 5, 26)),
        ("26.05.2018 23:12", datetime(2018, 5, 26, 23, 12)),
        ("2018.05.26", datetime(2018, 5, 26)),
        ("26 مايو، 2018", datetime(2018, 5, 26)),
        ("26 \u200fمايو\u200e 2018", datetime(2018, 5, 26)),
        ("26 مَايُو 2018", datetime(2018, 5, 26)),
        ("26 مـايـو 2018", datetime(2018, 5, 26)),
        ("Saturday, May 26, 2018", datetime(2018, 5, 26)),
        ("26 mai 2018", datetime(2018, 5, 26)),
        ("26. Mai 2018", datetime(2018, 5, 26)),
        ("26 Mayıs 2018", datetime(2018, 5, 26)),
        ("26 мая 2018", datetime(2018, 5, 26)),
    ],
)
def test_the_order_and_digits_of_a_date_and_the_words_around_it(
    text: str, expected: datetime
) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("4 يونيو 2021 12:05 ص", 0),
        ("4 يونيو 2021 12:05 م", 12),
        ("4 يونيو 2021 03:05 صباحا", 3),
        ("4 يونيو 2021 03:05 مساءً", 15),
        ("4 يونيو 2021 الساعة 9:05 ليلا", 21),
        ("4 يونيو 2021 17:05", 17),
    ],
)
def test_the_halves_of_a_day(text: str, hour: int) -> None:
    assert parse_date(text) == datetime(2021, 6, 4, hour, 5)


def test_the_era_after_a_year_is_not_read_as_pm() -> None:
    assert parse_date("4 يونيو 2021 م") == datetime(2021, 6, 4)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2021-06-04T16:57:00Z", 0),
        ("2021-06-04 16:57 +03:00", 3),
        ("2021-06-04T16:57:00-0430", -4.5),
        ("Fri, 04 Jun 2021 16:57:00 +0200", 2),
        ("Fri, 04 Jun 2021 16:57:00 EDT", -4),
        ("Fri, 04 Jun 2021 16:57:00 CEST", 2),
        ("Fri, 04 Jun 2021 16:57:00 EEST", 3),
        ("Fri, 04 Jun 2021 16:57 CET", 1),
        ("04 Jun 2021 16:57 EET", 2),
        ("Fri, 04 Jun 21 16:57:00 +0300", 3),
        ("4 Jun 21 16:57:00 GMT", 0),
        ("Fri, 04 Jun 21 16:57:00 CEST", 2),
        ("2021-06-04T16:57:00+03:00[Asia/Riyadh]", 3),
        ("2021-06-04T16:57:00[Asia/Riyadh]", 3),
        ("2021-06-04T16:57:00Z[UTC]", 0),
        ("الجمعة، 4 يونيو 2021 في 4:57:00 م غرينتش+3", 3),
        ("الجمعة 4 يونيو 2021 16:57 (غرينتش+02:00)", 2),
        ("4 يونيو 2021، 16:57 بتوقيت جرينتش", 0),
        ("الجمعة 4 يونيو 2021 16:57 بتوقيت غرينتش", 0),
        ("الجمعة 4 يونيو 2021 16:57 GMT+3", 3),
        ("4 يونيو 2021 04:57 م بتوقيت مكة المكرمة", 3),
        ("4 يونيو 2021 04:57 م بتوقيت القاهرة", 2),
        ("4 كانون الثاني 2021 16:57 بتوقيت بيروت", 2),
        ("4 حزيران 2021 16:57 بتوقيت بيروت", 3),
    ],
)
def test_a_time_zone_that_is_given_is_kept(text: str, offset: float) -> None:
    moment = parse_date(text)
    assert moment is not None
    assert (moment.hour, moment.minute, moment.utcoffset()) == (16, 57, timedelta(hours=offset))


def test_a_date_without_a_time_zone_is_naive() -> None:
    for text in (
        "2021-06-04T16:57:00",
        "الجمعة 4 يونيو 2021 04:57 م",
        "4 June 2021 16:57",
        "04 Jun 2021 04:57 PM",
        "Fri, 04 Jun 2021 16:57:00 -0000",
        "Fri, 04 Jun 2021 16:57:00 ABC",
    ):
        moment = parse_date(text)
        assert moment == datetime(2021, 6, 4, 16, 57) and moment.tzinfo is None


def test_seconds_since_1970() -> None:
    moment = datetime(2021, 6, 4, 16, 57, tzinfo=UTC)
    assert parse_date("1622825820") == moment
    assert parse_date("1622825820000") == moment


def test_a_hijri_date_beside_the_gregorian_one_is_ignored() -> None:
    assert parse_date("الجمعة 23 شوال 1442 هـ - 4 يونيو 2021 م") == datetime(2021, 6, 4)
    assert parse_date("1442/10/23 هـ الموافق 4/6/2021") == datetime(2021, 6, 4)
    assert parse_date("24 شوال 1442 الموافق 4 يونيو 2021") == datetime(2021, 6, 4)


@pytest.mark.parametrize(
    "text",
    [
        "23 شوال 1442",
        "الجمعة ٢٣ شوال ١٤٤٢هـ",
        "نشر في: 23 شوّال 1442 هجرية",
        "23 من شوال عام 1442هـ",
        "1442/10/23 هـ",
        "23-10-1442هـ",
    ],
)
def test_a_hijri_date_alone_is_the_day_of_the_umm_al_qura_calendar(text: str) -> None:
    assert is_date_line(text) and parse_date(text) == datetime(2021, 6, 4)


def test_all_names_of_hijri_months_are_known_in_order() -> None:
    names = "محرم;صفر;ربيع الأول;ربيع الآخر;جمادى الأولى;جمادى الآخرة;رجب;شعبان;رمضان;شوال"
    days = [parse_date(f"1 {name} 1447هـ") for name in f"{names};ذو القعدة;ذي الحجة".split(";")]
    gaps = [(b - a).days for a, b in pairwise(days) if a and b]
    assert days[0] == datetime(2025, 6, 26) and len(gaps) == 11 and set(gaps) <= {29, 30}
    assert parse_date("1 جمادى الثانية 1447") == days[5]


@pytest.mark.parametrize(
    "text",
    ["31 رمضان 1447", "15/13/1447هـ", "رمضان 1447", "15 رمضان", "1404/9/15", "1404/9/15 هـ.ش"],
)
def test_incomplete_and_impossible_hijri_dates_are_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31 فبراير 2021",
        "31/2/2021",
        "2021-02-29",
        "2021-06-04T25:00",
        "4 يونيو",
        "يونيو 2021",
        "2021",
        "أمس",
        "قبل ساعتين",
        "yesterday",
        "4 يونيو 2021 7 يوليو 2021",
        "1-3 مايو 2021",
        "بين 10 و21 أيار/مايو 2021",
        "4 يونيو 0021",
        "0021-06-04",
        "2021-06-04T16:57[../../etc]",
        "4 كانون 2021",
        "14 كانون 2024",
        "26 05 18",
        "99999999999999999999",
        "x" * 500,
        "4 يونيو 2021 " + "م " * 100,
    ],
)
def test_incomplete_and_impossible_dates_are_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "line",
    [
        "10 و21 أيار/مايو",
        "الحرب التي دارت بين 10 و21 أيار/مايو",
        "زار واشنطن يوم الجمعة 4 يونيو 2021",
        "في 4 يونيو 2021 وصل الوفد.",
        "1622825820",
        "2021",
        "",
    ],
)
def test_a_sentence_that_mentions_a_day_is_not_a_date_line(line: str) -> None:
    assert not is_date_line(line)


@settings(deadline=None)
@given(st.text(max_size=130) | st.text("0123456789٠١٢٣/-: يونيومص+Z.", max_size=40))
def test_any_text_gives_none_or_a_year_between_1800_and_2200(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or 1800 <= moment.year < 2200
    if is_date_line(text):
        assert moment is not None


@settings(deadline=None)
@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))
def test_iso_dates_are_read_exactly(moment: datetime) -> None:
    assert parse_date(moment.isoformat()) == moment
