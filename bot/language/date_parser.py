"""The period that a question names: a date, a range of dates, or days counted from today.

Dates are found by ``bot.language.date_mentions``; ranges, relative periods and the years that dates
leave out are added here.
"""

from __future__ import annotations

import contextlib
import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import accumulate, chain, pairwise

from bot.language.date_mentions import DateMention, dates_in_words
from bot.language.date_patterns import (
    COUNT,
    COUNTS,
    DAY,
    DUAL,
    DUALS,
    LAST_WORD,
    MONTH,
    MONTH_NAME,
    PLURAL_UNIT,
    THIS_WORD,
    UNIT,
    UNITS,
    WEEK_NAME,
    WEEKDAY,
    YEAR,
    YEAR_NAME,
    whole,
)
from ingest.text.calendar_words import WEEKDAYS


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from first to last; ``relative``: counted from today; ``coarse``: whole years."""

    first: date
    last: date
    relative: bool = False
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceDays:
    """The days that dates are relative to.

    Attributes:
        today: The day on which the question is asked.
        latest: The latest day that a date without a year may mean.
        week_start: The day that weeks begin with, as ``datetime.weekday`` counts: Monday is 0.
    """

    today: date
    latest: date
    week_start: int = 0


_Reader = Callable[[re.Match[str], ReferenceDays], DateSpan]
_Found = Iterator[tuple[DateSpan, int, int]]


def find_period(line: str, reference: ReferenceDays) -> tuple[DateSpan, int, int] | None:
    """The most exact period in ``line`` (normalised words), with its start and end there.

    Ranges are preferred to single days, these to months, relative periods and years.
    """
    mentions = _mentions(line)
    found = chain(
        _ranges(line, mentions, reference),
        _matches(line, _YEAR_RANGES, reference),
        _dates(line, mentions, reference),
        _matches(line, _RELATIVE, reference),
        _matches(line, _YEARS, reference),
    )
    return next(found, None)


def _mentions(line: str) -> list[DateMention]:
    """The dates in ``line``, with their places in its characters."""
    words = line.split(" ")
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))
    found = dates_in_words(words) if line else []
    return [replace(m, start=starts[m.start], end=starts[m.end] - 1) for m in found]


def _matches(
    line: str, readers: Sequence[tuple[re.Pattern[str], _Reader]], reference: ReferenceDays
) -> _Found:
    for pattern, read in readers:
        for match in pattern.finditer(line):
            with contextlib.suppress(ValueError, OverflowError):  # a million years ago
                yield read(match, reference), match.start(), match.end()


def _dates(line: str, mentions: Sequence[DateMention], reference: ReferenceDays) -> _Found:
    """Days first, then months with a year, then months without."""
    for mention in sorted(mentions, key=lambda m: (m.day is None) * (1 + (m.year is None))):
        past = _PAST.match(line, mention.end)
        last = mention.day is None and line.endswith(" last ", 0, mention.start)
        start = mention.start - len("last ") if last else mention.start
        span = DateSpan(*_first_and_last(mention, _year(mention, reference.latest)))
        yield span, start, past.end() if past else mention.end


def _ranges(line: str, mentions: Sequence[DateMention], reference: ReferenceDays) -> _Found:
    """Two dates, or a day and a date, with words such as "between" and "and"."""
    for one, other in pairwise(mentions):
        opening = _BETWEEN_DATES.search(line, 0, one.start)
        if opening and _AND.fullmatch(line, one.end, other.start + (line[other.start] == "و")):
            last_year = _year(other, reference.latest)
            year = one.year or (last_year if one.month <= other.month else last_year - 1)
            days = (*_first_and_last(one, year), *_first_and_last(other, last_year))
            yield DateSpan(min(days), max(days)), opening.start(), other.end
    for mention in mentions:
        if opening := _BETWEEN_DAY.search(line, 0, mention.start):
            first, last = _first_and_last(mention, _year(mention, reference.latest))
            with contextlib.suppress(ValueError):
                day = first.replace(day=int(opening["day"]))
                yield DateSpan(min(day, first), max(day, last)), opening.start(), mention.end


def _first_and_last(mention: DateMention, year: int) -> tuple[date, date]:
    """The day of ``mention`` twice; the first and last of its month where it has no such day."""
    days = monthrange(year, mention.month)[1]
    if mention.day is not None and mention.day <= days:
        return (date(year, mention.month, mention.day),) * 2
    return date(year, mention.month, 1), date(year, mention.month, days)


def _year(mention: DateMention, latest: date) -> int:
    """The year of ``mention``, else that of the last such date up to ``latest``."""
    if mention.year is not None:
        return mention.year
    passed = (mention.month, mention.day or 1) <= (latest.month, latest.day)
    return latest.year if passed else latest.year - 1


def _named(m: re.Match[str], name: str) -> str:
    """The named group, empty where the pattern has no such group or it did not take part."""
    return m.groupdict().get(name) or ""


def _number(word: str) -> int:
    first = word.removeprefix("ال")
    return int(first) if first.isdigit() else COUNTS[first]


def _years(m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    first, last = sorted((int(m["y1"]), int(_named(m, "y2") or m["y1"])))
    return DateSpan(date(first, 1, 1), date(last, 12, 31), coarse=True)


def _days_ago(days: int, m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    at = reference.today - timedelta(days=days)
    return DateSpan(at, at, relative=True)


def _weekday(m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    back = (reference.today.weekday() - WEEKDAYS[m["w"]]) % 7
    return _days_ago(7 if back == 0 and _named(m, "past") else back, m, reference)


def _week(weeks_ago: int, m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    """This week up to today, or the one before.

    On its first two days "this week" may also mean the last seven days, and at a weekend "last
    week" may mean the one that is just ending: both are then included.
    """
    today = reference.today
    passed = (today.weekday() - reference.week_start) % 7
    first = today - timedelta(days=passed)
    if weeks_ago == 0:
        return DateSpan(first if passed > 1 else today - timedelta(days=6), today, relative=True)
    weekend = today.weekday() in _WEEKEND
    last = today if weekend else first
    first = min(first, today) - timedelta(days=7)
    return DateSpan(first, last - timedelta(days=1), relative=True)


_WEEKEND = (WEEKDAYS["saturday"], WEEKDAYS["sunday"])


def _calendar_month(months_ago: int, m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    months = reference.today.year * 12 + reference.today.month - 1 - months_ago
    first = date(months // 12, months % 12 + 1, 1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return DateSpan(first, min(last, reference.today), relative=True)


def _calendar_year(years_ago: int, m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    year = reference.today.year - years_ago
    last = min(date(year, 12, 31), reference.today)
    return DateSpan(date(year, 1, 1), last, relative=True, coarse=True)


_DAYS_IN = {"day": 1, "week": 7, "month": 30, "year": 365}


def _amount(m: re.Match[str]) -> tuple[int, str]:
    """A number and its unit; 4 for a plural without a number."""
    if dual := _named(m, "dual"):
        return 2, DUALS[dual]
    word = _named(m, "one") or m["unit"]
    unit = next(name for name, words in UNITS.items() if re.fullmatch(words, word))
    if number := _named(m, "n"):
        return _number(number), unit
    return (4 if re.fullmatch(PLURAL_UNIT, word) else 1), unit


def _ago(m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    number, unit = _amount(m)
    at = reference.today - timedelta(days=number * _DAYS_IN[unit])
    exact = bool(_named(m, "dual") or _named(m, "n"))
    loose = timedelta(days={"day": 0 if exact or number == 1 else 3, "week": 2}.get(unit, 10))
    return DateSpan(at - loose, at + loose, relative=True, coarse=unit == "year")


def _last_few(m: re.Match[str], reference: ReferenceDays) -> DateSpan:
    number, unit = _amount(m)
    first = reference.today - timedelta(days=number * _DAYS_IN[unit])
    return DateSpan(first, reference.today, relative=True, coarse=unit == "year")


_CONJUNCTION = r"(?:و|and|الي|حتي|to|until|till|-|–)"
_OPENING = r"(?<!\S)(?:ما بين|بين|من|between|from)"
_BETWEEN_DATES = re.compile(rf"{_OPENING} (?:يوم |شهري |شهر )?$")
_BETWEEN_DAY = re.compile(rf"{_OPENING} (?:يومي )?(?P<day>{DAY}) {_CONJUNCTION} $")
_AND = re.compile(rf" (?:{_CONJUNCTION} |و)")
_PAST = re.compile(rf" {LAST_WORD}(?!\S)")
_AMOUNT = rf"(?:(?P<dual>{DUAL})|(?:(?P<n>{COUNT}) )?(?P<unit>{UNIT}))"
_NOT_FROM_HERE = rf"(?! من| ال| \d| {MONTH})"
_NOT_OTHERWISE = (
    r"(?! ال(?:اول|ثاني|ثالث|رابع|خامس|سادس|سابع|تالي|عالمي|دولي|وطني|سابق|واحد)| نفسه| ذاته| الذي)"
)


def _readers(*readers: tuple[str, _Reader]) -> list[tuple[re.Pattern[str], _Reader]]:
    return [(whole(pattern), read) for pattern, read in readers]


_YEAR_RANGES = _readers(
    (rf"{_OPENING} (?:عامي )?(?P<y1>{YEAR}) {_CONJUNCTION} (?P<y2>{YEAR})", _years)
)
_YEARS = _readers((rf"(?:عام |سنه )?(?P<y1>{YEAR})", _years))
# The first that matches decides.
_RELATIVE: list[tuple[re.Pattern[str], _Reader]] = [
    *_readers(
        (
            "امس الاول|اول امس|اول امبارح|اول مبارح|اول البارح|قبل امبارح|قبل امس|"
            "(?:the )?day before yesterday",
            partial(_days_ago, 2),
        ),
        (
            "(?:(?:يوم|ليله|مساء|صباح) )?"
            "(?:الليله الماضيه|امس|الامس|امبارح|مبارح|البارحه|البارح|لبارح|yesterday|last night)",
            partial(_days_ago, 1),
        ),
        (
            "(?:صباح|مساء|ظهر|فجر|عصر) اليوم|النهارده|انهارده|هذا اليوم|هاليوم|today|tonight|"
            "this (?:morning|evening|afternoon)|هذه الليله|هذا (?:الصباح|المساء)",
            partial(_days_ago, 0),
        ),
    ),
    (
        re.compile(rf"(?<!\S)(?<!في )(?<!كل )(?<!\d )اليوم{_NOT_OTHERWISE}(?!\S)"),
        partial(_days_ago, 0),
    ),
    *_readers(
        (rf"(?P<w>{WEEKDAY}) (?P<past>{LAST_WORD})", _weekday),
        (rf"(?P<past>last) (?P<w>{WEEKDAY})", _weekday),
        (rf"{WEEK_NAME} {LAST_WORD}|(?:last|the past|the last|previous) week", partial(_week, 1)),
        (
            rf"{WEEK_NAME} {THIS_WORD}|(?:هذا|هاد) الاسبوع|هالاسبوع|this week",
            partial(_week, 0),
        ),
        (
            rf"(?:(?<=اخبار )|(?<=احداث )|(?<=عناوين )){WEEK_NAME}"
            "|(?:(?<=news )|(?<=headlines )|(?<=stories ))of the week",
            partial(_week, 0),
        ),
        (
            rf"{MONTH_NAME} {LAST_WORD}|(?:last|the past|previous) month",
            partial(_calendar_month, 1),
        ),
        (rf"{MONTH_NAME} {THIS_WORD}|هذا الشهر|هالشهر|this month", partial(_calendar_month, 0)),
        (rf"{YEAR_NAME} {LAST_WORD}|last year", partial(_calendar_year, 1)),
        (
            rf"{YEAR_NAME} {THIS_WORD}|هذا العام|هذه السنه|هالسنه|this year",
            partial(_calendar_year, 0),
        ),
        (
            rf"اخر (?:(?P<dual>{DUAL})|(?P<n>{COUNT}) (?P<unit>{UNIT})|(?P<one>اسبوع|شهر))",
            _last_few,
        ),
        (rf"ال(?P<unit>{PLURAL_UNIT})(?: القليله| ال(?P<n>{COUNT}))? {LAST_WORD}", _last_few),
        (rf"(?:the )?(?:last|past) (?:few |(?P<n>{COUNT}) )?(?P<unit>{PLURAL_UNIT})", _last_few),
        (rf"(?:قبل|من|منذ) {_AMOUNT}{_NOT_FROM_HERE}", _ago),
        (rf"(?P<n>{COUNT}) (?P<unit>{UNIT}) ago", _ago),
        (rf"(?:يوم|نهار|on|مساء|صباح|فجر|ليله) (?P<w>{WEEKDAY})", _weekday),
    ),
]
