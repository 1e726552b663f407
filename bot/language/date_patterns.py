"""Patterns for the periods that questions name, and for the words around them.

They match normalised words (``vectorstore.core.text_analysis``) joined by single spaces, with
``/``, ``-`` and ``.`` as words of their own: ``في 4 ايار / مايو 2021``.
"""

from __future__ import annotations

import re

from bot.language.question_words import WHAT
from ingest.text.calendar_words import MONTHS, WEEKDAYS
from vectorstore.core.characters import ARABIC
from vectorstore.core.text_analysis import normalise

COUNTS = {
    normalise(word): number
    for number, words in {
        1: "واحد واحدة one a an",
        2: "اثنين اثنتين two couple",
        3: "ثلاثة ثلاث تلات تلت three",
        4: "أربعة أربع اربع four",
        5: "خمسة خمس five",
        6: "ستة ست six",
        7: "سبعة سبع seven",
        8: "ثمانية ثماني تمن eight",
        9: "تسعة تسع nine",
        10: "عشرة عشر ten",
    }.items()
    for word in words.split()
}


def one_of(words: str | dict[str, int]) -> str:
    """A pattern for any key of a dict or any of ``;``-separated words, longest first."""
    names = words if isinstance(words, dict) else {normalise(w): 0 for w in words.split(";")}
    return "(?:" + "|".join(re.escape(w) for w in sorted(names, key=len, reverse=True)) + ")"


MONTH = one_of(MONTHS)
WEEKDAY = one_of(WEEKDAYS)
DAY = r"(?:[12]\d|3[01]|0?[1-9])(?: (?:st|nd|rd|th))?"
YEAR = r"(?:19|20)\d\d"
COUNT = rf"(?:\d+|{one_of(COUNTS)})"
LAST_WORD = one_of(
    "الماضي;الماضية;الفائت;الفائتة;المنصرم;المنصرمة;الأخير;الأخيرة;اللي فات;اللي فاتت;اللي راح;"
    "اللي راحت;اللي مضى;الفايت;الفايتة;لي فات;لي فاتت;اللي عدى;اللي عدت;المنقضي"
)
THIS_WORD = one_of("الحالي;الحالية;الجاري;الجارية;هذا;هذه;هاد;هاي;ده;دي;دا")
WEEK_NAME = one_of("الأسبوع;السيمانة")
MONTH_NAME = one_of("الشهر")
YEAR_NAME = one_of("العام;السنة")

UNITS = {
    "day": one_of("يوم;أيام;day;days"),
    "week": one_of("أسبوع;أسابيع;سيمانة;week;weeks"),
    "month": one_of("شهر;أشهر;شهور;month;months"),
    "year": one_of("سنة;سنوات;سنين;عام;أعوام;year;years"),
}
UNIT = "(?:" + "|".join(UNITS.values()) + ")"
PLURAL_UNIT = one_of("أيام;أسابيع;أشهر;شهور;days;weeks;months")
DUALS = {
    normalise(word): unit
    for unit, words in {
        "day": "يومين يومان",
        "week": "أسبوعين أسبوعان",
        "month": "شهرين شهران",
        "year": "سنتين عامين",
    }.items()
    for word in words.split()
}
DUAL = one_of(dict.fromkeys(DUALS, 2))


def whole(pattern: str) -> re.Pattern[str]:
    """``pattern`` for whole words only, the first of which may have the prefix و, ف, ب or ل."""
    return re.compile(rf"(?<!\S)(?:[وبلف](?=[{ARABIC}]))?(?:{pattern})(?!\S)")


BEFORE_DATE = re.compile(
    one_of(
        "في;خلال;أثناء;يوم;بتاريخ;تاريخ;شهر;عام;سنة;لعام;لسنة;لشهر;منتصف;مطلع;نهاية;بداية;أواخر;"
        "أوائل;من;منذ;حتى;لغاية;قبل;بعد;مساء;صباح;ليلة;فجر;ظهر;عصر;on;in;during;of;from;since;until;"
        "till;before;after;by;the;month;year;dated;early;late;mid;morning;evening;night"
    )
)
"""Words that belong to a date right behind them."""

