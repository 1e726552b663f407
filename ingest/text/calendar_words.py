"""The words dates are made of: months, weekdays, parts of the day and time zones; the order of
day, month and year in numbers.

Every name is spelt as ``vectorstore.core.text_analysis.normalise`` returns it.
"""

from __future__ import annotations

from typing import TypeVar

from vectorstore.core.text_analysis import normalise

Value = TypeVar("Value", int, str)


def _names(joined: str) -> frozenset[str]:
    return frozenset(map(normalise, joined.split(";")))


def _by_name(names: dict[Value, str]) -> dict[str, Value]:
    return {normalise(name): value for value, row in names.items() for name in row.split(";")}


def _levantine(month: str, ordinal: int) -> str:
    """The spellings of a month of the Levant whose name has an ordinal."""
    ordinals = {1: ("الأول", "أول", "1"), 2: ("الثاني", "ثاني", "تاني", "2")}[ordinal]
    return ";".join(f"{month} {spelling}" for spelling in ordinals)


# Egypt and the Gulf; the Levant and Iraq; Tunisia, Algeria and Morocco; English.
MONTHS = _by_name(
    {
        1: f"يناير;{_levantine('كانون', 2)};جانفي;january;jan",
        2: "فبراير;شباط;فيفري;february;feb",
        3: "مارس;آذار;march;mar",
        4: "أبريل;نيسان;أفريل;april;apr",
        5: "مايو;أيار;مايس;ماي;may",
        6: "يونيو;يونية;حزيران;جوان;june;jun",
        7: "يوليو;يولية;تموز;جويلية;جويليا;يوليوز;july;jul",
        8: "أغسطس;أوغسطس;آب;أوت;غشت;august;aug",
        9: "سبتمبر;أيلول;شتنبر;september;sep;sept",
        10: f"أكتوبر;{_levantine('تشرين', 1)};october;oct",
        11: f"نوفمبر;{_levantine('تشرين', 2)};نونبر;november;nov",
        12: f"ديسمبر;{_levantine('كانون', 1)};دجنبر;december;dec",
    }
)
AMBIGUOUS_MONTHS = _names("مارس;ماي;جوان;آب;أوت;نيسان;may;march;mar;jan;dec;sep;jun")
"""Names that are other words as well: in running text they need a number or preposition nearby."""

HIJRI_MONTHS = _by_name(
    {
        1: "محرم;المحرم;محرم الحرام",
        2: "صفر",
        3: "ربيع الأول",
        4: "ربيع الآخر;ربيع الثاني",
        5: "جمادى الأولى;جمادى الأول",
        6: "جمادى الآخرة;جمادى الثانية;جمادى الآخر;جمادى الثاني",
        7: "رجب",
        8: "شعبان",
        9: "رمضان;رمضان المبارك",
        10: "شوال",
        11: "ذو القعدة;ذي القعدة",
        12: "ذو الحجة;ذي الحجة",
    }
)

WEEKDAYS = _by_name(
    {
        0: "الاثنين;اثنين;الاتنين;التنين;monday;mon",
        1: "الثلاثاء;ثلاثاء;الثلاثا;التلات;التلاتاء;tuesday;tue;tues",
        2: "الأربعاء;أربعاء;الأربعا;الأربع;wednesday;wed",
        3: "الخميس;خميس;thursday;thu;thur;thurs",
        4: "الجمعة;جمعة;friday;fri",
        5: "السبت;سبت;saturday;sat",
        6: "الأحد;أحد;الحد;sunday;sun",
    }
)
"""As ``datetime.weekday`` counts them: Monday is 0."""

AM = _names("ص;صباحا;صباح;فجرا;am;a.m;a.m.")
PM = _names("م;مساء;مساءا;ظهرا;عصرا;بعد الظهر;pm;p.m;p.m.")
NIGHT = frozenset({"ليلا"})
"""``pm`` from six o'clock on, ``am`` until five."""

DATE_FILLERS = _names(
    "يوم;في;على;الساعة;ساعة;عند;الموافق;عام;سنة;لعام;من;شهر;نشر;نشرت;تاريخ;بتاريخ;النشر;آخر;تحديث;التحديث;أضيف;"
    "حرر;كتب;نشر في;بتوقيت;توقيت;ميلادي;ميلادية;ه;هجري;المحلي;محلي;تم;"
    "published;updated;posted;last;on;at;date;modified;local;time;of;the;o'clock;created"
)

FIXED_ZONES = _by_name(
    {
        -5: "est",
        -4: "edt",
        0: "العالمي;ت غ;تغ;gmt;utc;z",
        1: "الجزائر;cet",
        2: "cest;eet",
        3: "مكة المكرمة;مكة;السعودية;الرياض;الدوحة;قطر;الكويت;البحرين;المنامة;صنعاء;عدن;eest",
        4: "أبوظبي;أبو ظبي;الإمارات;دبي;مسقط",
    }
)
"""Hours east of UTC, for places without daylight saving time in this century."""
NAMED_ZONES = _by_name(
    {
        "Africa/Cairo": "القاهرة;مصر",
        "Asia/Jerusalem": "القدس;القدس المحتلة",
        "Asia/Hebron": "فلسطين",
        "Asia/Gaza": "غزة",
        "Asia/Beirut": "بيروت;لبنان",
        "Asia/Damascus": "دمشق;سوريا;سورية",
        "Asia/Amman": "عمان;الأردن",
        "Asia/Baghdad": "بغداد;العراق",
        "Africa/Tunis": "تونس",
        "Africa/Casablanca": "الرباط;المغرب",
        "Africa/Tripoli": "طرابلس;ليبيا",
        "Africa/Khartoum": "الخرطوم",
        "Europe/Istanbul": "إسطنبول",
        "Europe/London": "لندن",
        "Europe/Paris": "باريس",
    }
)
"""IANA zones of places whose offset depends on the date."""


def day_month_year(first: int, second: int, third: int) -> tuple[int, int, int]:
    """Day, month and year of a date in numbers: the year first or last, the day before the month
    unless only the other order is possible."""
    year, month, day = (first, second, third) if first > 31 else (third, second, first)
    return (month, day, year) if month > 12 and first <= 31 else (day, month, year)
