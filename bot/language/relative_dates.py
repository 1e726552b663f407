"""Absolute dates of the weekdays and relative days in a quote ("الثلاثاء", "أمس", "Monday").

They are counted from the article's publication date. A weekday is the last such day up to it, as
news writes, or the next one after "سيبدأ" and before "المقبل".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from bot.language.date_mentions import find_dates, tokenise
from ingest.text.calendar_words import WEEKDAYS
from prompts import Language, text
from vectorstore.core.text_analysis import words

MAX_DAYS = 3
"""Dates added to one quote."""
_CLAUSE_WORDS = 8  # words before a weekday in which its verb is looked for
_EXPLICIT_WITHIN = 14  # characters between a weekday and the date beside it

_WEEKDAYS = {
    name: day
    for name, day in WEEKDAYS.items()
    if (name.startswith("ال") or name.endswith("day")) and name not in words("الحد الأربع التنين")
}
_DAYS_FROM = {w: n for n, ws in {-1: "أمس yesterday", 1: "غدا tomorrow"}.items() for w in words(ws)}
_PAST = frozenset(words("الماضي الماضية الفائت المنصرم last"))
_NEXT = frozenset(words("المقبل المقبلة القادم القادمة next"))
_NO_DAY_AFTER = frozenset(words("كل أيام صلاة خطبة بين كلا every"))
_NO_DAY_BEFORE = frozenset(words("السوداء العظيمة الحزينة البيضاء"))
_FUTURE = re.compile(
    # A verb has a stem of three or four letters, or up to six with "ت" or "ست": longer
    # ones are names ("سنغافورة").
    r"[وف]?س[يتن](?!ار|اس|وات|ناء|نما|طر|د|ول|ر[هات]|ين|اد|بق)(?:\w{3,4}|ت\w{4}|ست\w{3,4})"
    r"(?:ون|ان|ين|وا|ه|ها|هم|نا)?|مقرر|المقرر|المتوقع|المنتظر|المزمع|will|due|scheduled"
)

_PRESENT = re.compile(r"ي(?!وم|وسف|اسر|حيى|عقوب|ونس|ذكر)\w{3,4}|ت(?!وفي)\w{3}(?<!ت)")
"""What may be a verb in the present tense, which at the beginning announces what is to come."""


def relative_days(quote: str, published: date) -> list[date]:
    """The days that ``quote`` names by weekday or as "أمس" and "غدا", without their date beside.

    Example:
        >>> relative_days("وصل الوفد الثلاثاء.", date(2018, 6, 7))
        [datetime.date(2018, 6, 5)]
    """
    tokens = tokenise(quote)
    line = [word for word, _, _ in tokens]
    explicit = [m for m in find_dates(quote) if m.day]
    found: list[date] = []
    for at, (_, start, end) in enumerate(tokens):
        near = any(
            start - _EXPLICIT_WITHIN <= m.end and m.start <= end + _EXPLICIT_WITHIN
            for m in explicit
        )
        day = None if near else _day_at(line, at, published)
        if day is not None and day not in found:
            found.append(day)
    return found[:MAX_DAYS]


def _day_at(line: Sequence[str], at: int, published: date) -> date | None:
    before, after = line[at - 1] if at else "", line[at + 1] if at + 1 < len(line) else ""
    word = line[at]
    if word in _DAYS_FROM:
        if _weekday(after) is not None:
            return None  # "أمس الثلاثاء": the weekday says it
        further = {before, after} & {"اول", "الاول", "بعد"}
        return published + timedelta(days=_DAYS_FROM[word] * (2 if further else 1))
    weekday = _weekday(word)
    if weekday is None or before in _NO_DAY_AFTER or after in _NO_DAY_BEFORE:
        return None
    back = (published.weekday() - weekday) % 7
    if after in _NEXT or before in _NEXT:
        return published + timedelta(days=7 - back)
    if after in _PAST or before in _PAST or _DAYS_FROM.get(before, 0) < 0:
        return published - timedelta(days=back or 7)
    clause = line[max(0, at - _CLAUSE_WORDS) : at]
    if back and (any(map(_FUTURE.fullmatch, clause)) or ("علي", "ان") in pairwise(clause)):
        return published + timedelta(days=7 - back)
    if back and clause and at < _CLAUSE_WORDS and _PRESENT.fullmatch(line[0]):
        return None  # rather none than last week's
    return published - timedelta(days=back)


def _weekday(word: str) -> int | None:
    if word in _WEEKDAYS:
        return _WEEKDAYS[word]
    return _WEEKDAYS.get(word[1:]) if word[:1] in {"و", "ف", "ب"} else None


def day_note(
    quote: str, published: date | None, language: Language, *, known: date | None = None
) -> str:
    """``(الثلاثاء 5 يونيو 2018)`` for the relative days in ``quote``.

    Empty without any, or if the only one is ``known`` to the reader.
    """
    days = relative_days(quote, published) if published else []
    if not days or days == [known]:
        return ""
    return f"({text('bot.dates.joint', language).join(_with_weekday(d, language) for d in days)})"


def _with_weekday(day: date, language: Language) -> str:
    return text(
        "bot.dates.weekday_day",
        language,
        weekday=text(f"bot.dates.weekday_{day.weekday()}", language),
        day=day.day,
        month=text(f"bot.dates.month_{day.month}", language),
        year=day.year,
    )