BOUNDS = {
    normalise(word): bound
    for bound, words in {
        "before": "قبل before",
        "until": "حتى لغاية until till by",
        "after": "بعد after",
        "since": "منذ since",
    }.items()
    for word in words.split()
}

NEWS_PATTERN = whole(
    one_of(
        "أخبار;الأخبار;خبر;نبأ;أنباء;مقال;مقالات;المقالات;الأنباء;news;article;articles;headlines;"
        "published;مستجدات;عناوين;المنشور;المنشورة;منشور;منشورة"
    )
    + r"|(?:ماذا|ما|ايش|شو|ايه|الذي|التي|اللي|مما) (?:تم )?(?:[يت]?نشر\S{0,3}|كتبت|كتبتم)"
)
"""Words that make a date that of publishing: the news of yesterday, what was published in June."""

_NEWS_NOUN = "(?:ال)?" + one_of(
    "خبر;أخبار;مستجدات;تطورات;أنباء;ما نشر;تحديث;تحديثات;معلومات;شي;حاجة;اخبار;مقال;مقالة;تقرير"
)
_NOUNS_OF_LATEST = "(?:ال)?" + one_of(
    "حصيلة;ما;تصريح;تصريحات;بيان;إحصائية;أرقام;قرار;قرارات;رقم;نتائج;عدد;موقف;وضع;هجوم;ضربة;مباراة;"
    "لقاء;اجتماع;أسعار;سعر;نتيجة;زيارة;جلسة;محاولة;استطلاع"
)
LATEST_PATTERN = whole(
    rf"(?:اخر|احدث) {_NEWS_NOUN}(?: (?:عن|حول))?"
    rf"|اخر(?= {_NOUNS_OF_LATEST}(?!\S))|احدث"
    r"|(?:ما|ايه|شو|وش|ايش|شنو) (?:هو )?(?:ال)?جديد(?: في| عن| حول)?"
    r"|(?:المستجدات|التطورات|الاخبار)(?: الاخيره)?|(?:ال)?مستجدات|(?<=حصيله )الاخيره"
    r"|(?:the )?(?:latest|newest|most recent)"
    r"(?: (?:news|reports?|updates?|developments))?(?: (?:on|about|of|from|in))?"
    r"|what s new(?: (?:with|about|on|in))?"
)
"""Asks for the latest reports."""

EVENT_NOUN = re.compile(
    r"(?<!\S)(?:[وبلف]|بال|ال)?"
    + one_of(
        "حرب;انفجار;تفجير;تفجيرات;هجوم;هجمات;اعتداء;اعتداءات;ثورة;انقلاب;انتخابات;زلزال;أحداث;مظاهرات;"
        "احتجاجات;مجزرة;مذبحة;اتفاق;اتفاقية;قمة;مباراة;كأس;مونديال;بطولة;دوري;موسم;معركة;رؤية;قانون;"
        "ميزانية;موازنة;نسخة;دورة;أولمبياد;معاهدة;هدنة;استفتاء;war;explosion;blast;attack;attacks;"
        "election;elections;revolution;coup;earthquake;massacre;cup;final;summit;treaty;deal;season;"
        "budget;olympics;vision;protests;battle;referendum"
    )
    + r"\s*$"
)
RELATIVE_CLAUSE = re.compile(
    r"(?<=\S )"
    + one_of("الذي;التي;الذين;اللذين;اللتين;اللي;that;which;who;whom;whose;when;عندما;حين;حينما")
    + r"(?!\S)"
)
"""Opens a relative clause, in which a date is that of an event."""
PUBLISHED_PATTERN = re.compile(
    r" (?:تم )?(?:[يت]?نشر|صدر|كتب|was published|were published|you published)"
)
INTERROGATIVES = WHAT | {"من", "مين", "who"}
WHEN_PATTERN = whole("متي|امتي|امتا|ايمتي|وقتاش|when")
