"""Does a word of a sentence stand in a passage, in whatever form?

Compared are words with their particles (و ف ب ل ك س ال) off, light stems, synonyms of
:mod:`bot.language.synonyms`, roots as far as letters show them, and names as they sound, so that
جانتس is
غانتس and Gantz is both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.generation.support.allowed_words import PIVOTAL, PLAIN, PLAIN_STEMS
from bot.language.synonyms import synonym_class
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import STOP_WORDS, stem

_PRONOUNS = ("هما", "هم", "هن", "كم", "نا", "ها", "ه")
_SHORTEST = 3
_WEAK = re.compile("[اويى]")
_SIMILAR = 0.8
_LATIN_ENDINGS = ("'s", "’s", "ing", "ed", "es", "ly", "s")


def is_plain(word: str) -> bool:
    """Whether a word claims nothing, whatever particle it carries."""
    if word in PLAIN:
        return True
    if word in PIVOTAL:
        return False
    return any(form in PLAIN or stem(form) in PLAIN_STEMS for form in forms(word))


def is_telling(word: str) -> bool:
    """Whether a word of a passage may back another; light words look like stems of heavy ones."""
    return word not in STOP_WORDS or word in PIVOTAL


@lru_cache(maxsize=65_536)
def forms(word: str) -> tuple[str, ...]:
    """An Arabic word without its particles, one after the other; any other word is itself."""
    found = [word]
    if has_arabic(word[:1]):
        rest = word
        while len(rest) > _SHORTEST and rest[0] in "وفبلكس":
            rest = rest[1:]
            found.append(rest)
        for form in tuple(found):
            for article in ("ال", "لل"):
                if form.startswith(article) and len(form) - 2 >= 2:
                    found.append(form[2:])
        for form in tuple(found):
            for pronoun in _PRONOUNS:
                if form.endswith(pronoun) and len(form) - len(pronoun) >= _SHORTEST:
                    owned = form[: -len(pronoun)]
                    found.append(owned)
                    if owned.endswith("ت"):
                        found.append(f"{owned[:-1]}ه")  # كميتها, كمية
    else:
        for ending in _LATIN_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                found.append(word[: -len(ending)])
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65_536)
def keys(word: str) -> frozenset[str]:
    """What a word is looked up by; two words with a key in common count as one."""
    found: set[str] = set()
    for form in forms(word):
        found |= {form, synonym_class(form), f"s:{stem(form)}"}
        if (root := _root(form)) is not None:
            found.add(f"r:{root}")
    if (sound := _sound(word)) is not None:
        found.add(f"p:{sound}")
    return frozenset(found)


class Vocabulary:
    """The words of passages, to look others up in."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(w for w in dict.fromkeys(words) if is_telling(w))
        self._keys = frozenset(key for word in self._words for key in keys(word))

    def has(self, word: str) -> bool:
        """Whether ``word`` stands here in some form."""
        return not self._keys.isdisjoint(keys(word)) or self._near(word)

    def _near(self, word: str) -> bool:
        """Long words that differ in a letter or two are one word, inflected or spelt otherwise."""
        if len(word) < 5:
            return False
        mine = _bigrams(word)
        return any(
            len(other) >= 5 and _dice(mine, _bigrams(other)) >= _SIMILAR for other in self._words
        )


def _bigrams(word: str) -> frozenset[str]:
    bare = stem(word)
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _root(word: str) -> str | None:
    """The three or four consonants of an Arabic word that carry its meaning, where they show."""
    if not has_arabic(word[:1]) or len(word) < 3:
        return None
    if len(word) == 3:
        return word
    bare = stem(word)
    bare = re.sub("^(?:است|ان|ت|م|ي|ن|ا)(?=.{3})", "", bare)
    bare = re.sub("(?:ات|ون|ين|ان|وا|نا|تم|ت|ا|ه)$", "", bare) if len(bare) > 3 else bare
    consonants = bare[0] + _WEAK.sub("", bare[1:]) if bare else ""
    # t after the first consonant: افتعل (اجتمع, اقترح)
    if len(consonants) == 4 and consonants[1] == "ت" and word.startswith("ا"):
        consonants = consonants[0] + consonants[2:]
    return consonants if 3 <= len(consonants) <= 4 else None


_SOUNDS_AR = {
    **dict.fromkeys("بپ", "b"), **dict.fromkeys("تط", "t"), **dict.fromkeys("ثسص", "s"),
    **dict.fromkeys("جچغ", "g"), **dict.fromkeys("حه", "h"), **dict.fromkeys("خقك", "k"),
    **dict.fromkeys("دضذظ", "d"), **dict.fromkeys("فڤ", "f"), "ر": "r", "ز": "z", "ش": "sh",
    "ل": "l", "م": "m", "ن": "n", **dict.fromkeys("عءاوي", ""),
}  # fmt: skip
_SOUNDS_EN = (
    ("sch", "sh"), ("tch", "sh"), ("ch", "sh"), ("sh", "sh"), ("gh", "g"), ("kh", "k"), ("ph", "f"),
    ("th", "s"), ("dh", "d"), ("tz", "ts"), ("ck", "k"), ("qu", "k"), ("x", "ks"), ("j", "g"),
    ("c", "k"), ("q", "k"), ("p", "b"), ("v", "f"), ("w", ""), ("y", ""),
)  # fmt: skip


def _sound(word: str) -> str | None:
    """The consonants of a name as they sound, the same for both scripts; None for short ones."""
    if has_arabic(word[:1]):
        bare = word[2:] if word.startswith("ال") and len(word) > 5 else word
        sounds = "".join(_SOUNDS_AR.get(letter, letter) for letter in bare)
    elif word.isalpha():
        sounds = word
        for spelling, sound in _SOUNDS_EN:
            sounds = sounds.replace(spelling, sound)
        sounds = re.sub("[aeiou]", "", sounds)
    else:
        return None
    sounds = re.sub(r"(.)\1+", r"\1", sounds)
    return sounds if len(sounds) >= 4 else None


def content(words: Iterable[str]) -> Iterator[str]:
    """The words that claim something."""
    return (w for w in words if not w[0].isdecimal() and not is_plain(w))
