"""A passage analysed for the support check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.generation.core.prompt import PromptPassage
from bot.generation.core.prompt_injection import is_injection, remove_injections
from bot.generation.support.hard_facts import (
    NARROW_SCOPE,
    WIDE_SCOPE,
    FactTokens,
    Polarity,
    fact_tokens,
    has_denial,
    implied_dates,
    normalise_quotation,
    possible_days,
    word_polarities,
)
from bot.generation.support.word_matching import Vocabulary, is_matchable, match_keys
from ingest.text.sentences import split_sentences
from vectorstore.core.characters import count_arabic

_LATIN = re.compile("[A-Za-z]")


def is_mostly_arabic(text: str) -> bool:
    """Whether ``text`` has at least as many Arabic as Latin letters."""
    return count_arabic(text) >= len(_LATIN.findall(text))


class WordIndex:
    """An inverted index of a text: word positions by match key."""

    def __init__(self, text: FactTokens) -> None:
        self._positions: dict[str, list[int]] = {}
        for at, word in enumerate(text.words):
            for key in _keys(word) if is_matchable(word) else ():
                self._positions.setdefault(key, []).append(at)

    def positions(self, word: str) -> list[int]:
        """The positions of all forms of ``word``, in order."""
        return sorted({at for key in _keys(word) for at in self._positions.get(key, ())})

    def count(self, words: Sequence[str]) -> int:
        """How many of ``words`` occur in some form."""
        return sum(bool(self.positions(word)) for word in words)


def _keys(word: str) -> frozenset[str]:
    return frozenset({word}) if word[0].isdecimal() else match_keys(word)


def _polarities_by_key(text: FactTokens, scope: int) -> dict[str, frozenset[Polarity]]:
    merged: dict[str, set[Polarity]] = {}
    for word, polarities in word_polarities(text, scope).items():
        for key in match_keys(word):
            merged.setdefault(key, set()).update(polarities)
    return {key: frozenset(polarities) for key, polarities in merged.items()}


@dataclass(frozen=True)
class EvidencePassage:
    """A numbered passage of the prompt; its analysis is computed once, on demand."""

    number: int
    prompt_passage: PromptPassage

    @cached_property
    def text(self) -> str:
        """The headline and the text, without injected sentences."""
        passage = self.prompt_passage
        return remove_injections(f"{passage.passage.article.title}\n{passage.text}")

    @cached_property
    def tokens(self) -> FactTokens:
        """The words of ``text``."""
        return fact_tokens(self.text)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The set of these words."""
        return Vocabulary(self.tokens.words)

    @cached_property
    def index(self) -> WordIndex:
        """The positions of these words."""
        return WordIndex(self.tokens)

    @cached_property
    def normalised_text(self) -> str:
        """``text`` normalised to compare quotations."""
        return normalise_quotation(self.text)

    @cached_property
    def dates(self) -> list[datetime]:
        """The dates implied by the date of publication."""
        return implied_dates(self.prompt_passage.passage.article.published_at, self.tokens)

    @cached_property
    def days(self) -> frozenset[tuple[int, int]]:
        """``(day, month)`` of all dates the text may mention."""
        return possible_days(self.tokens) | {(d.day, d.month) for d in self.dates}

    @cached_property
    def months(self) -> frozenset[int]:
        """The months of these dates."""
        return frozenset(self.tokens.months.values()) | {d.month for d in self.dates}

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers of the text and of its implied dates."""
        implied = {str(part) for d in self.dates for part in (d.year, d.month, d.day)}
        return self.tokens.numbers | implied

    @cached_property
    def _polarities(self) -> dict[int, dict[str, frozenset[Polarity]]]:
        """Polarities by scope and match key."""
        return {s: _polarities_by_key(self.tokens, s) for s in (NARROW_SCOPE, WIDE_SCOPE)}

    @cached_property
    def is_arabic(self) -> bool:
        """Whether the text is in Arabic script."""
        return is_mostly_arabic(self.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Spans of sentences in the text of the retrieved passage, without injected ones."""
        start, text = self.prompt_passage.start, self.prompt_passage.text
        spans = [(a, b) for a, b in split_sentences(text) if not is_injection(text[a:b])]
        return [(start + a, start + b) for a, b in spans]

    def sentence(self, span: tuple[int, int]) -> str:
        """The text of a span of ``sentences``."""
        return self.prompt_passage.passage.text[span[0] : span[1]]

    @cached_property
    def sentence_indexes(self) -> list[WordIndex]:
        """The index of each sentence."""
        return [WordIndex(fact_tokens(self.sentence(span))) for span in self.sentences]

    def coverage(self, terms: Sequence[str]) -> list[int]:
        """How many of ``terms`` occur in each sentence."""
        return [index.count(terms) for index in self.sentence_indexes]

    def polarities(self, word: str, scope: int) -> frozenset[Polarity]:
        """The polarities with which ``word`` occurs; empty if it does not occur."""
        by_key = self._polarities[scope]
        return frozenset().union(*(by_key.get(key, frozenset()) for key in match_keys(word)))

    def has_denial(self, terms: Sequence[str]) -> bool:
        """Whether the sentence with most of ``terms`` reports a denial."""
        coverage = self.coverage(terms)
        if not coverage:
            return False
        best = coverage.index(max(coverage))
        return has_denial(fact_tokens(self.sentence(self.sentences[best])))
