"""Splits articles into passages: runs of whole sentences that fit the embedder, with offsets."""

from __future__ import annotations

import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from ingest.text.boilerplate import boilerplate_spans
from ingest.text.sentences import split_sentences
from vectorstore.core.characters import JOINERS
from vectorstore.core.types import Article, Passage

CHARACTERS_PER_TOKEN = 16
"""Most characters per token of the budget, since a tokenizer may make one unknown token of
megabytes."""
TAIL_SHARE = 0.15
"""A last passage under this share of the budget joins the one before …"""
TAIL_TOLERANCE = 1.2
"""… if together they stay under this multiple of it."""

_CLAUSE_MARKS = "،؛;,:"


@dataclass(frozen=True, slots=True)
class Chunker:
    """Splits articles into passages of whole sentences.

    ``token_starts`` returns the offsets (characters, ascending) at which the embedder's tokens
    begin in a text; ``max_tokens`` is the budget of a passage. Only a last passage that was joined
    with a short rest exceeds it, by at most a fifth.

    Raises:
        ValueError: ``max_tokens`` is under 1.
    """

    token_starts: Callable[[str], list[int]]
    max_tokens: int = 256

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {self.max_tokens}")

    def __call__(self, article: Article, boilerplate: Set[int] = frozenset()) -> list[Passage]:
        """The passages of ``article`` in reading order, without overlap.

        Together they hold every character of ``article.text`` that is not white space, except
        boilerplate: lines found by ``ingest.text.boilerplate`` and those whose keys are in
        ``boilerplate``. An article of nothing but boilerplate is kept whole.
        """
        text = article.text
        counter = _TokenCounter(text, self.token_starts(text), self.max_tokens)
        sentences = split_sentences(text)
        parts = _without_spans(sentences, boilerplate_spans(text, boilerplate, article.title))
        spans = [
            span
            for part in (parts or [sentences])
            for span in _join_short_tail(_pack(_paragraphs(text, part, counter), counter), counter)
        ]
        return [Passage(i, start, end, text[start:end]) for i, (start, end) in enumerate(spans)]


def _without_spans(
    sentences: Sequence[tuple[int, int]], removed: Sequence[tuple[int, int]]
) -> list[list[tuple[int, int]]]:
    """Runs of ``sentences`` between the spans ``removed``."""
    parts: list[list[tuple[int, int]]] = [[]]
    spans = iter([*removed, (sys.maxsize, sys.maxsize)])
    start, end = next(spans)
    for sentence in sentences:
        while end <= sentence[0]:
            start, end = next(spans)
        if sentence[0] < start:
            parts[-1].append(sentence)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


class _TokenCounter:
    """Measures spans of one text in tokens."""

    def __init__(self, text: str, starts: list[int], max_tokens: int) -> None:
        self.text = text
        self.max_tokens = max_tokens
        self._starts = starts

    def tokens(self, start: int, end: int) -> int:
        """The number of tokens in ``[start, end)``, including one that ``start`` splits."""
        return bisect_left(self._starts, end) - self._first(start)

    def fits(self, start: int, end: int, *, tolerance: float = 1.0) -> bool:
        """Whether ``[start, end)`` is within ``tolerance`` times the budget."""
        budget = int(self.max_tokens * tolerance)
        return end - start <= budget * CHARACTERS_PER_TOKEN and self.tokens(start, end) <= budget

    def farthest_end(self, start: int) -> int:
        """The farthest end of a span from ``start`` that fits; at least one character on."""
        index = self._first(start) + self.max_tokens
        end = self._starts[index] if index < len(self._starts) else len(self.text)
        end = min(end, start + self.max_tokens * CHARACTERS_PER_TOKEN)
        return max(end, start + 1)

    def _first(self, start: int) -> int:
        """The index of the token that begins at ``start`` or is split by it."""
        first = bisect_left(self._starts, start)
        begins_here = first < len(self._starts) and self._starts[first] == start
        return first if begins_here or first == 0 else first - 1


