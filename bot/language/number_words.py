"""Reads Arabic numbers in words: «واحد وعشرون» is 21, «310 آلاف» is 310000.

Works on normalised words. ``evaluation.core.normalise`` depends on it: a change here is a new
version there. Ambiguous words stay as they are: those with the article («الاثنين» is a day),
plurals alone («مئات»), digits after «و» («10 و21» are two numbers), ordinals and fractions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_UNITS = {
    1: "واحد واحده",
    2: "اثنان اثنين اثنتان اثنتين",
    3: "ثلاث ثلاثه",
    4: "اربع اربعه",
    5: "خمس خمسه",
    6: "ست سته",
    7: "سبع سبعه",
    8: "ثمان ثماني ثمانيه",
    9: "تسع تسعه",
}
_TEEN_UNITS = {1: "احد احدي", 2: "اثنا اثني اثنتا اثنتي"}
_TENS = {
    20: "عشرون عشرين",
    30: "ثلاثون ثلاثين",
    40: "اربعون اربعين",
    50: "خمسون خمسين",
    60: "ستون ستين",
    70: "سبعون سبعين",
    80: "ثمانون ثمانين",
    90: "تسعون تسعين",
}
_HUNDRED = ("ميه", "مايه", "ميت")
_SCALES = {
    1_000: "الف الفا الاف thousand",
    1_000_000: "مليون مليونا ملايين million",
    1_000_000_000: "مليار مليارا مليارات بليون billion",
}
_DUALS = {2_000: "الفان الفين", 2_000_000: "مليونان مليونين", 2_000_000_000: "ملياران مليارين"}
_NOT_ALONE = frozenset("الفا الاف مليونا ملايين مليارا مليارات thousand million billion".split())  # noqa: SIM905


def _by_word(table: dict[int, str]) -> dict[str, int]:
    return {word: value for value, words in table.items() for word in words.split()}


_UNIT = _by_word(_UNITS)
_TEEN_UNIT = _UNIT | _by_word(_TEEN_UNITS)
_TEN = _by_word(_TENS)
_SCALE = _by_word(_SCALES)
_DUAL = _by_word(_DUALS)
_WHOLE_HUNDRED = {
    **dict.fromkeys(_HUNDRED, 100),
    **dict.fromkeys(("ميتا", "ميتان", "ميتين", "مايتا", "مايتان", "مايتين"), 200),
    **{
        stem + hundred: value * 100
        for value, words in _UNITS.items()
        if value > 2
        for stem in words.split()
        for hundred in _HUNDRED
    },
}


def spell_digits(words: Sequence[str]) -> list[str]:
    """``words`` with every number in words as one word of digits.

    Example:
        >>> spell_digits("قتل واحد وعشرون شخصا".split())
        ['قتل', '21', 'شخصا']
    """
    found: list[str] = []
    at = 0
    while at < len(words):
        conjunction, number = "", _number(words, at)
        if number is None and len(words[at]) > 1 and words[at][0] == "و":
            conjunction, number = "و", _number([words[at][1:], *words[at + 1 : at + 12]], 0)
            if number is not None:
                number = (number[0], number[1] + at)
        if number is None:
            found.append(words[at])
            at += 1
            continue
        value, at = number
        found += [conjunction, format_decimal(value)] if conjunction else [format_decimal(value)]
    return found


def format_decimal(value: Decimal) -> str:
    """``value`` without an exponent and without trailing zeros of a fraction."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(words: Sequence[str], at: int) -> tuple[Decimal, int] | None:
    """The number that begins at ``at`` and where it ends."""
    scaled = _scaled(words, at)
    if scaled is None:
        return None
    total, limit, at = scaled
    while limit > 1 and (after := _past_and(words, at)) is not None:
        rest, begins = after
        further = _scaled(rest, 0)
        if further is None or further[0] >= limit or rest[0][0].isdecimal():
            break
        value, limit, length = further
        total, at = total + value, begins + length
    return total, at


def _past_and(words: Sequence[str], at: int) -> tuple[Sequence[str], int] | None:
    """The words after an «و», which is a word or a prefix, and their index."""
    if at >= len(words) or words[at][0] != "و":
        return None
    if len(words[at]) > 1:
        return [words[at][1:], *words[at + 1 :]], at
    return (words[at + 1 :], at + 1) if at + 1 < len(words) else None


def _scaled(words: Sequence[str], at: int) -> tuple[Decimal, int, int] | None:
    """A number up to 999 with its thousands, millions or billions, at ``at``.

    Returns its value, the limit that a part added to it must be below, and where it ends.
    """
    if at >= len(words):
        return None
    word = words[at]
    if word in _DUAL:
        return Decimal(_DUAL[word]), _DUAL[word] // 2, at + 1
    if word in _SCALE and word not in _NOT_ALONE:
        return Decimal(_SCALE[word]), _SCALE[word], at + 1
    if word[0].isdecimal():
        if not _DECIMAL.fullmatch(word):
            return None  # "12.6.2018"
        value, at = Decimal(word), at + 1
    else:
        below = _below_thousand(words, at)
        if below is None:
            return None
        value, at = Decimal(below[0]), below[1]
    if at < len(words) and words[at] in _SCALE:
        scale = _SCALE[words[at]]
        return value * scale, scale, at + 1
    return value, 1, at


def _below_thousand(words: Sequence[str], at: int) -> tuple[int, int] | None:
    """A number from 0 to 999 in words and where it ends."""
    word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
    hundreds, begins = None, at
    if word in _WHOLE_HUNDRED:
        hundreds, at = _WHOLE_HUNDRED[word], at + 1
    elif _UNIT.get(word, 0) > 2 and after in _HUNDRED:
        hundreds, at = _UNIT[word] * 100, at + 2
    if hundreds is None:
        return _below_hundred(words, begins)
    if (rest := _past_and(words, at)) is not None:
        further = _below_hundred(rest[0], 0)
        if further is not None:
            return hundreds + further[0], rest[1] + further[1]
    return hundreds, at


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int] | None:
    word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word in _TEEN_UNIT and after in ("عشر", "عشره"):
        return 10 + _TEEN_UNIT[word], at + 2
    if word in _TEN:
        return _TEN[word], at + 1
    if word in ("عشر", "عشره"):
        return 10, at + 1
    if word == "صفر":
        return 0, at + 1
    if word not in _UNIT:
        return None
    tens = _past_and(words, at + 1)
    if tens is not None and tens[0][0] in _TEN:
        return _UNIT[word] + _TEN[tens[0][0]], tens[1] + 1
    return _UNIT[word], at + 1
