"""Checks whether a composed sentence is supported by the passages it cites.

A sentence is supported if, in the passages it cites taken together,

- every quotation occurs verbatim;
- every number occurs with what it counts, and so does every date;
- its words are affirmed, negated or uncertain as they are there;
- every content word occurs in some form (see :mod:`bot.generation.support.word_matching`);
- adjacent words occur near each other, so that it is not assembled from unrelated places;
- and some sentence has a similar meaning (cosine of the embeddings).

A sentence not supported by what it cites is checked against the other passages, and its citations
are corrected if one of them supports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from bot.generation.core.prompt import PromptPassage
from bot.generation.stream.sentence_stream import Claim
from bot.generation.support.evidence_passage import EvidencePassage
from bot.generation.support.support_rules import (
    Fault,
    ParsedClaim,
    check_facts,
    check_polarity,
    check_words,
)
from vectorstore.embedding.embedder import Vectors

Embed = Callable[[Sequence[str]], Vectors]
MIN_SIMILARITY = 0.82
"""Cosine that the most similar sentence must reach."""
MAX_SUPPORT_LENGTH = 600
"""Characters of a span of two sentences."""
_COMBINED_PASSAGES = 3
_COMPARED_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class SupportSpan:
    """The span of an article that supports a sentence."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SupportVerdict:
    """The result of checking a sentence.

    Attributes:
        support: The supporting span by passage number; empty if it is not supported.
        moved: Whether the sentence cited other passages than these.
        fault: Why it is not supported.
    """

    support: dict[int, SupportSpan] = field(default_factory=dict)
    moved: bool = False
    fault: Fault | None = None


class SupportChecker:
    """Checks sentences against the passages of the prompt."""

    def __init__(self, passages: Sequence[PromptPassage], embed: Embed) -> None:
        self._passages = {n: EvidencePassage(n, passage) for n, passage in enumerate(passages, 1)}
        self._embed = embed

    def check(self, claim: Claim) -> SupportVerdict:
        """The first set of passages that supports ``claim``, or why none does."""
        parsed = ParsedClaim(claim.text)
        if not parsed.terms or claim.text.endswith(("؟", "?")):
            return SupportVerdict(fault="no_claim")
        first_fault: Fault | None = None
        for passages in self._candidates(claim, parsed):
            fault = self._fault(parsed, passages)
            if fault is None:
                needed = self._remove_redundant(parsed, passages)
                return SupportVerdict(
                    {p.number: _support_span(parsed, p) for p in needed},
                    moved={p.number for p in needed} != set(claim.cited),
                )
            first_fault = first_fault or fault
        return SupportVerdict(fault=first_fault)

    def _candidates(self, claim: Claim, parsed: ParsedClaim) -> Iterator[list[EvidencePassage]]:
        """The sets of passages to try: those cited, each other one, then pairs."""
        cited = [self._passages[n] for n in claim.cited]
        if cited:
            yield cited
        ranked = sorted(self._passages.values(), key=lambda p: -p.index.count(parsed.terms))
        for passage in ranked:
            if [passage] != cited:
                yield [passage]
        if cited:
            yield from ([*cited, p] for p in ranked[:_COMBINED_PASSAGES] if p not in cited)
        yield from map(list, combinations(ranked[:_COMBINED_PASSAGES], 2))

    def _fault(self, claim: ParsedClaim, passages: list[EvidencePassage]) -> Fault | None:
        if any(p.is_arabic != claim.is_arabic for p in passages):
            return "word"
        return (
            check_facts(claim, passages)
            or check_polarity(claim, passages)
            or check_words(claim, passages)
            or self._check_similarity(claim, passages)
        )

    def _check_similarity(
        self, claim: ParsedClaim, passages: list[EvidencePassage]
    ) -> Fault | None:
        texts = [p.sentence(span) for p in passages for span in _compared_spans(claim, p)]
        if not texts:
            return "similarity"
        vectors = self._embed([claim.text, *texts])
        return None if float((vectors[1:] @ vectors[0]).max()) >= MIN_SIMILARITY else "similarity"

    def _remove_redundant(
        self, claim: ParsedClaim, passages: list[EvidencePassage]
    ) -> list[EvidencePassage]:
        """``passages`` without those that the others do not need."""
        needed = list(passages)
        for passage in sorted(passages, key=lambda p: p.index.count(claim.terms)):
            rest = [p for p in needed if p is not passage]
            if rest and self._fault(claim, [passage]) and self._fault(claim, rest) is None:
                needed = rest
        return needed


def _support_span(claim: ParsedClaim, passage: EvidencePassage) -> SupportSpan:
    """The sentence with most terms of the claim, with a neighbour that adds terms."""
    spans = passage.sentences
    covered = [{w for w in claim.terms if i.positions(w)} for i in passage.sentence_indexes]
    first = last = max(range(len(spans)), key=lambda i: len(covered[i]))
    terms = set(covered[first])
    for neighbour in (first + 1, first - 1):
        if 0 <= neighbour < len(spans) and covered[neighbour] - terms:
            a, b = min(first, neighbour), max(last, neighbour)
            if spans[b][1] - spans[a][0] <= MAX_SUPPORT_LENGTH:
                first, last, terms = a, b, terms | covered[neighbour]
    start = passage.prompt_passage.passage.start
    return SupportSpan(start + spans[first][0], start + spans[last][1])


def _compared_spans(claim: ParsedClaim, passage: EvidencePassage) -> list[tuple[int, int]]:
    """The sentences with most terms of the claim, and the best one with its successor."""
    spans, coverage = passage.sentences, passage.coverage(claim.terms)
    best = sorted(range(len(spans)), key=lambda i: -coverage[i])[:_COMPARED_SENTENCES]
    pairs = [(spans[i][0], spans[i + 1][1]) for i in best[:1] if i + 1 < len(spans)]
    return [spans[i] for i in best] + pairs
