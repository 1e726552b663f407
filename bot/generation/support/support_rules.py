"""The rules of the support check that compare words: each returns the first fault it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from bot.generation.support.allowed_words import CAUSAL, OPINION
from bot.generation.support.evidence_passage import EvidencePassage, is_mostly_arabic
from bot.generation.support.hard_facts import (
    NARROW_SCOPE,
    WIDE_SCOPE,
    FactTokens,
    Polarity,
    date_number_positions,
    fact_tokens,
    has_denial,
    named_days,
    normalise_quotation,
    quoted_strings,
    remove_quotations,
    word_polarities,
)
from bot.generation.support.word_matching import content_words, is_allowed
from vectorstore.core.text_analysis import STOP_WORDS, words

Fault = Literal[
    "no_claim",
    "quotation",
    "number",
    "date",
    "polarity",
    "cause",
    "word",
    "scattered",
    "similarity",
]
"""Why a sentence is not supported."""

PROXIMITY = 8
"""Words within which two words are near each other."""
MIN_ADJACENT_SHARE = 0.6
"""Share of a sentence's adjacent terms that must be near each other in the passages."""
_COUNTED_WITHIN = 3
# A number before these counts nothing in particular: "seven people" may be "seven dead".
_UNSPECIFIC = STOP_WORDS | frozenset(words("شخص شخصا أشخاص people person persons individuals"))


@dataclass(frozen=True)
class ParsedClaim:
    """A sentence of the model, analysed once."""

    text: str

    @cached_property
    def tokens(self) -> FactTokens:
        """Its words."""
        return fact_tokens(self.text)

    @cached_property
    def content_words(self) -> list[str]:
        """The words that claim something, without numbers and months, in order."""
        months = self.tokens.months
        return list(content_words(w for at, w in enumerate(self.tokens.words) if at not in months))

    @cached_property
    def terms(self) -> list[str]:
        """The words that claim something and the numbers, without dates, in order."""
        in_dates = date_number_positions(self.tokens) | self.tokens.months.keys()
        others = (w for at, w in enumerate(self.tokens.words) if at not in in_dates)
        return [w for w in others if w[0].isdecimal() or not is_allowed(w)]

    @cached_property
    def is_arabic(self) -> bool:
        """Whether it is in Arabic script."""
        return is_mostly_arabic(self.text)


def check_facts(claim: ParsedClaim, passages: Sequence[EvidencePassage]) -> Fault | None:
    """Quotations, numbers and dates must occur in the passages."""
    for quotation in map(normalise_quotation, quoted_strings(claim.text)):
        if not any(quotation in p.normalised_text for p in passages):
            return "quotation"
    if not claim.tokens.numbers <= frozenset().union(*(p.numbers for p in passages)):
        return "number"
    if not all(any(_counts_same(claim, at, p) for p in passages) for at in _counting(claim)):
        return "number"
    months = frozenset(claim.tokens.months.values())
    if not months <= frozenset().union(*(p.months for p in passages)):
        return "date"
    if not named_days(claim.tokens) <= frozenset().union(*(p.days for p in passages)):
        return "date"
    return None


def _counting(claim: ParsedClaim) -> list[int]:
    """The positions of numbers that count the word after them."""
    tokens, months = claim.tokens.words, claim.tokens.months
    return [
        at
        for at, (word, counted) in enumerate(pairwise(tokens))
        if word[0].isdecimal()
        and at + 1 not in months
        and not counted[0].isdecimal()
        and counted not in _UNSPECIFIC
    ]


def _counts_same(claim: ParsedClaim, at: int, passage: EvidencePassage) -> bool:
    """Whether the number at ``at`` counts the same word in ``passage``."""
    number, counted = claim.tokens.words[at : at + 2]
    counted_at = passage.index.positions(counted)
    return any(
        0 < other - number_at <= _COUNTED_WITHIN or other == number_at - 1
        for number_at in passage.index.positions(number)
        for other in counted_at
    )


def check_polarity(claim: ParsedClaim, passages: Sequence[EvidencePassage]) -> Fault | None:
    """Words must have the polarity they have in the passages; causes must be given there."""
    narrow, wide = (word_polarities(claim.tokens, scope) for scope in (NARROW_SCOPE, WIDE_SCOPE))
    for word in claim.content_words:
        if any(p.polarities(word, NARROW_SCOPE) for p in passages) and not _same_polarity(
            narrow[word], wide[word], word, passages
        ):
            return "polarity"
    if not has_denial(claim.tokens) and any(p.has_denial(claim.terms) for p in passages):
        return "polarity"
    if not CAUSAL.isdisjoint(claim.tokens.words) and all(
        CAUSAL.isdisjoint(p.tokens.words) for p in passages
    ):
        return "cause"
    return None


def _same_polarity(
    narrow: frozenset[Polarity],
    wide: frozenset[Polarity],
    word: str,
    passages: Sequence[EvidencePassage],
) -> bool:
    """Whether ``word`` occurs in some passage with a polarity it has in the claim.

    The scope of a negation is a guess on both sides, so what is negated within the narrow scope
    here has to be negated within the wide scope there, and likewise for what is affirmed.
    """
    if "affirmed" not in narrow:
        return any(narrow & p.polarities(word, WIDE_SCOPE) for p in passages)
    return wide != {"affirmed"} or any(
        "affirmed" in p.polarities(word, NARROW_SCOPE) for p in passages
    )


def check_words(claim: ParsedClaim, passages: Sequence[EvidencePassage]) -> Fault | None:
    """Every content word must occur in the passages, near its neighbours."""
    unquoted = fact_tokens(remove_quotations(claim.text))
    if not OPINION.isdisjoint(unquoted.words) or _is_repetitive(claim.tokens.words):
        return "word"
    if not all(any(p.vocabulary.contains(w) for p in passages) for w in claim.content_words):
        return "word"
    near = [any(_are_near(a, b, p) for p in passages) for a, b in pairwise(claim.terms)]
    isolated = any(not (before or after) for before, after in pairwise([False, *near, False]))
    if near and (isolated or sum(near) < MIN_ADJACENT_SHARE * len(near)):
        return "scattered"
    return None


def _is_repetitive(tokens: Sequence[str]) -> bool:
    """Whether a trigram occurs more than twice, as in degenerate output of a model."""
    trigrams = Counter(zip(tokens, tokens[1:], tokens[2:], strict=False))
    return max(trigrams.values(), default=0) > 2


def _are_near(one: str, other: str, passage: EvidencePassage) -> bool:
    others = passage.index.positions(other)
    return any(abs(a - b) <= PROXIMITY for a in passage.index.positions(one) for b in others)
