"""Is a sentence borne out by the passages it cites? Decided before a reader sees it.

A sentence holds when, in the passages it cites taken together,

- every stretch between quotation marks stands to the letter;
- every number stands, with what it counts beside it, and so does every date;
- what it denies is denied and what it states is stated, not denied or left in doubt;
- every word that claims something stands in some form (see
:mod:`bot.generation.support.word_matching`);
- words that it puts side by side stand near each other, so that nothing is pieced together;
- and some sentence means much the same (cosine of the embeddings).

A sentence that does not hold on what it cites is tried on the other passages, and its citation
moved where one of them bears it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from bot.generation.core.prompt import Excerpt
from bot.generation.stream.sentence_stream import Claim
from bot.generation.support.evidence_passage import EvidencePassage
from bot.generation.support.support_rules import Fault, ParsedClaim, denied, hard_fault, worded
from vectorstore.embedding.embedder import Vectors

Embed = Callable[[Sequence[str]], Vectors]
SUPPORT = 0.82
"""Cosine of embeddings that the nearest sentence must reach."""
LONGEST_SUPPORT = 600
_TRIED_TOGETHER = 3
_COMPARED = 3


@dataclass(frozen=True, slots=True)
class Support:
    """The stretch of an article that bears a sentence out, offsets in the article."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SupportVerdict:
    """What came of checking a sentence.

    ``support`` holds, per passage that is cited in the end, what it has to say; empty where the
    sentence is not supported, and ``fault`` says why. ``moved``: it cited something else.
    """

    support: dict[int, Support] = field(default_factory=dict)
    moved: bool = False
    fault: Fault | None = None


class SupportChecker:
    """Checks sentences against numbered excerpts. Pure but for ``embed``."""

    def __init__(self, excerpts: Sequence[Excerpt], embed: Embed) -> None:
        self._grounds = {n: EvidencePassage(n, excerpt) for n, excerpt in enumerate(excerpts, 1)}
        self._embed = embed

    def judge(self, claim: Claim) -> SupportVerdict:
        """Whether ``claim`` holds, and on what."""
        said = ParsedClaim(claim.text)
        if not said.items or claim.text.endswith(("؟", "?")):
            return SupportVerdict(fault="nothing")
        first: Fault | None = None
        for group in self._groups(claim, said):
            fault = self._fault(said, group)
            if fault is None:
                needed = self._needed(said, group)
                return SupportVerdict(
                    {g.number: self._support(said, g) for g in needed},
                    moved={g.number for g in needed} != set(claim.cited),
                )
            first = first or fault
        return SupportVerdict(fault=first)

    def _groups(self, claim: Claim, said: ParsedClaim) -> Iterator[list[EvidencePassage]]:
        """What a sentence is tried on: what it cites, each other passage, then two together."""
        cited = [self._grounds[n] for n in claim.cited]
        if cited:
            yield cited
        ranked = sorted(self._grounds.values(), key=lambda g: -_share(said, g))
        for ground in ranked:
            if [ground] != cited:
                yield [ground]
        if cited:
            yield from ([*cited, g] for g in ranked[:_TRIED_TOGETHER] if g not in cited)
        yield from map(list, combinations(ranked[:_TRIED_TOGETHER], 2))

    def _fault(self, said: ParsedClaim, group: list[EvidencePassage]) -> Fault | None:
        same = [g for g in group if g.arabic == said.arabic]
        if len(same) < len(group):
            return "word"
        return (
            hard_fault(said, group)
            or denied(said, group)
            or worded(said, group)
            or self._meaning(said, group)
        )

    def _meaning(self, said: ParsedClaim, group: list[EvidencePassage]) -> Fault | None:
        texts = [g.sentence(span) for g in group for span in _likely(said, g)]
        if not texts:
            return "support"
        vectors = self._embed([said.text, *texts])
        return None if float((vectors[1:] @ vectors[0]).max()) >= SUPPORT else "support"

    def _needed(self, said: ParsedClaim, group: list[EvidencePassage]) -> list[EvidencePassage]:
        """``group`` without those that add nothing to the others."""
        needed = list(group)
        for ground in sorted(group, key=lambda g: _share(said, g)):
            rest = [g for g in needed if g is not ground]
            if rest and self._fault(said, [ground]) and self._fault(said, rest) is None:
                needed = rest
        return needed

    def _support(self, said: ParsedClaim, ground: EvidencePassage) -> Support:
        """The sentence of ``ground`` that says most of it, with a neighbour where that adds."""
        spans = ground.sentences
        there = [{w for w in said.items if i.where(w)} for i in ground.sentence_indexes]
        best = max(range(len(spans)), key=lambda i: len(there[i]))
        first = last = best
        have = set(there[best])
        for near in (best + 1, best - 1):
            if 0 <= near < len(spans) and there[near] - have:
                a, b = min(first, near), max(last, near)
                if spans[b][1] - spans[a][0] <= LONGEST_SUPPORT:
                    first, last, have = a, b, have | there[near]
        start = ground.excerpt.passage.start
        return Support(start + spans[first][0], start + spans[last][1])


def _share(said: ParsedClaim, ground: EvidencePassage) -> float:
    return sum(bool(ground.index.where(w)) for w in said.items) / len(said.items)


def _likely(said: ParsedClaim, ground: EvidencePassage) -> list[tuple[int, int]]:
    """The sentences that share most words with what was said, and pairs of neighbours."""
    spans = ground.sentences
    found = [sum(bool(i.where(w)) for w in said.items) for i in ground.sentence_indexes]
    best = sorted(range(len(spans)), key=lambda i: -found[i])[:_COMPARED]
    pairs = [(spans[i][0], spans[i + 1][1]) for i in best[:1] if i + 1 < len(spans)]
    return [spans[i] for i in best] + pairs
