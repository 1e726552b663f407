"""Arabizi, Arabic in Latin letters and digits ("7okoma", "el nahda"), turned into Arabic script.

Each word has many possible spellings; those that the collection's articles or common questions
have are preferred (a noisy channel: letter costs against word frequencies).
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from vectorstore.core.text_analysis import normalise, stem

MAX_SPELLINGS = 96
"""Spellings of a word that are looked up."""
COST_WEIGHT = 2.0
"""Weight of the letters' costs against the logarithm of the word's frequency."""
MIN_KNOWN_SHARE = 0.6
"""Least share of known words for a text to be Arabic."""

StemWeights = Callable[[Sequence[str]], Mapping[str, tuple[float, bool]]]
"""idf and presence of stems in the collection; see ``ArticleStore.stem_weights``."""

# Spellings of a letter or group of letters, with their costs; "" leaves it out.
_LETTERS: dict[str, tuple[tuple[str, float], ...]] = {
    "sh": (("ش", 0),),
    "ch": (("ش", 0), ("تش", 1)),
    "kh": (("خ", 0),),
    "gh": (("غ", 0),),
    "th": (("ث", 0), ("ذ", 0.7), ("ته", 2)),
    "dh": (("ذ", 0), ("ض", 0.5), ("ظ", 0.7)),
    "ou": (("و", 0), ("", 0.8)),
    "oo": (("و", 0),),
    "ee": (("ي", 0),),
    "ei": (("ي", 0), ("اي", 1)),
    "ai": (("ي", 0.2), ("اي", 0.5)),
    "ay": (("ي", 0), ("اي", 0.7)),
    "aw": (("و", 0), ("او", 0.7)),
    "aa": (("ا", 0),),
    "3'": (("غ", 0),),
    "7'": (("خ", 0),),
    "6'": (("ظ", 0),),
    "9'": (("ض", 0),),
    "a": (("", 0.4), ("ا", 0.4), ("ع", 2)),
    "e": (("", 0.3), ("ي", 0.8), ("ا", 1.2)),
    "i": (("ي", 0.4), ("", 0.4)),
    "o": (("و", 0.4), ("", 0.4)),
    "u": (("و", 0.4), ("", 0.4)),
    "b": (("ب", 0),),
    "p": (("ب", 0),),
    "t": (("ت", 0), ("ط", 0.6)),
    "g": (("ج", 0), ("غ", 0.7), ("ق", 1)),
    "j": (("ج", 0),),
    "d": (("د", 0), ("ض", 0.6)),
    "r": (("ر", 0),),
    "z": (("ز", 0), ("ظ", 0.7), ("ذ", 0.7)),
    "s": (("س", 0), ("ص", 0.6)),
    "f": (("ف", 0),),
    "v": (("ف", 0),),
    "q": (("ق", 0),),
    "k": (("ك", 0), ("ق", 1)),
    "c": (("ك", 0.3), ("س", 0.6)),
    "l": (("ل", 0),),
    "m": (("م", 0),),
    "n": (("ن", 0),),
    "h": (("ه", 0.2), ("ح", 0.4)),
    "w": (("و", 0),),
    "y": (("ي", 0), ("", 1.2)),
    "x": (("كس", 0),),
    "2": (("ا", 0.3), ("ء", 0.3), ("ق", 0.5), ("ئ", 0.5), ("", 0.8)),
    "3": (("ع", 0),),
    "4": (("ش", 0.5), ("ذ", 0.5)),
    "5": (("خ", 0),),
    "6": (("ط", 0),),
    "7": (("ح", 0),),
    "8": (("ق", 0.3), ("غ", 0.5)),
    "9": (("ص", 0), ("ق", 0.5)),
}
_AT_START = {
    "a": (("ا", 0), ("ع", 1.5)),
    "e": (("ا", 0), ("اي", 0.6), ("ع", 1.5)),
    "i": (("ا", 0), ("اي", 0.5), ("ع", 1.5)),
    "o": (("ا", 0.2), ("او", 0.3), ("ع", 1.2)),
    "u": (("ا", 0.2), ("او", 0.3), ("ي", 1.5)),
    "ei": (("اي", 0),),
    "ai": (("اي", 0),),
}
_AT_END = {
    "a": (("ا", 0.2), ("ة", 0.2), ("ى", 0.5), ("", 1.2)),
    "ah": (("ة", 0), ("ه", 0.5), ("اه", 0.7), ("اح", 1)),
    "eh": (("يه", 0.2), ("ه", 0.4), ("ة", 0.5)),
    "e": (("ة", 0.4), ("ي", 0.4), ("ه", 0.5), ("", 0.8)),
    "i": (("ي", 0), ("ى", 0.5)),
    "o": (("و", 0.3), ("ه", 0.5), ("", 1)),
    "u": (("و", 0.2), ("ه", 0.8)),
}
_ARTICLES = ("el", "al", "il", "l")
_JOINED_ARTICLES = {"el": "ال", "al": "ال", "il": "ال", "bel": "بال", "lel": "لل", "wel": "وال"}
_TOKEN = re.compile(r"[a-z0-9']+|[^\sa-z0-9']+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*$")


@dataclass(frozen=True, slots=True)
class Transliteration:
    """A text in Arabic script, and the share in [0, 1] of its words that are known."""

    text: str
    known_share: float


def to_arabic(text: str, stem_weights: StemWeights) -> Transliteration:
    """The likeliest Arabic spelling of a text in Arabizi.

    Args:
        text: The text.
        stem_weights: Looks up which words the collection has.
    """
    words: list[str] = []
    known: list[bool] = []
    article = ""
    for token in _TOKEN.findall(text.replace("’", "'")):
        low = token.lower().strip("'")
        if not low or not low[0].isalnum():
            words.append(token.replace("?", "؟").replace(",", "،"))
            continue
        if low in _ARTICLES:
            article = "ال"
            continue
        if _NUMBER.match(low) and not article:
            words.append(low)
            continue
        spelling, found = _spelling(low, article, stem_weights)
        words.append(spelling)
        known.append(found)
        article = ""
    line = re.sub(r"\s+([؟،.!])", r"\1", " ".join(words))
    return Transliteration(line, sum(known) / len(known) if known else 0.0)


def _spelling(word: str, article: str, stem_weights: StemWeights) -> tuple[str, bool]:
    """The likeliest spelling of one word, and whether it is a known word."""
    costs = dict(spellings(word))
    for prefix, arabic in _JOINED_ARTICLES.items():
        if not article and word.startswith(prefix) and len(word) - len(prefix) >= 3:
            for rest, cost in spellings(word.removeprefix(prefix)):
                costs[arabic + rest] = min(cost + 0.2, costs.get(arabic + rest, 99.0))
    forms = {form: normalise(form) for form in costs if form}
    if not forms:
        return word, False
    weights = stem_weights(list({stem(form) for form in forms.values()}))
    common = question_words()
    scored = []
    for form, plain in forms.items():
        idf, present = weights[stem(plain)]
        frequency = math.log1p(20 * common.get(plain, 0)) if not article else 0.0
        if present:
            frequency = max(frequency, 12.0 - idf)
        scored.append((frequency - COST_WEIGHT * costs[form], frequency > 0, form))
    _, found, best = max(scored)
    if not found:
        best = min(forms, key=lambda form: costs[form])
    return article + best, found


@lru_cache(maxsize=4_096)
def spellings(word: str) -> tuple[tuple[str, float], ...]:
    """The cheapest ``MAX_SPELLINGS`` Arabic spellings of a lower-case word, with their costs."""
    beams: dict[int, dict[str, float]] = {0: {"": 0.0}}
    for at in range(len(word)):
        options = heapq.nsmallest(MAX_SPELLINGS, beams.pop(at, {}).items(), key=lambda i: i[1])
        for form, cost in options:
            for length, letter, more in _options(word, at):
                # A doubled consonant is written once.
                following = at + length
                while following < len(word) and length == 1 and word[following] == word[at]:
                    following += 1
                target = beams.setdefault(following, {})
                spelled = form + letter
                target[spelled] = min(cost + more, target.get(spelled, 99.0))
    final = beams.get(len(word), {})
    return tuple(heapq.nsmallest(MAX_SPELLINGS, final.items(), key=lambda item: item[1]))


def _options(word: str, at: int) -> list[tuple[int, str, float]]:
    """``(length, spelling, cost)`` of what stands at ``word[at:]``."""
    found = []
    for length in (2, 1):
        part = word[at : at + length]
        if len(part) < length:
            continue
        table = _LETTERS
        if at == 0 and part in _AT_START:
            table = _AT_START
        elif at + length == len(word) and part in _AT_END and at > 0:
            table = _AT_END
        found += [(length, letter, cost) for letter, cost in table.get(part, ())]
    return found or [(1, "", 1.0)]


@lru_cache
def question_words() -> Mapping[str, int]:
    """How often words occur in the questions that the classifiers were fitted on, normalised.

    Articles lack the dialects' question words.
    """
    lines = (files("bot.transliteration") / "question_words.txt").read_text(encoding="utf-8")
    pairs = (line.split() for line in lines.splitlines())
    return {word: int(count) for word, count in pairs}
