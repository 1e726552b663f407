"""Selects and shortens passages to fit the context of a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.generation.core.prompt import PromptPassage
from ingest.text.sentences import split_sentences
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import RetrievedPassage

PROMPT_TOKENS = 900
"""Tokens of the rules, tags and the wording around the question, rounded up."""
PASSAGE_TOKENS = 60
"""Tokens of a passage's tags, headline and date."""
MIN_PASSAGE_TOKENS = 40
"""Passages are not shortened below this; the last ones are dropped instead."""

_ASCII = re.compile(r"[ -~]")


def estimate_tokens(text: str) -> int:
    """An upper estimate of the tokens of ``text`` in any model.

    Assumes two characters of Arabic and three of ASCII per token.
    """
    ascii_characters = len(_ASCII.findall(text))
    return -(-ascii_characters // 3) + -(-(len(text) - ascii_characters) // 2)


def passage_budget(
    context_tokens: int, answer_tokens: int, question: str, past_turns: Sequence[str]
) -> int:
    """Tokens that the context leaves for passages."""
    used = sum(map(estimate_tokens, [question, *past_turns]))
    return max(0, context_tokens - answer_tokens - PROMPT_TOKENS - used)


def fit_passages(
    passages: Sequence[RetrievedPassage], budget: int, question: str
) -> list[PromptPassage]:
    """``passages`` shortened to ``budget`` tokens in all, the longest first.

    A shortened passage is the run of whole sentences around the one that shares most words with
    the question. If even short ones do not fit, the last passages are dropped, never the first.
    """
    remaining = list(passages)
    while remaining:
        lengths = [estimate_tokens(p.text) for p in remaining]
        limit = _length_limit(lengths, budget - PASSAGE_TOKENS * len(remaining))
        if len(remaining) == 1 or limit >= min(MIN_PASSAGE_TOKENS, max(lengths)):
            fitted = [_shorten(p, limit, question) for p in remaining]
            # A single sentence may be longer than the limit.
            total = sum(PASSAGE_TOKENS + estimate_tokens(p.text) for p in fitted)
            if len(remaining) == 1 or total <= budget:
                return fitted
        remaining.pop()
    return []


def _length_limit(lengths: Sequence[int], budget: int) -> int:
    """The length to which the longest have to be shortened for all to fit into ``budget``."""
    left, limit = max(0, budget), 0
    for count, length in zip(range(len(lengths), 0, -1), sorted(lengths), strict=True):
        if (length - limit) * count > left:
            return limit + left // count
        left -= (length - limit) * count
        limit = length
    return limit


def _shorten(passage: RetrievedPassage, limit: int, question: str) -> PromptPassage:
    if estimate_tokens(passage.text) <= limit:
        return PromptPassage(passage, passage.text)
    spans = split_sentences(passage.text)
    stems = _stems(question)
    overlaps = [len(stems & _stems(passage.text[a:b])) for a, b in spans]
    first = last = max(range(len(spans)), key=lambda i: (overlaps[i], -i))
    while (wider := _widen(passage, spans, overlaps, first, last, limit)) is not None:
        first, last = wider
    start, end = spans[first][0], spans[last][1]
    return PromptPassage(passage, passage.text[start:end], start)


def _widen(
    passage: RetrievedPassage,
    spans: Sequence[tuple[int, int]],
    overlaps: Sequence[int],
    first: int,
    last: int,
    limit: int,
) -> tuple[int, int] | None:
    """The run with one more sentence, the better neighbour first; None if none fits."""
    choices = [(first - 1, last, first - 1), (first, last + 1, last + 1)]
    valid = [c for c in choices if 0 <= c[2] < len(spans)]
    for a, b, _ in sorted(valid, key=lambda c: -overlaps[c[2]]):
        if estimate_tokens(passage.text[spans[a][0] : spans[b][1]]) <= limit:
            return a, b
    return None


def _stems(text: str) -> set[str]:
    return {stem(w) for w in words(text) if w not in STOP_WORDS}
