"""A passage as sentences are checked against it: its words, facts and sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.generation.core.prompt import Excerpt
from bot.generation.core.prompt_injection import is_order, without_orders
from bot.generation.support.hard_facts import (
    MAYBE,
    SURELY,
    FactTokens,
    days,
    denies,
    known_dates,
    literal,
    standing,
    tokens,
)
from bot.generation.support.word_matching import Vocabulary, is_telling, keys
from ingest.text.sentences import split_sentences
from vectorstore.core.characters import count_arabic

_LATIN = re.compile("[A-Za-z]")


def is_arabic(text: str) -> bool:
    """Whether most letters of ``text`` are Arabic."""
    return count_arabic(text) >= len(_LATIN.findall(text))


class WordIndex:
    """The places of words in a text, in whatever form they are asked for."""

    def __init__(self, text: FactTokens) -> None:
        self._places: dict[str, list[int]] = {}
        for at, word in enumerate(text.words):
            for key in _keys(word) if is_telling(word) else ():
                self._places.setdefault(key, []).append(at)

    def where(self, word: str) -> list[int]:
        """The places at which ``word`` stands in some form, in order."""
        return sorted({at for key in _keys(word) for at in self._places.get(key, ())})


def _keys(word: str) -> frozenset[str]:
    return frozenset({word}) if word[0].isdecimal() else keys(word)


def _by_key(found: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    merged: dict[str, set[str]] = {}
    for word, how in found.items():
        for key in keys(word):
            merged.setdefault(key, set()).update(how)
    return {key: frozenset(how) for key, how in merged.items()}


@dataclass(frozen=True)
class EvidencePassage:
    """One numbered excerpt, taken apart once for all sentences that are checked against it."""

    number: int
    excerpt: Excerpt

    @cached_property
    def text(self) -> str:
        """What counts as said: headline and text."""
        return without_orders(f"{self.excerpt.passage.article.title}\n{self.excerpt.text}")

    @cached_property
    def tokens(self) -> FactTokens:
        """The words of headline and text."""
        return tokens(self.text)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The same words, to look others up in."""
        return Vocabulary(self.tokens.words)

    @cached_property
    def index(self) -> WordIndex:
        """Where they stand."""
        return WordIndex(self.tokens)

    @cached_property
    def literal(self) -> str:
        """The text as quotes are compared."""
        return literal(self.text)

    @cached_property
    def dates(self) -> list[datetime]:
        """What the article's own date lends the text."""
        return known_dates(self.excerpt.passage.article.published_at, self.tokens)

    @cached_property
    def days(self) -> frozenset[tuple[int, int]]:
        """Days and months that the text may speak of."""
        return days(self.tokens) | {(d.day, d.month) for d in self.dates}

    @cached_property
    def months(self) -> frozenset[int]:
        """Months that the text may speak of."""
        return frozenset(self.tokens.months.values()) | {d.month for d in self.dates}

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Numbers of the text, and those of its dates."""
        own = {str(part) for d in self.dates for part in (d.year, d.month, d.day)}
        return self.tokens.numbers | own

    @cached_property
    def _standing(self) -> dict[int, dict[str, frozenset[str]]]:
        """How its words stand, by their keys, for each reach of a negation."""
        return {within: _by_key(standing(self.tokens, within)) for within in (SURELY, MAYBE)}

    @cached_property
    def arabic(self) -> bool:
        """Whether it is written in Arabic letters."""
        return is_arabic(self.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Sentences of the excerpt that tell something, offsets in the passage's text."""
        start, text = self.excerpt.start, self.excerpt.text
        spans = [(a, b) for a, b in split_sentences(text) if not is_order(text[a:b])]
        return [(start + a, start + b) for a, b in spans]

    def sentence(self, span: tuple[int, int]) -> str:
        """The words of a span of ``sentences``."""
        return self.excerpt.passage.text[span[0] : span[1]]

    @cached_property
    def sentence_indexes(self) -> list[WordIndex]:
        """The words of each sentence."""
        return [WordIndex(tokens(self.sentence(span))) for span in self.sentences]

    def stands(self, word: str, within: int) -> frozenset[str]:
        """How ``word`` stands here (see ``facts.standing``); empty where it does not stand."""
        found = self._standing[within]
        return frozenset().union(*(found.get(key, frozenset()) for key in keys(word)))

    def denies(self, items: Sequence[str]) -> bool:
        """Whether the sentence that says most of ``items`` tells that somebody denied it."""
        found = [sum(bool(i.where(w)) for w in items) for i in self.sentence_indexes]
        if not found:
            return False
        best = max(range(len(found)), key=lambda i: found[i])
        return denies(tokens(self.sentence(self.sentences[best])))
