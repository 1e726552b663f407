"""Reads the days that a question names, whichever way it names them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.language import date_patterns as w


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Days from first to last; ``relative`` ones count from today, ``coarse`` ones are years."""

    first: date
    last: date
    relative: bool = False
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class Bases:
    """Today, and the day that a date without a year is the last such day before."""

    today: date
    yearless: date


_Reader = Callable[[re.Match[str], Bases], DateSpan]


def first_span(line: str, bases: Bases) -> tuple[DateSpan, int, int] | None:
    """The date that ``line`` (normalised words) holds, with its place there; None without one."""
    for pattern, read in _READERS:
        for match in pattern.finditer(line):
            with contextlib.suppress(ValueError, OverflowError):  # 31 June, a million years ago
                return read(match, bases), match.start(), match.end()
    return None


def _named(m: re.Match[str], name: str) -> str:
    """The named group, empty where the pattern has no such group or it did not take part."""
    return m.groupdict().get(name) or ""


def _number(word: str) -> int:
    first = word.split()[0].removeprefix("ال")
    return int(first) if first.isdigit() else w.COUNTS[first]


def _year(month: int, day: int, given: str, base: date) -> int:
    if given:
        return int(given)
    return base.year if (month, day) <= (base.month, base.day) else base.year - 1


def _month_days(year: int, month: int) -> tuple[date, date]:
    after = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), after - timedelta(days=1)


def _day(m: re.Match[str], bases: Bases) -> DateSpan:
    month, day = w.MONTHS[m["m"]], _number(m["d"])
    at = date(_year(month, day, m["y"] or "", bases.yearless), month, day)
    return DateSpan(at, at)


def _numeric(m: re.Match[str], bases: Bases) -> DateSpan:
    a, b, c = int(m["a"]), int(m["b"]), int(m["c"])
    year, month, day = (a, b, c) if a > 31 else (c, b, a)
    if month > 12:
        month, day = day, month
    at = date(year, month, day)
    return DateSpan(at, at)


def _month(m: re.Match[str], bases: Bases) -> DateSpan:
    month = w.MONTHS[m["m"]]
    return DateSpan(*_month_days(_year(month, 1, _named(m, "y"), bases.yearless), month))


def _range(m: re.Match[str], bases: Bases) -> DateSpan:
    month2 = w.MONTHS[m["m2"]]
    month1 = w.MONTHS[m["m1"]] if m["m1"] else month2
    day1, day2 = _named(m, "d1"), _named(m, "d2")
    year2 = _year(month2, _number(day2) if day2 else 1, _named(m, "y2"), bases.yearless)
    year1 = int(_named(m, "y1") or (year2 if month1 <= month2 else year2 - 1))
    first = date(year1, month1, _number(day1)) if day1 else _month_days(year1, month1)[0]
    last = date(year2, month2, _number(day2)) if day2 else _month_days(year2, month2)[1]
    return DateSpan(min(first, last), max(first, last))


def _years(m: re.Match[str], bases: Bases) -> DateSpan:
    first, last = sorted((int(m["y1"]), int(_named(m, "y2") or m["y1"])))
    return DateSpan(date(first, 1, 1), date(last, 12, 31), coarse=True)


def _days_ago(days: int) -> _Reader:
    def read(m: re.Match[str], bases: Bases) -> DateSpan:
        at = bases.today - timedelta(days=days)
        return DateSpan(at, at, relative=True)

    return read


def _weekday(m: re.Match[str], bases: Bases) -> DateSpan:
    back = (bases.today.weekday() - w.WEEKDAYS[m["w"]]) % 7
    if back == 0 and _named(m, "past"):
        back = 7
    at = bases.today - timedelta(days=back)
    return DateSpan(at, at, relative=True)


def _week(weeks_ago: int) -> _Reader:
    def read(m: re.Match[str], bases: Bases) -> DateSpan:
        # A week begins on Saturday for some and ends on Sunday for others: the days of either.
        monday = bases.today - timedelta(days=bases.today.weekday() + 7 * weeks_ago)
        last = min(monday + timedelta(days=6), bases.today)
        return DateSpan(monday - timedelta(days=2), last, relative=True)

    return read


