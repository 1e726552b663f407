"""The words dates are made of: months, weekdays, parts of the day and time zones.

Keys are spelt as ``ingest.text.dates`` normalises text: lower case, hamza and vowel marks taken
off,
ى as ي and ة as ه, digits 0–9.
"""

from __future__ import annotations


def _names(joined: str) -> frozenset[str]:
    return frozenset(joined.split(";"))


_MONTHS_BY_NUMBER = {
    # Egypt and the Gulf, the Levant and Iraq, Tunisia and Algeria, Morocco, English.
    1: "يناير;كانون الثاني;جانفي;january;jan",
    2: "فبراير;شباط;فيفري;february;feb",
    3: "مارس;اذار;march;mar",
    4: "ابريل;نيسان;افريل;april;apr",
    5: "مايو;ايار;ماي;may",
    6: "يونيو;يونيه;حزيران;جوان;june;jun",
    7: "يوليو;يوليه;تموز;جويليه;يوليوز;july;jul",
    8: "اغسطس;اب;اوت;غشت;august;aug",
    9: "سبتمبر;ايلول;شتنبر;september;sep;sept",
    10: "اكتوبر;تشرين الاول;october;oct",
    11: "نوفمبر;تشرين الثاني;نونبر;november;nov",
    12: "ديسمبر;كانون الاول;دجنبر;december;dec",
}
MONTHS = {name: number for number, names in _MONTHS_BY_NUMBER.items() for name in names.split(";")}

_HIJRI_BY_NUMBER = {
    1: "محرم;المحرم;محرم الحرام",
    2: "صفر",
    3: "ربيع الاول",
    4: "ربيع الاخر;ربيع الثاني",
    5: "جمادي الاولي;جمادي الاول",
    6: "جمادي الاخره;جمادي الثانيه;جمادي الاخر;جمادي الثاني",
    7: "رجب",
    8: "شعبان",
    9: "رمضان;رمضان المبارك",
    10: "شوال",
    11: "ذو القعده;ذي القعده",
    12: "ذو الحجه;ذي الحجه",
}
HIJRI_MONTHS = {name: n for n, names in _HIJRI_BY_NUMBER.items() for name in names.split(";")}

WEEKDAYS = _names(
    "الاثنين;الثلاثاء;الاربعاء;الخميس;الجمعه;السبت;الاحد;اثنين;ثلاثاء;اربعاء;خميس;جمعه;سبت;احد;"
    "monday;tuesday;wednesday;thursday;friday;saturday;sunday;mon;tue;tues;wed;thu;thur;thurs;fri;"
    "sat;sun"
)

AM = _names("ص;صباحا;صباح;فجرا;am;a.m;a.m.")
PM = _names("م;مساء;مساءا;ظهرا;عصرا;بعد الظهر;pm;p.m;p.m.")
NIGHT = frozenset({"ليلا"})
"""Before midnight from six on, after it until five."""

FILLERS = _names(
    "يوم;في;الساعه;ساعه;عند;الموافق;عام;سنه;لعام;من;شهر;نشر;نشرت;تاريخ;بتاريخ;النشر;اخر;تحديث;التحديث;اضيف;"
    "حرر;كتب;نشر في;بتوقيت;توقيت;ميلادي;ميلاديه;ه;هجري;المحلي;محلي;تم;"
    "published;updated;posted;last;on;at;date;modified;local;time;of;the;o'clock;created"
)

FIXED_ZONES = {
    # Hours east of UTC, for places that have not moved their clocks in this century.
    "غرينتش": 0.0,
    "غرينيتش": 0.0,
    "غرينتش العالمي": 0.0,
    "جرينتش": 0.0,
    "جرينيتش": 0.0,
    "كرينتش": 0.0,
    "العالمي": 0.0,
    "ت غ": 0.0,
    "تغ": 0.0,
    "gmt": 0.0,
    "utc": 0.0,
    "z": 0.0,
    "مكه المكرمه": 3.0,
    "مكه": 3.0,
    "السعوديه": 3.0,
    "الرياض": 3.0,
    "الدوحه": 3.0,
    "قطر": 3.0,
    "الكويت": 3.0,
    "البحرين": 3.0,
    "المنامه": 3.0,
    "صنعاء": 3.0,
    "عدن": 3.0,
    "ابوظبي": 4.0,
    "ابو ظبي": 4.0,
    "الامارات": 4.0,
    "دبي": 4.0,
    "مسقط": 4.0,
    "الجزاير": 1.0,
    "الجزائر": 1.0,
    "est": -5.0,
    "edt": -4.0,
    "cet": 1.0,
    "cest": 2.0,
    "eet": 2.0,
    "eest": 3.0,
}

NAMED_ZONES = {
    # Places whose offset depends on the date.
    "القاهره": "Africa/Cairo",
    "مصر": "Africa/Cairo",
    "القدس": "Asia/Jerusalem",
    "القدس المحتله": "Asia/Jerusalem",
    "فلسطين": "Asia/Hebron",
    "غزه": "Asia/Gaza",
    "بيروت": "Asia/Beirut",
    "لبنان": "Asia/Beirut",
    "دمشق": "Asia/Damascus",
    "سوريا": "Asia/Damascus",
    "عمان": "Asia/Amman",
    "الاردن": "Asia/Amman",
    "بغداد": "Asia/Baghdad",
    "العراق": "Asia/Baghdad",
    "تونس": "Africa/Tunis",
    "الرباط": "Africa/Casablanca",
    "المغرب": "Africa/Casablanca",
    "طرابلس": "Africa/Tripoli",
    "ليبيا": "Africa/Tripoli",
    "الخرطوم": "Africa/Khartoum",
    "اسطنبول": "Europe/Istanbul",
    "لندن": "Europe/London",
    "باريس": "Europe/Paris",
}
