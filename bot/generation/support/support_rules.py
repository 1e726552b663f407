"""What can be wrong with a sentence, judged by its words alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from bot.generation.support.allowed_words import CAUSAL, OPINION
from bot.generation.support.evidence_passage import EvidencePassage, is_arabic
from bot.generation.support.hard_facts import (
    MAYBE,
    SURELY,
    FactTokens,
    dated,
    denies,
    literal,
    quoted,
    said_days,
    standing,
    tokens,
    unquoted,
)
from bot.generation.support.word_matching import content, is_plain
from vectorstore.core.text_analysis import STOP_WORDS, words

Fault = Literal[
    "nothing", "quote", "number", "date", "denied", "cause", "word", "pieced", "support"
]

NEAR = 8
"""Words within which two words stand near each other."""
PIECED = 0.6
"""Share of a sentence's neighbouring words that must stand near each other in the passages."""
_COUNTED_WITHIN = 3
# Behind a number these count nothing by themselves: seven people may be seven dead.
_UNCOUNTED = STOP_WORDS | frozenset(words("شخص شخصا أشخاص people person persons individuals"))


@dataclass(frozen=True)
class ParsedClaim:
    """A sentence of the model, taken apart once."""

    text: str

    @cached_property
    def tokens(self) -> FactTokens:
        """Its words."""
        return tokens(self.text)

    @cached_property
    def content(self) -> list[str]:
        """The words that claim something, numbers and months left out, in order."""
        months = self.tokens.months
        return list(content(w for at, w in enumerate(self.tokens.words) if at not in months))

    @cached_property
    def items(self) -> list[str]:
        """The words that claim something and the numbers, but for dates, in order."""
        left_out = dated(self.tokens) | self.tokens.months.keys()
        kept = (w for at, w in enumerate(self.tokens.words) if at not in left_out)
        return [w for w in kept if w[0].isdecimal() or not is_plain(w)]

    @cached_property
    def arabic(self) -> bool:
        """Whether it is written in Arabic letters."""
        return is_arabic(self.text)


def hard_fault(said: ParsedClaim, group: Sequence[EvidencePassage]) -> Fault | None:
    """Whether quotes, numbers and dates stand in the passages."""
    for stretch in quoted(said.text):
        if not any(literal(stretch) in g.literal for g in group):
            return "quote"
    if not said.tokens.numbers <= frozenset().union(*(g.numbers for g in group)):
        return "number"
    if not all(any(_counts(said, at, g) for g in group) for at in _counting(said)):
        return "number"
    months = frozenset(said.tokens.months.values())
    if not months <= frozenset().union(*(g.months for g in group)):
        return "date"
    if not said_days(said.tokens) <= frozenset().union(*(g.days for g in group)):
        return "date"
    return None


def _counting(said: ParsedClaim) -> list[int]:
    """The places of numbers that count something named right behind them."""
    found, months = said.tokens.words, said.tokens.months
    return [
        at
        for at, word in enumerate(found[:-1])
        if word[0].isdecimal()
        and at + 1 not in months
        and not found[at + 1][0].isdecimal()
        and found[at + 1] not in _UNCOUNTED
    ]


def _counts(said: ParsedClaim, at: int, ground: EvidencePassage) -> bool:
    """Whether the number at ``at`` counts the same thing in ``ground``."""
    number, thing = said.tokens.words[at], said.tokens.words[at + 1]
    things = ground.index.where(thing)
    return any(
        0 < there - place <= _COUNTED_WITHIN or there == place - 1
        for place in ground.index.where(number)
        for there in things
    )


def denied(said: ParsedClaim, group: Sequence[EvidencePassage]) -> Fault | None:
    """Whether something is stated that the passages deny or leave in doubt, or the reverse."""
    surely, maybe = (standing(said.tokens, within) for within in (SURELY, MAYBE))
    for word in said.content:
        if any(g.stands(word, SURELY) for g in group) and not _stands_alike(
            surely[word], maybe[word], word, group
        ):
            return "denied"
    if not denies(said.tokens) and any(g.denies(said.items) for g in group):
        return "denied"
    if CAUSAL & frozenset(said.tokens.words) and not any(
        CAUSAL & frozenset(g.tokens.words) for g in group
    ):
        return "cause"
    return None


def _stands_alike(
    surely: frozenset[str], maybe: frozenset[str], word: str, group: Sequence[EvidencePassage]
) -> bool:
    """Whether some passage has ``word`` as it was said: denied, doubted or plain.

    What is surely denied here must perhaps be denied there, and what surely is not here must not
    surely be there: how far a negation reaches is a guess on both sides.
    """
    there_surely = frozenset().union(*(g.stands(word, SURELY) for g in group))
    there_maybe = frozenset().union(*(g.stands(word, MAYBE) for g in group))
    if "plain" not in surely:
        return bool(surely & there_maybe)
    return maybe != frozenset({"plain"}) or "plain" in there_surely


def worded(said: ParsedClaim, group: Sequence[EvidencePassage]) -> Fault | None:
    """Whether every word that claims something stands in the passages, near its neighbours."""
    if OPINION & frozenset(tokens(unquoted(said.text)).words) or _stammers(said.tokens.words):
        return "word"
    if not all(any(g.vocabulary.has(w) for g in group) for w in said.content):
        return "word"
    near = [any(_near(a, b, g) for g in group) for a, b in pairwise(said.items)]
    alone = any(not (before or after) for before, after in pairwise([False, *near, False]))
    if near and (alone or sum(near) < PIECED * len(near)):
        return "pieced"
    return None


def _stammers(found: Sequence[str]) -> bool:
    """Whether the same three words come again and again, as from a model that has lost its way."""
    runs = Counter(zip(found, found[1:], found[2:], strict=False))
    return max(runs.values(), default=0) > 2


def _near(one: str, other: str, ground: EvidencePassage) -> bool:
    theirs = ground.index.where(other)
    return any(abs(a - b) <= NEAR for a in ground.index.where(one) for b in theirs)