def _calendar_month(months_ago: int) -> _Reader:
    def read(m: re.Match[str], bases: Bases) -> DateSpan:
        months = bases.today.year * 12 + bases.today.month - 1 - months_ago
        first, last = _month_days(months // 12, months % 12 + 1)
        return DateSpan(first, min(last, bases.today), relative=True)

    return read


def _calendar_year(years_ago: int) -> _Reader:
    def read(m: re.Match[str], bases: Bases) -> DateSpan:
        year = bases.today.year - years_ago
        last = min(date(year, 12, 31), bases.today)
        return DateSpan(date(year, 1, 1), last, relative=True, coarse=True)

    return read


_DAYS_IN = {"day": 1, "week": 7, "month": 30, "year": 365}


def _amount(m: re.Match[str]) -> tuple[int, str]:
    """How many of which unit; several where the number is not said."""
    if dual := _named(m, "dual"):
        return 2, w.DUALS[dual]
    word = m["unit"]
    unit = next(name for name, words in w.UNITS.items() if re.fullmatch(words, word))
    if number := _named(m, "n"):
        return _number(number), unit
    return (4 if re.fullmatch(w.PLURAL_UNIT, word) else 1), unit


def _ago(m: re.Match[str], bases: Bases) -> DateSpan:
    number, unit = _amount(m)
    at = bases.today - timedelta(days=number * _DAYS_IN[unit])
    exact = bool(_named(m, "dual") or _named(m, "n"))
    loose = timedelta(days={"day": 0 if exact or number == 1 else 3, "week": 2}.get(unit, 10))
    return DateSpan(at - loose, at + loose, relative=True, coarse=unit == "year")


def _last_few(m: re.Match[str], bases: Bases) -> DateSpan:
    number, unit = _amount(m)
    first = bases.today - timedelta(days=number * _DAYS_IN[unit])
    return DateSpan(first, bases.today, relative=True, coarse=unit == "year")


_DOUBLE = rf"(?: / {w.MONTH})?"
_THE_YEAR = "(?:من )?(?:عام |سنه |of )?"
_AND = r"(?:و|and|الي|حتي|to|until|till|-|–)"
_AND_MONTH = rf"(?:{_AND} |و)"  # "and" may be written together with a month
_BETWEEN = r"(?:ما بين|بين|من|between|from)"
_AMOUNT = rf"(?:(?P<dual>{w.DUAL})|(?:(?P<n>{w.COUNT}) )?(?P<unit>{w.UNIT}))"
_NOT_FROM_HERE = rf"(?! من| ال| \d| {w.MONTH})"
_NOT_OTHERWISE = (
    r"(?! ال(?:اول|ثاني|ثالث|رابع|خامس|سادس|سابع|تالي|عالمي|دولي|وطني|سابق|واحد)| نفسه| ذاته| الذي)"
)


def _side(n: int) -> str:
    return (
        rf"(?:(?P<d{n}>{w.DAY}) )?(?P<m{n}>{w.MONTH}){_DOUBLE}(?: {_THE_YEAR}(?P<y{n}>{w.YEAR}))?"
    )


# The first that reads something decides: ranges stand before the dates they are made of.
_READERS: list[tuple[re.Pattern[str], _Reader]] = [
    (w.whole(rf"{_BETWEEN} (?:يوم |شهري |شهر )?{_side(1)} {_AND_MONTH}{_side(2)}"), _range),
    (w.whole(rf"{_BETWEEN} (?:يومي )?(?P<d1>{w.DAY})(?P<m1>(?!))? {_AND} {_side(2)}"), _range),
    (
        w.whole(
            rf"{_BETWEEN} (?P<m1>{w.MONTH}) (?P<d1>{w.DAY})(?: (?P<y1>{w.YEAR}))? {_AND} "
            rf"(?P<m2>{w.MONTH}) (?P<d2>{w.DAY})(?: (?P<y2>{w.YEAR}))?"
        ),
        _range,
    ),
    (w.whole(rf"{_BETWEEN} (?:عامي )?(?P<y1>{w.YEAR}) {_AND} (?P<y2>{w.YEAR})"), _years),
    (
        w.whole(
            rf"(?P<d>{w.DAY})(?: of| من شهر| من| شهر)? (?P<m>{w.MONTH}){_DOUBLE}"
            rf"(?: {_THE_YEAR}(?P<y>{w.YEAR}))?(?: {w.PAST})?"
        ),
        _day,
    ),
    (w.whole(rf"(?P<m>{w.MONTH}) (?P<d>{w.DAY})(?: (?P<y>{w.YEAR}))?"), _day),
    (w.whole(r"(?P<a>\d{4}) (?P<s>[-/.]) (?P<b>\d\d?) (?P=s) (?P<c>\d\d?)"), _numeric),
    (w.whole(r"(?P<a>\d\d?) (?P<s>[-/.]) (?P<b>\d\d?) (?P=s) (?P<c>(?:19|20)\d\d)"), _numeric),
    (w.whole(rf"(?P<m>{w.MONTH}){_DOUBLE} {_THE_YEAR}(?P<y>{w.YEAR})"), _month),
    (
        w.whole(rf"(?:شهر|في|خلال|in|during|since|منذ) (?P<m>{w.MONTH}){_DOUBLE}(?: {w.PAST})?"),
        _month,
    ),
    (w.whole(rf"(?P<m>{w.MONTH}){_DOUBLE} {w.PAST}"), _month),
    (w.whole(rf"last (?P<m>{w.MONTH})"), _month),
    (w.whole(rf"(?P<m>{w.SURE_MONTH}){_DOUBLE}"), _month),
    (
        w.whole(
            "امس الاول|اول امس|اول امبارح|اول مبارح|اول البارح|قبل امبارح|قبل امس|"
            "(?:the )?day before yesterday"
        ),
        _days_ago(2),
    ),
    (
        w.whole(
            "(?:(?:يوم|ليله|مساء|صباح) )?"
            "(?:الليله الماضيه|امس|الامس|امبارح|مبارح|البارحه|البارح|لبارح|yesterday|last night)"
        ),
        _days_ago(1),
    ),
    (
        w.whole(
            "(?:صباح|مساء|ظهر|فجر|عصر) اليوم|النهارده|انهارده|هذا اليوم|هاليوم|today|tonight|"
            "this (?:morning|evening|afternoon)|هذه الليله|هذا (?:الصباح|المساء)"
        ),
        _days_ago(0),
    ),
    (re.compile(rf"(?<!\S)(?<!في )(?<!كل )(?<!\d )اليوم{_NOT_OTHERWISE}(?!\S)"), _days_ago(0)),
    (w.whole(rf"(?P<w>{w.WEEKDAY}) (?P<past>{w.PAST})"), _weekday),
    (w.whole(rf"(?P<past>last) (?P<w>{w.WEEKDAY})"), _weekday),
    (w.whole(rf"{w.WEEK_NAME} {w.PAST}|(?:last|the past|the last|previous) week"), _week(1)),
    (w.whole(rf"{w.WEEK_NAME} {w.THIS}|(?:هذا|هاد) الاسبوع|هالاسبوع|this week"), _week(0)),
    (w.whole(rf"{w.MONTH_NAME} {w.PAST}|(?:last|the past|previous) month"), _calendar_month(1)),
    (w.whole(rf"{w.MONTH_NAME} {w.THIS}|هذا الشهر|هالشهر|this month"), _calendar_month(0)),
    (w.whole(rf"{w.YEAR_NAME} {w.PAST}|last year"), _calendar_year(1)),
    (w.whole(rf"{w.YEAR_NAME} {w.THIS}|هذا العام|هذه السنه|هالسنه|this year"), _calendar_year(0)),
    (
        w.whole(rf"اخر (?:(?P<dual>{w.DUAL})|(?P<n>{w.COUNT}) (?P<unit>{w.UNIT}))"),
        _last_few,
    ),
    (
        w.whole(rf"ال(?P<unit>{w.PLURAL_UNIT})(?: القليله| ال(?P<n>{w.COUNT}))? {w.PAST}"),
        _last_few,
    ),
    (
        w.whole(rf"(?:the )?(?:last|past) (?:few |(?P<n>{w.COUNT}) )?(?P<unit>{w.PLURAL_UNIT})"),
        _last_few,
    ),
    (w.whole(rf"(?:قبل|من|منذ) {_AMOUNT}{_NOT_FROM_HERE}"), _ago),
    (w.whole(rf"(?P<n>{w.COUNT}) (?P<unit>{w.UNIT}) ago"), _ago),
    (w.whole(rf"(?:يوم|نهار|on|مساء|صباح|فجر|ليله) (?P<w>{w.WEEKDAY})"), _weekday),
    (w.whole(rf"(?:عام |سنه )?(?P<y1>{w.YEAR})"), _years),
]
