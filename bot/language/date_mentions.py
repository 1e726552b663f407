"""Dates in running text: days, months and dates in numbers, with their places.

A date in words is read from the name of its month outwards: "4 من شهر يونيو عام 2021",
"أيار/مايو 2021", "June 4, 2021". The names are those of ``ingest.text.calendar_words``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.text.calendar_words import AMBIGUOUS_MONTHS, MONTHS, day_month_year
from vectorstore.core.characters import MARKS
from vectorstore.core.text_analysis import normalise


def _normalised(words: str) -> frozenset[str]:
    return frozenset(map(normalise, words.split()))


_TOKEN = re.compile(rf"\d+|(?:[^\W\d_]|[{MARKS}])+|[/.\-–]")
_SEPARATORS = frozenset("/-.–")
_PREFIXES = frozenset("وفبلك")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ORDINALS = _normalised("st nd rd th")
_BETWEEN_DAY_AND_MONTH = _normalised("من شهر of") | _SEPARATORS
_BETWEEN_MONTH_AND_YEAR = _normalised("من عام سنة of") | _SEPARATORS
# What shows that an ambiguous name is a month: a word before it, behind it, or another month.
_BEFORE_MONTH = _normalised(
    "شهر في خلال منذ حتى منتصف مطلع نهاية بداية أواخر أوائل "
    "in during since until till early late mid of last"
)
_AFTER_MONTH = _normalised("الماضي الجاري الحالي المقبل القادم الفائت المنصرم")
_BETWEEN_MONTHS = _normalised("و إلى حتى and to until till") | _SEPARATORS


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date at ``text[start:end]``; ``day`` and ``year`` are None where it has none."""

    start: int
    end: int
    month: int
    day: int | None = None
    year: int | None = None


def tokenise(text: str) -> list[tuple[str, int, int]]:
    """Normalised words, numbers and separators of ``text``, each with its start and end."""
    found = ((normalise(m[0]).replace(" ", ""), m.start(), m.end()) for m in _TOKEN.finditer(text))
    return [token for token in found if token[0]]  # a run of tatweel or of marks is no word


def find_dates(text: str) -> list[DateMention]:
    """The dates in ``text`` that have a month, in order.

    Example:
        >>> find_dates("افتتح في 3 شتنبر 2021")
        [DateMention(start=9, end=21, month=9, day=3, year=2021)]
    """
    tokens = tokenise(text)
    found = dates_in_words([word for word, _, _ in tokens])
    return [replace(m, start=tokens[m.start][1], end=tokens[m.end - 1][2]) for m in found]


def dates_in_words(words: Sequence[str]) -> list[DateMention]:
    """Like `find_dates` for normalised words: ``start`` and ``end`` count words."""
    found: list[DateMention] = []
    months = months_in(words)
    for at in range(len(words)):
        least = found[-1].end if found else 0
        if at < least:
            continue
        mention = _numeric(words, at)
        if mention is None and at in months:
            mention = _in_words(words, at, months, least)
        if mention is not None:
            found.append(mention)
    return found


def months_in(words: Sequence[str]) -> dict[int, tuple[int, int]]:
    """The months named in normalised words: index of a name to ``(month, words of the name)``.

    One of the letters ``وفبلك`` may precede a name. A name that is another word as well counts
    beside a day, a year or another month, and beside words such as "في" and "الماضي".
    """
    named: dict[int, tuple[int, int]] = {}
    sure: set[int] = set()
    for at in range(len(words)):
        if named.get(at - 1, (0, 0))[1] < 2 and (found := _month_at(words, at)) is not None:
            name, month, length = found
            named[at] = month, length
            if name not in AMBIGUOUS_MONTHS or _has_date_beside(words, at):
                sure.add(at)
    for (one, (month, length)), (other, (same, _)) in pairwise(named.items()):
        between = words[one + length : other]
        joined = words[other][0] == "و" or month == same
        if (not between and joined) or (len(between) == 1 and between[0] in _BETWEEN_MONTHS):
            sure |= {one, other}
    return {at: month for at, month in named.items() if at in sure}


def _month_at(words: Sequence[str], at: int) -> tuple[str, int, int] | None:
    """The name at ``at`` without its prefix, its month, and how many words it has."""
    word = words[at]
    for first in (word, word[1:]) if word[0] in _PREFIXES and len(word) > 2 else (word,):
        for name in (f"{first} {_word(words, at + 1)}", first):
            if (month := MONTHS.get(name)) is not None:
                return name, month, 1 + name.count(" ")
    return None


def _has_date_beside(words: Sequence[str], at: int) -> bool:
    before = _word(words, at - 1)
    if before in _BEFORE_MONTH or (before[:1] in _PREFIXES and before[1:] in _BEFORE_MONTH):
        return True
    after = _word(words, _past(words, at + 1, _BETWEEN_MONTH_AND_YEAR, 1))
    return (
        _word(words, at + 1) in _AFTER_MONTH
        or _is_day(after)
        or _year(after) is not None
        or _is_day(_word(words, _past(words, at - 1, _BETWEEN_DAY_AND_MONTH | _ORDINALS, -1)))
    )


def _in_words(
    words: Sequence[str], at: int, months: Mapping[int, tuple[int, int]], least: int
) -> DateMention:
    """The date around the month's name at ``at``, from the word ``least`` on."""
    month, length = months[at]
    end = at + length
    doubled = _word(words, end) == "/"  # "أيار/مايو", "أيار (مايو)"
    other, other_length = months.get(end + doubled, (None, 0))
    if other is not None and (doubled or other == month):
        end += doubled + other_length
    start, day = at, None
    before = _past(words, at - 1, _BETWEEN_DAY_AND_MONTH | _ORDINALS, -1)
    if before >= least and _is_day(_word(words, before), month):
        start, day = before, int(words[before])
    elif _is_day(_word(words, end), month):
        day = int(words[end])
        end += 1 + (_word(words, end + 1) in _ORDINALS)
    after = _past(words, end, _BETWEEN_MONTH_AND_YEAR, 1)
    year = _year(_word(words, after))
    return DateMention(start, after + 1 if year else end, month, day, year)


def _numeric(words: Sequence[str], at: int) -> DateMention | None:
    """A date such as 2021-06-04 or 4/6/2021 at ``at``."""
    parts = words[at : at + 5]
    if len(parts) < 5 or parts[1] not in _SEPARATORS or parts[1] != parts[3]:
        return None
    numbers = parts[::2]
    if not all(map(str.isdecimal, numbers)) or not (_year(numbers[0]) or _year(numbers[2])):
        return None
    day, month, year = day_month_year(*map(int, numbers))
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        return None
    return DateMention(at, at + 5, month, day, year)


def _past(words: Sequence[str], at: int, skipped: Collection[str], step: int) -> int:
    """The first index from ``at`` on, by ``step``, whose word is not in ``skipped``."""
    while _word(words, at) in skipped:
        at += step
    return at


def _is_day(word: str, month: int = 1) -> bool:
    return word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= _DAYS_IN_MONTH[month - 1]


def _year(word: str) -> int | None:
    return int(word) if _YEAR.fullmatch(word) else None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""
