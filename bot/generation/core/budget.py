"""How much of the passages a model is given: what its context leaves room for. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.generation.core.prompt import Excerpt
from ingest.text.sentences import split_sentences
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import RetrievedPassage

PROMPT_TOKENS = 900
"""What rules, tags and the form of the question take, rounded up."""
PASSAGE_TOKENS = 60
"""What a passage's tags, headline and date take."""
SHORTEST_EXCERPT = 40
"""Tokens under which an excerpt says nothing; then there are fewer excerpts instead."""

_LATIN = re.compile(r"[ -~]")


def estimated_tokens(text: str) -> int:
    """Tokens of ``text`` in whatever model, rather too many than too few.

    Tokenisers differ, and those of most models are not at hand: two characters of Arabic and three
    of ASCII are taken for a token.
    """
    latin = len(_LATIN.findall(text))
    return -(-latin // 3) + -(-(len(text) - latin) // 2)


def room_for_passages(context: int, answer: int, question: str, thread: Sequence[str]) -> int:
    """Tokens left for passages in a context of ``context`` with an answer of ``answer``."""
    asked = estimated_tokens(question) + sum(map(estimated_tokens, thread))
    return max(0, context - answer - PROMPT_TOKENS - asked)


def fitted(passages: Sequence[RetrievedPassage], room: int, question: str) -> list[Excerpt]:
    """``passages`` cut to ``room`` tokens: the longest first, at sentence ends.

    What stays of one is the stretch of whole sentences around those that share most words with the
    question. Where even short excerpts of all do not fit, the last passages go; the first stays.
    """
    kept = list(passages)
    while kept:
        level = _level([estimated_tokens(p.text) for p in kept], room - PASSAGE_TOKENS * len(kept))
        longest = max(estimated_tokens(p.text) for p in kept)
        if len(kept) == 1 or level >= min(SHORTEST_EXCERPT, longest):
            cut = [_excerpt(p, level, question) for p in kept]
            # A single sentence may be longer than what its passage was given.
            taken = sum(PASSAGE_TOKENS + estimated_tokens(e.text) for e in cut)
            if len(kept) == 1 or taken <= room:
                return cut
        kept.pop()
    return []


def _level(lengths: Sequence[int], room: int) -> int:
    """The length to which the longest must be cut so that all together take ``room``."""
    left, level = max(0, room), 0
    for count, length in zip(range(len(lengths), 0, -1), sorted(lengths), strict=True):
        if (length - level) * count > left:
            return level + left // count
        left -= (length - level) * count
        level = length
    return level


def _excerpt(passage: RetrievedPassage, tokens: int, question: str) -> Excerpt:
    if estimated_tokens(passage.text) <= tokens:
        return Excerpt(passage, passage.text)
    spans = split_sentences(passage.text)
    asked = _stems(question)
    worth = [len(asked & _stems(passage.text[a:b])) for a, b in spans]
    first = last = max(range(len(spans)), key=lambda i: (worth[i], -i))
    while (wider := _wider(passage, spans, worth, first, last, tokens)) is not None:
        first, last = wider
    start, end = spans[first][0], spans[last][1]
    return Excerpt(passage, passage.text[start:end], start)


def _wider(
    passage: RetrievedPassage,
    spans: Sequence[tuple[int, int]],
    worth: Sequence[int],
    first: int,
    last: int,
    tokens: int,
) -> tuple[int, int] | None:
    """The stretch with one more sentence, the better neighbour first; None when nothing fits."""
    choices = [(first - 1, last, first - 1), (first, last + 1, last + 1)]
    inside = [c for c in choices if 0 <= c[2] < len(spans)]
    for a, b, _ in sorted(inside, key=lambda c: -worth[c[2]]):
        if estimated_tokens(passage.text[spans[a][0] : spans[b][1]]) <= tokens:
            return a, b
    return None


def _stems(text: str) -> set[str]:
    return {stem(w) for w in words(text) if w not in STOP_WORDS}
