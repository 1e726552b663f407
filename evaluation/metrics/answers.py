"""Whether a reply says what the gold answers say: contains-gold, token F1, exact match.

Token F1 and exact match are those of SQuAD (Rajpurkar et al. 2016): the highest over the gold
answers. SQuAD's systems give a span where Rawi quotes whole sentences, so both look at the
shortest thing the reply offers (a cited quote, or the text itself where it is shorter); in quoted
answers they stay far from 1, and ``contains_gold`` is the measure to read.

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
_PARTICLES = "وفبلك"
_SHORTEST_AFTER_PARTICLE = 3


def answer_measures(gold: GoldQuestion, answer: Answer) -> dict[str, float | None]:
    """``contains_gold``, ``token_f1``, ``exact_match`` and ``highlight_f1`` of one reply."""
    names = ("contains_gold", "token_f1", "exact_match", "highlight_f1")
    golds = [text for text in gold.answers if tokens(text)]
    if not golds or gold.answerable is False:
        return dict.fromkeys(names)
    if answer.refused:
        return dict(zip(names, (0.0, 0.0, 0.0, None), strict=True))
    offered = list(candidate_texts(answer))
    shortest = min(offered, key=lambda text: len(tokens(text)))
    highlight = _highlight(answer.citations)
    return {
        "contains_gold": float(any(contains(text, g) for text in offered for g in golds)),
        "token_f1": max(token_f1(shortest, g) for g in golds),
        "exact_match": max(exact_match(shortest, g) for g in golds),
        "highlight_f1": None if highlight is None else max(token_f1(highlight, g) for g in golds),
    }


def candidate_texts(answer: Answer) -> Iterator[str]:
    """What a reply tells the reader: each cited quote, and the text without its markers."""
    yield from (citation.quote for citation in answer.citations if tokens(citation.quote))
    yield _MARKER.sub(" ", answer.text)


def contains(text: str, gold: str) -> bool:
    """Whether the words of ``gold`` stand in ``text``, one after the other.

    Words are compared whole: 21 does not stand in 21,300. Only the first may follow a particle
    that Arabic writes onto it («و ف ب ل ك»: «وبلينكن» has «بلينكن»), if it has three letters.
    """
    words, wanted = tokens(text), tokens(gold)
    return bool(wanted) and any(
        words[at + 1 : at + len(wanted)] == wanted[1:] and _is_word(words[at], wanted[0])
        for at in range(len(words) - len(wanted) + 1)
    )


def _is_word(word: str, wanted: str) -> bool:
    if word == wanted:
        return True
    return (
        len(wanted) >= _SHORTEST_AFTER_PARTICLE
        and word[1:] == wanted
        and word[0] in _PARTICLES
        and not wanted[0].isascii()
    )


def token_f1(prediction: str, gold: str) -> float:
    """Harmonic mean of precision and recall of the words, as SQuAD's script counts them.

    Example:
        >>> token_f1("وصل 21 قتيلا", "21 قتيلا")
        0.8
    """
    said, wanted = tokens(prediction), tokens(gold)
    if not said or not wanted:
        return float(said == wanted)
    same = sum((Counter(said) & Counter(wanted)).values())
    return 2 * same / (len(said) + len(wanted))


def exact_match(prediction: str, gold: str) -> float:
    """1 when both have the same words in the same order, else 0."""
    return float(tokens(prediction) == tokens(gold))


def _highlight(citations: Sequence[Citation]) -> str | None:
    """The words that the first highlighting citation marks as the answer."""
    for citation in citations:
        first, last = citation.highlight_start, citation.highlight_end
        if first is not None and last is not None:
            return citation.quote[first - citation.start : last - citation.start]
    return None
