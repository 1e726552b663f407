"""The words dates are made of: months, weekdays, parts of the day and time zones.

Every name is spelt as ``vectorstore.core.text_analysis.normalise`` returns it.
"""

from __future__ import annotations

from vectorstore.core.text_analysis import normalise


def _names(joined: str) -> frozenset[str]:
    return frozenset(map(normalise, joined.split(";")))


def _numbers(names: dict[int, str]) -> dict[str, int]:
    return {normalise(name): number for number, row in names.items() for name in row.split(";")}


def _levantine(month: str, ordinal: int) -> str:
    """The spellings of a month that is told from another of its name by an ordinal."""
    ordinals = {1: ("الأول", "أول", "1"), 2: ("الثاني", "ثاني", "تاني", "2")}[ordinal]
    return ";".join(f"{month} {spelling}" for spelling in ordinals)


# Egypt and the Gulf; the Levant and Iraq; Tunisia, Algeria and Morocco; English.
MONTHS = _numbers(
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

HIJRI_MONTHS = _numbers(
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

WEEKDAYS = _numbers(
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
"""Before midnight from six on, after it until five."""

FILLERS = _names(
    "يوم;في;على;الساعة;ساعة;عند;الموافق;عام;سنة;لعام;من;شهر;نشر;نشرت;تاريخ;بتاريخ;النشر;آخر;تحديث;التحديث;أضيف;"
    "حرر;كتب;نشر في;بتوقيت;توقيت;ميلادي;ميلادية;ه;هجري;المحلي;محلي;تم;"
    "published;updated;posted;last;on;at;date;modified;local;time;of;the;o'clock;created"
)

_FIXED_ZONES = {
    "العالمي": 0.0,
    "ت غ": 0.0,
    "تغ": 0.0,
    "gmt": 0.0,
    "utc": 0.0,
    "z": 0.0,
    "مكة المكرمة": 3.0,
    "مكة": 3.0,
    "السعودية": 3.0,
    "الرياض": 3.0,
    "الدوحة": 3.0,
    "قطر": 3.0,
    "الكويت": 3.0,
    "البحرين": 3.0,
    "المنامة": 3.0,
    "صنعاء": 3.0,
    "عدن": 3.0,
    "أبوظبي": 4.0,
    "أبو ظبي": 4.0,
    "الإمارات": 4.0,
    "دبي": 4.0,
    "مسقط": 4.0,
    "الجزائر": 1.0,
    "est": -5.0,
    "edt": -4.0,
    "cet": 1.0,
    "cest": 2.0,
    "eet": 2.0,
    "eest": 3.0,
}
FIXED_ZONES = {normalise(place): hours for place, hours in _FIXED_ZONES.items()}
"""Hours east of UTC, for places that have not moved their clocks in this century."""

_NAMED_ZONES = {
    "القاهرة": "Africa/Cairo",
    "مصر": "Africa/Cairo",
    "القدس": "Asia/Jerusalem",
    "القدس المحتلة": "Asia/Jerusalem",
    "فلسطين": "Asia/Hebron",
    "غزة": "Asia/Gaza",
    "بيروت": "Asia/Beirut",
    "لبنان": "Asia/Beirut",
    "دمشق": "Asia/Damascus",
    "سوريا": "Asia/Damascus",
    "عمان": "Asia/Amman",
    "الأردن": "Asia/Amman",
    "بغداد": "Asia/Baghdad",
    "العراق": "Asia/Baghdad",
    "تونس": "Africa/Tunis",
    "الرباط": "Africa/Casablanca",
    "المغرب": "Africa/Casablanca",
    "طرابلس": "Africa/Tripoli",
    "ليبيا": "Africa/Tripoli",
    "الخرطوم": "Africa/Khartoum",
    "إسطنبول": "Europe/Istanbul",
    "لندن": "Europe/London",
    "باريس": "Europe/Paris",
}
NAMED_ZONES = {normalise(place): zone for place, zone in _NAMED_ZONES.items()}
"""IANA zones of places whose offset depends on the date."""