def _paragraphs(
    text: str, sentences: Sequence[tuple[int, int]], counter: _TokenCounter
) -> Iterator[list[tuple[int, int]]]:
    """The sentences of each paragraph; those over the budget are split into pieces."""
    paragraph = 0
    numbered: list[tuple[int, tuple[int, int]]] = []
    previous_end = 0
    for start, end in sentences:
        paragraph += text.count("\n", previous_end, start)
        numbered.extend((paragraph, piece) for piece in _pieces(start, end, counter))
        previous_end = end
    for _, group in groupby(numbered, key=lambda item: item[0]):
        yield [span for _, span in group]


def _pack(
    paragraphs: Iterator[list[tuple[int, int]]], counter: _TokenCounter
) -> list[tuple[int, int]]:
    """Fill passages sentence by sentence; one that is half full ends with its paragraph if the next
    paragraph does not fit."""
    packed: list[tuple[int, int]] = []
    open_span: tuple[int, int] | None = None
    for sentences in paragraphs:
        if (
            open_span
            and not counter.fits(open_span[0], sentences[-1][1])
            and 2 * counter.tokens(*open_span) >= counter.max_tokens
        ):
            packed.append(open_span)
            open_span = None
        for start, end in sentences:
            if open_span and counter.fits(open_span[0], end):
                open_span = (open_span[0], end)
            else:
                if open_span:
                    packed.append(open_span)
                open_span = (start, end)
    if open_span:
        packed.append(open_span)
    return packed


def _join_short_tail(spans: list[tuple[int, int]], counter: _TokenCounter) -> list[tuple[int, int]]:
    if len(spans) < 2 or counter.tokens(*spans[-1]) >= TAIL_SHARE * counter.max_tokens:
        return spans
    joined = (spans[-2][0], spans[-1][1])
    return [*spans[:-2], joined] if counter.fits(*joined, tolerance=TAIL_TOLERANCE) else spans


def _pieces(start: int, end: int, counter: _TokenCounter) -> Iterator[tuple[int, int]]:
    """Spans of ``[start, end)`` that fit, split at clause marks, else spaces, else anywhere."""
    text = counter.text
    while not counter.fits(start, end):
        last = split = _split_point(text, start, min(counter.farthest_end(start), end))
        if split >= end:  # a single character of more tokens than the budget
            break
        while text[last - 1].isspace():
            last -= 1
        yield start, last
        start = split
        while text[start].isspace():
            start += 1
    yield start, end


def _split_point(text: str, start: int, limit: int) -> int:
    """Where to split ``text[start:limit]``, preferably in its second half; after ``start``."""
    limit_is_space = limit >= len(text) or text[limit].isspace() or text[limit - 1].isspace()
    middle = (start + limit) // 2
    for position in range(limit - 1, middle, -1):
        if text[position].isspace() and text[position - 1] in _CLAUSE_MARKS:
            return position
    if limit_is_space:
        return limit
    for position in range(limit - 1, start, -1):
        if text[position].isspace():
            return position
    return _grapheme_start(text, start, limit)


def _grapheme_start(text: str, start: int, limit: int) -> int:
    """The last offset up to ``limit`` that splits no visible character; ``limit`` if none is near.

    An approximation of Unicode's grapheme clusters (UAX #29) that covers combining marks, joiners,
    emoji with modifiers and flags.
    """
    for position in range(limit, max(start, limit - 64), -1):
        if not _continues(text, position):
            return position
    return limit


def _continues(text: str, position: int) -> bool:
    """Whether the character at ``position`` belongs to the one before it."""
    if position >= len(text):
        return False
    character, before = text[position], text[position - 1]
    if unicodedata.category(character) in {"Mn", "Mc", "Me"} or character in JOINERS:
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or before in JOINERS:
        return True
    # Two regional indicators make a flag; an even run of them before begins a new one.
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        run = 0
        while run < position and "\U0001f1e6" <= text[position - 1 - run] <= "\U0001f1ff":
            run += 1
            if run > 64:
                break
        return run % 2 == 1
    return False
