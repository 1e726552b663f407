"""Is a sentence borne out by the passages it cites? Decided before a reader sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.composing.claims import Claim
from bot.composing.material import Excerpt
from bot.lexicon import concept
from ingest.sentences import split_sentences
from vectorstore.analysis import STOP_WORDS, words
from vectorstore.embedding.embedder import Vectors

Embed = Callable[[Sequence[str]], Vectors]
Fault = Literal["uncited", "quote", "number", "word", "support"]


@dataclass(frozen=True, slots=True)
class Support:
    """The stretch of an article that bears a sentence out, offsets in the article."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of checking a sentence.

    ``support`` holds, per passage that is cited in the end, what it has to say; empty where the
    sentence is not supported, and ``fault`` says why. ``moved``: it cited something else.
    """

    support: dict[int, Support] = field(default_factory=dict)
    moved: bool = False
    fault: Fault | None = None


class Checker:
    """Checks sentences against numbered excerpts."""

    def __init__(self, excerpts: Sequence[Excerpt], embed: Embed) -> None:
        self._excerpts = excerpts
        self._embed = embed

    def judge(self, claim: Claim) -> Verdict:
        """Whether ``claim`` holds, and on what."""
        numbers = range(1, len(self._excerpts) + 1)
        if claim.cited and all(self._bears_out(claim, n) for n in claim.cited):
            return Verdict({n: self._best(claim, n) for n in claim.cited})
        for n in (*claim.cited, *numbers):
            if self._bears_out(claim, n):
                return Verdict({n: self._best(claim, n)}, moved=True)
        return Verdict(fault="word")

    def _bears_out(self, claim: Claim, number: int) -> bool:
        excerpt = self._excerpts[number - 1]
        have = set(map(concept, words(f"{excerpt.passage.article.title} {excerpt.text}")))
        said = [w for w in words(claim.text) if w not in STOP_WORDS]
        return bool(said) and all(concept(w) in have for w in said)

    def _best(self, claim: Claim, number: int) -> Support:
        passage = self._excerpts[number - 1].passage
        said = set(map(concept, words(claim.text)))
        spans = split_sentences(passage.text)
        start, end = max(
            spans, key=lambda s: len(said & set(map(concept, words(passage.text[s[0] : s[1]]))))
        )
        return Support(passage.start + start, passage.start + end)
