"""The facts of a text that must be exact: numbers, dates, quotations, and the polarity of words.

Polarity follows NegEx (Chapman et al. 2001, "A Simple Algorithm for Identifying Negated Findings"):
a negation or an uncertainty cue applies to a fixed number of words after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from bot.language.date_mentions import dates_in_words, months_in
from bot.language.number_words import spell_digits
from vectorstore.core.text_analysis import words

Polarity = Literal["affirmed", "negated", "uncertain"]

_UNITS_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS_EN = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNIT_VALUES = {word: value for value, word in enumerate(_UNITS_EN.split())}
_TENS_VALUES = {word: 10 * value for value, word in enumerate(_TENS_EN.split(), 2)}
_SCALE_VALUES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_PERCENT = re.compile(r"[%٪]|\bper ?cent\b|في الم[ائ]*[ةه]|بالم[ائ]*[ةه]", re.IGNORECASE)
_QUOTATION = re.compile(r"«([^«»]+)»|“([^“”]+)”|„([^„“”]+)[“”]|\"([^\"]+)\"")
_NEGATIONS = frozenset(
    words("لم لن لا ليس ليست ليسوا لست بلا عدم not no never nor cannot didn't doesn't isn't wasn't")
)
_UNCERTAINTY_CUES = frozenset(
    words("ربما لعل محتمل يحتمل إذا may might could would if unless perhaps")
)
_DENIALS = frozenset(
    words("نفى نفت ينفي تنفي نافيا أنكر أنكرت كذب كذبت denied denies deny denying refuted")
)
NARROW_SCOPE, WIDE_SCOPE = 1, 4
"""Words after a cue to which it certainly, and to which it possibly applies."""


@dataclass(frozen=True, slots=True)
class FactTokens:
    """The words of a text, with numbers as digits.

    Attributes:
        words: Normalised words.
        months: The month by the index of each word of its name.
    """

    words: tuple[str, ...]
    months: dict[int, int]

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers among the words."""
        return frozenset(w for w in self.words if w[0].isdecimal())


@lru_cache(maxsize=4_096)
def fact_tokens(text: str) -> FactTokens:
    """``text`` as words, numbers in words converted to digits."""
    tokens = spell_digits(words(_PERCENT.sub(" percent ", text)))
    tokens = [_canonical_number(w) for w in _spell_english_digits(tokens)]
    months = {
        at + i: month for at, (month, length) in months_in(tokens).items() for i in range(length)
    }
    return FactTokens(tuple(tokens), months)


def _canonical_number(word: str) -> str:
    if not word[0].isdecimal():
        return word
    return word.rstrip("0").rstrip(".") if "." in word else word.lstrip("0") or "0"


def _spell_english_digits(tokens: Sequence[str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(tokens):
        value, length = _english_number(tokens, at)
        out.append(str(value) if length else tokens[at])
        at += length or 1
    return out


def _english_number(tokens: Sequence[str], at: int) -> tuple[int, int]:
    """Value and length of the English number that starts at ``at``; length 0 if none does."""
    value, length = _english_below_hundred(tokens, at)
    if length and _token(tokens, at + length) == "hundred":
        value, length = value * 100, length + 1
        skip = 1 if _token(tokens, at + length) == "and" else 0
        rest, more = _english_below_hundred(tokens, at + length + skip)
        if more:
            value, length = value + rest, length + skip + more
    if length and (scale := _SCALE_VALUES.get(_token(tokens, at + length))):
        value, length = value * scale, length + 1
    if length == 1 and tokens[at] == "one":
        return 0, 0  # mostly a pronoun
    return value, length


def _english_below_hundred(tokens: Sequence[str], at: int) -> tuple[int, int]:
    word = _token(tokens, at)
    if word in _TENS_VALUES:
        unit = _UNIT_VALUES.get(_token(tokens, at + 1), 0)
        return (_TENS_VALUES[word] + unit, 2) if 0 < unit < 10 else (_TENS_VALUES[word], 1)
    return (_UNIT_VALUES[word], 1) if word in _UNIT_VALUES else (0, 0)


def _token(tokens: Sequence[str], index: int) -> str:
    return tokens[index] if 0 <= index < len(tokens) else ""


def possible_days(text: FactTokens) -> frozenset[tuple[int, int]]:
    """``(day, month)`` of every number up to 31 near the name of a month."""
    days = set()
    for at, month in text.months.items():
        for word in text.words[max(0, at - 5) : at + 4]:
            if word.isdecimal() and 1 <= int(word) <= 31:
                days.add((int(word), month))
    return frozenset(days)


def named_days(text: FactTokens) -> frozenset[tuple[int, int]]:
    """``(day, month)`` of every date in a text."""
    return frozenset((m.day, m.month) for m in dates_in_words(text.words) if m.day is not None)


_YESTERDAY = frozenset(words("أمس البارحة الماضية yesterday"))
_TOMORROW = frozenset(words("غدا الغد المقبل tomorrow"))


def implied_dates(published: datetime | None, text: FactTokens) -> list[datetime]:
    """The date of publication, and the days before and after it if the text mentions them."""
    if published is None:
        return []
    mentioned = {form for w in text.words for form in (w, w[1:])}
    dates = [published]
    if mentioned & _YESTERDAY:
        dates.append(published - timedelta(days=1))
    if mentioned & _TOMORROW:
        dates.append(published + timedelta(days=1))
    return dates


def date_number_positions(text: FactTokens) -> frozenset[int]:
    """The indexes of numbers that belong to dates: days and years beside a month's name."""
    return frozenset(
        near
        for at in text.months
        for near in range(at - 1, at + 3)
        if _token(text.words, near)[:1].isdecimal()
    )


def quoted_strings(text: str) -> list[str]:
    """The strings between quotation marks in ``text``."""
    return [next(filter(None, groups)).strip() for groups in _QUOTATION.findall(text)]


def remove_quotations(text: str) -> str:
    """``text`` without the strings between quotation marks."""
    return _QUOTATION.sub(" ", text)


_PUNCTUATION = str.maketrans("“”„«»’‘‹›[]", '"""""\'\'<>()')


def normalise_quotation(text: str) -> str:
    """``text`` with unified quotation marks, brackets and white space, to compare verbatim."""
    return " ".join(text.translate(_PUNCTUATION).split())


def word_polarities(text: FactTokens, scope: int) -> dict[str, frozenset[Polarity]]:
    """The polarities with which each word occurs, if a cue applies to ``scope`` words after it."""
    polarities: dict[str, set[Polarity]] = {}
    cues = [_cue(text.words, at) for at in range(len(text.words))]
    for at, word in enumerate(text.words):
        before = [cue for cue in cues[max(0, at - scope) : at] if cue]
        polarities.setdefault(word, set()).add(before[-1] if before else "affirmed")
    return {word: frozenset(found) for word, found in polarities.items()}


def _cue(tokens: Sequence[str], at: int) -> Polarity | None:
    """The polarity that the word at ``at`` gives to the words after it."""
    word = tokens[at]
    bare = word[1:] if len(word) > 2 and word[0] in "وف" else word
    if bare in _NEGATIONS:
        return "negated"
    if bare == "قد":
        # قد before an imperfect verb means "may", before a perfect one it is emphasis.
        return "uncertain" if _token(tokens, at + 1)[:1] in ("ي", "ت", "ن") else None
    return "uncertain" if bare in _UNCERTAINTY_CUES else None


def has_denial(text: FactTokens) -> bool:
    """Whether a text reports that somebody denied something."""
    return any(w in _DENIALS or (w[0] in "وف" and w[1:] in _DENIALS) for w in text.words)
