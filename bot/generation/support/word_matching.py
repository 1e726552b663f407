"""Whether a word occurs in a passage in any form.

Two words match if they share a key: the word without clitics, its light stem, its synonym class
(:mod:`bot.language.synonyms`), its root as far as it can be derived, or the consonants of a name
(غانتس, جانتس and Gantz). Long words that differ in a letter or two match as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.generation.support.allowed_words import ALLOWED, ALLOWED_STEMS, NEVER_ALLOWED
from bot.language.synonyms import synonym_class
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import STOP_WORDS, stem

_PRONOUNS = ("هما", "هم", "هن", "كم", "نا", "ها", "ه")
_MIN_LENGTH = 3
_WEAK_LETTERS = re.compile("[اويى]")
_MIN_SIMILARITY = 0.8
_ENGLISH_SUFFIXES = ("'s", "’s", "ing", "ed", "es", "ly", "s")


def is_allowed(word: str) -> bool:
    """Whether a word, with any clitics, claims nothing (see `allowed_words`)."""
    if word in ALLOWED:
        return True
    if word in NEVER_ALLOWED:
        return False
    return any(form in ALLOWED or stem(form) in ALLOWED_STEMS for form in word_forms(word))


def content_words(words: Iterable[str]) -> Iterator[str]:
    """The words that claim something, without numbers."""
    return (w for w in words if not w[0].isdecimal() and not is_allowed(w))


def is_matchable(word: str) -> bool:
    """Whether a word of a passage is compared; stop words often have stems of content words."""
    return word not in STOP_WORDS or word in NEVER_ALLOWED


@lru_cache(maxsize=65_536)
def word_forms(word: str) -> tuple[str, ...]:
    """The word itself, then without clitics (Arabic) or without its suffix (English)."""
    forms = [word]
    if not has_arabic(word[:1]):
        forms += [
            word[: -len(suffix)]
            for suffix in _ENGLISH_SUFFIXES
            if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_LENGTH
        ]
        return tuple(dict.fromkeys(forms))
    rest = word
    while len(rest) > _MIN_LENGTH and rest[0] in "وفبلكس":
        rest = rest[1:]
        forms.append(rest)
    for form in tuple(forms):
        if form.startswith(("ال", "لل")) and len(form) >= 4:
            forms.append(form[2:])
    for form in tuple(forms):
        for pronoun in _PRONOUNS:
            if form.endswith(pronoun) and len(form) - len(pronoun) >= _MIN_LENGTH:
                noun = form[: -len(pronoun)]
                forms.append(noun)
                if noun.endswith("ت"):
                    forms.append(f"{noun[:-1]}ه")  # كميتها, كمية
    return tuple(dict.fromkeys(forms))


@lru_cache(maxsize=65_536)
def match_keys(word: str) -> frozenset[str]:
    """The keys of a word; words with a common key match."""
    keys: set[str] = set()
    for form in word_forms(word):
        keys |= {form, synonym_class(form), f"s:{stem(form)}"}
        if (root := _root(form)) is not None:
            keys.add(f"r:{root}")
    if (consonants := _phonetic_key(word)) is not None:
        keys.add(f"p:{consonants}")
    return frozenset(keys)


class Vocabulary:
    """The set of words of passages."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(w for w in dict.fromkeys(words) if is_matchable(w))
        self._keys = frozenset(key for word in self._words for key in match_keys(word))

    def contains(self, word: str) -> bool:
        """Whether a form of ``word`` is in the vocabulary."""
        return not self._keys.isdisjoint(match_keys(word)) or self._contains_similar(word)

    def _contains_similar(self, word: str) -> bool:
        """Whether a long word with nearly the same letter bigrams is in the vocabulary."""
        if len(word) < 5:
            return False
        own = _bigrams(word)
        return any(
            len(other) >= 5 and _dice(own, _bigrams(other)) >= _MIN_SIMILARITY
            for other in self._words
        )


def _bigrams(word: str) -> frozenset[str]:
    bare = stem(word)
    return frozenset(bare[i : i + 2] for i in range(len(bare) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _root(word: str) -> str | None:
    """The three or four root consonants of an Arabic word, as far as they can be derived."""
    if not has_arabic(word[:1]) or len(word) < 3:
        return None
    if len(word) == 3:
        return word
    bare = stem(word)
    bare = re.sub("^(?:است|ان|ت|م|ي|ن|ا)(?=.{3})", "", bare)
    bare = re.sub("(?:ات|ون|ين|ان|وا|نا|تم|ت|ا|ه)$", "", bare) if len(bare) > 3 else bare
    consonants = bare[0] + _WEAK_LETTERS.sub("", bare[1:]) if bare else ""
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


def _phonetic_key(word: str) -> str | None:
    """The consonants of a name by their sound, in Latin letters; None if there are under four."""
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
