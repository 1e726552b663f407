"""Compares a reply with the gold answers: contains-gold, token F1, exact match.

Token F1 and exact match are those of SQuAD (Rajpurkar et al. 2016): the highest over the gold
answers. SQuAD's systems return a span, Rawi quotes whole sentences; so both are computed on the
shortest of the reply's cited quotes and its text. They stay far below 1 for quoted answers, for
which ``contains_gold`` is the measure to read.

A refusal of an answerable question scores 0 here. Every measure is None without gold answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evaluation.core.normalise import tokens

if TYPE_CHECKING:
    from bot.core.models import Answer, Citation
    from evaluation.testsets.testsets import GoldQuestion

_MARKER = re.compile(r"[\[【]\s*\d+(?:\s*[,،]\s*\d+)*\s*[\]】]")
_PROCLITICS = "وفبلك"
_SHORTEST_AFTER_PROCLITIC = 3


def answer_measures(gold: GoldQuestion, answer: Answer) -> dict[str, float | None]:
    """``contains_gold``, ``token_f1``, ``exact_match`` and ``highlight_f1`` of one reply."""
    names = ("contains_gold", "token_f1", "exact_match", "highlight_f1")
    golds = [text for text in gold.answers if tokens(text)]
    if not golds or gold.answerable is False:
        return dict.fromkeys(names)
    if answer.refused:
        return dict(zip(names, (0.0, 0.0, 0.0, None), strict=True))
    candidates = list(candidate_texts(answer))
    shortest = min(candidates, key=lambda text: len(tokens(text)))
    highlight = _highlight(answer.citations)
    return {
        "contains_gold": float(any(contains(text, g) for text in candidates for g in golds)),
        "token_f1": max(token_f1(shortest, g) for g in golds),
        "exact_match": max(exact_match(shortest, g) for g in golds),
        "highlight_f1": None if highlight is None else max(token_f1(highlight, g) for g in golds),
    }


def candidate_texts(answer: Answer) -> Iterator[str]:
    """The texts of a reply that may hold the answer: cited quotes, and the text without markers."""
    yield from (citation.quote for citation in answer.citations if tokens(citation.quote))
    yield without_markers(answer.text)


def without_markers(text: str) -> str:
    """``text`` with its ``[1]`` markers replaced by spaces: their numbers are no words of it."""
    return _MARKER.sub(" ", text)


def contains(text: str, gold: str) -> bool:
    """Whether the normalised words of ``gold`` occur in ``text`` consecutively.

    Whole words are compared: 21 does not match 21,300. The first word may carry a proclitic
    («و ف ب ل ك»: «وبلينكن» contains «بلينكن») if it has at least three letters.
    """
    words, gold_words = tokens(text), tokens(gold)
    size = len(gold_words)
    return size > 0 and any(
        words[at + 1 : at + size] == gold_words[1:] and _matches(words[at], gold_words[0])
        for at in range(len(words) - size + 1)
    )


def _matches(word: str, gold_word: str) -> bool:
    if word == gold_word:
        return True
    return (
        len(gold_word) >= _SHORTEST_AFTER_PROCLITIC
        and word[1:] == gold_word
        and word[0] in _PROCLITICS
        and not gold_word[0].isascii()
    )


def token_f1(prediction: str, gold: str) -> float:
    """Harmonic mean of word precision and recall, as in SQuAD's evaluation script.

    Example:
        >>> token_f1("وصل 21 قتيلا", "21 قتيلا")
        0.8
    """
    predicted, expected = tokens(prediction), tokens(gold)
    if not predicted or not expected:
        return float(predicted == expected)
    common = sum((Counter(predicted) & Counter(expected)).values())
    return 2 * common / (len(predicted) + len(expected))


def exact_match(prediction: str, gold: str) -> float:
    """1.0 when both have the same words in the same order, else 0.0."""
    return float(tokens(prediction) == tokens(gold))


def _highlight(citations: Sequence[Citation]) -> str | None:
    """The highlighted span of the first citation that has one."""
    for citation in citations:
        first, last = citation.highlight_start, citation.highlight_end
        if first is not None and last is not None:
            return citation.quote[first - citation.start : last - citation.start]
    return None
