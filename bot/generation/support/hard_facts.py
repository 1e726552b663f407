"""The hard facts in a text: numbers, dates, quoted words, and what is denied or in doubt. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.language.date_mentions import dates_in_words, months_in
from bot.language.number_words import spell_digits
from vectorstore.core.text_analysis import words

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_EN_SMALL = {word: value for value, word in enumerate(_SMALL.split())}
_EN_TENS = {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
_PERCENT = re.compile(r"[%٪]|\bper ?cent\b|في الم[ائ]*[ةه]|بالم[ائ]*[ةه]", re.IGNORECASE)
_QUOTED = re.compile(r"«([^«»]+)»|“([^“”]+)”|„([^„“”]+)[“”]|\"([^\"]+)\"")
_NEGATIONS = frozenset(
    words("لم لن لا ليس ليست ليسوا لست بلا عدم not no never nor cannot didn't doesn't isn't wasn't")
)
_DOUBTS = frozenset(words("ربما لعل محتمل يحتمل إذا may might could would if unless perhaps"))
DENIALS = frozenset(
    words("نفى نفت ينفي تنفي نافيا أنكر أنكرت كذب كذبت denied denies deny denying refuted")
)
SURELY, MAYBE = 1, 4
"""Words after a negation that it surely and that it perhaps negates."""


@dataclass(frozen=True, slots=True)
class FactTokens:
    """The words of a text, numbers in words as digits; and which of them are months.

    ``months`` gives the month by the place of its name.
    """

    words: tuple[str, ...]
    months: dict[int, int]

    @property
    def numbers(self) -> frozenset[str]:
        """Every number that stands here."""
        return frozenset(w for w in self.words if w[0].isdecimal())


@lru_cache(maxsize=4_096)
def tokens(text: str) -> FactTokens:
    """``text`` taken apart."""
    text = _PERCENT.sub(" percent ", text)
    found = _english_digits(spell_digits(words(text)))
    found = [_plain_number(w) for w in found]
    months = {
        at + i: month for at, (month, length) in months_in(found).items() for i in range(length)
    }
    return FactTokens(tuple(found), months)


def _plain_number(word: str) -> str:
    if not word[0].isdecimal():
        return word
    return word.rstrip("0").rstrip(".") if "." in word else word.lstrip("0") or "0"


def _english_digits(found: Sequence[str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(found):
        value, length = _english_number(found, at)
        if length:
            out.append(str(value))
            at += length
        else:
            out.append(found[at])
            at += 1
    return out


def _english_number(found: Sequence[str], at: int) -> tuple[int, int]:
    """Value and length of an English number in words that begins at ``at``; length 0 without."""
    value, length = _english_below_hundred(found, at)
    if length and _at(found, at + length) == "hundred":
        value, length = value * 100, length + 1
        skip = 1 if _at(found, at + length) == "and" else 0
        rest, more = _english_below_hundred(found, at + length + skip)
        if more:
            value, length = value + rest, length + skip + more
    scale = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
    if length and _at(found, at + length) in scale:
        value, length = value * scale[_at(found, at + length)], length + 1
    if length == 1 and found[at] == "one":
        return 0, 0  # one of them, no one: mostly no number
    return value, length


def _english_below_hundred(found: Sequence[str], at: int) -> tuple[int, int]:
    word = _at(found, at)
    if word in _EN_TENS:
        unit = _EN_SMALL.get(_at(found, at + 1), 0)
        return (_EN_TENS[word] + unit, 2) if 0 < unit < 10 else (_EN_TENS[word], 1)
    return (_EN_SMALL[word], 1) if word in _EN_SMALL else (0, 0)


def _at(found: Sequence[str], index: int) -> str:
    return found[index] if 0 <= index < len(found) else ""


def days(text: FactTokens) -> frozenset[tuple[int, int]]:
    """Every ``(day, month)`` that a text may mean: numbers up to 31 near a month's name."""
    found = set()
    for at, month in text.months.items():
        for near in range(max(0, at - 5), min(len(text.words), at + 4)):
            word = text.words[near]
            if word.isdecimal() and 1 <= int(word) <= 31:
                found.add((int(word), month))
    return frozenset(found)


def said_days(text: FactTokens) -> frozenset[tuple[int, int]]:
    """Every ``(day, month)`` that a text names."""
    return frozenset((m.day, m.month) for m in dates_in_words(text.words) if m.day is not None)


_YESTERDAY = frozenset(words("أمس البارحة الماضية yesterday"))
_TOMORROW = frozenset(words("غدا الغد المقبل tomorrow"))


def known_dates(published: datetime | None, text: FactTokens) -> list[datetime]:
    """The dates that an article's own date lends its text: that day, and the days beside it where
    the text speaks of yesterday or tomorrow."""
    if published is None:
        return []
    said = {form for w in text.words for form in (w, w[1:])}
    dates = [published]
    if said & _YESTERDAY:
        dates.append(published - timedelta(days=1))
    if said & _TOMORROW:
        dates.append(published + timedelta(days=1))
    return dates


def quoted(text: str) -> list[str]:
    """The stretches of ``text`` between quotation marks."""
    return [next(filter(None, found)).strip() for found in _QUOTED.findall(text)]


def unquoted(text: str) -> str:
    """``text`` without what stands between quotation marks."""
    return _QUOTED.sub(" ", text)


_FOLDED = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'", "‹": "<", "›": ">",
     "[": "(", "]": ")"}
)  # fmt: skip


def literal(text: str) -> str:
    """``text`` as quotes are compared: to the letter, whatever the marks and blanks."""
    return " ".join(text.translate(_FOLDED).split())


def standing(text: FactTokens, within: int) -> dict[str, frozenset[str]]:
    """How each word stands in a text: ``plain``, ``denied``, ``doubted``; several where it occurs
    more than once. A negation or a doubt reaches ``within`` words on."""
    found: dict[str, set[str]] = {}
    marks = [_mark(text.words, at) for at in range(len(text.words))]
    for at, word in enumerate(text.words):
        before = [m for m in marks[max(0, at - within) : at] if m]
        found.setdefault(word, set()).add(before[-1] if before else "plain")
    return {word: frozenset(how) for word, how in found.items()}


def denies(text: FactTokens) -> bool:
    """Whether a text tells that somebody denied something."""
    return any(w in DENIALS or (w[0] in "وف" and w[1:] in DENIALS) for w in text.words)


def dated(text: FactTokens) -> frozenset[int]:
    """The places of the numbers that belong to a date: beside a month's name, or its year."""
    found = set()
    for at in text.months:
        found |= {near for near in range(at - 1, at + 3) if _at(text.words, near)[:1].isdecimal()}
    return frozenset(found)


def _mark(found: Sequence[str], at: int) -> str | None:
    word = found[at]
    bare = word[1:] if len(word) > 2 and word[0] in "وف" else word
    if bare in _NEGATIONS:
        return "denied"
    if bare == "قد":
        # قد before an imperfect verb is doubt, before a perfect one emphasis.
        return "doubted" if _at(found, at + 1)[:1] in ("ي", "ت", "ن") else None
    return "doubted" if bare in _DOUBTS else None
