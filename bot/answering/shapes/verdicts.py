"""Whether the articles affirm or deny what a question asks or takes for granted.

The reading model estimates it for each text that it reads; see `vectorstore.reader.network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.sentence_features import Sentence
from bot.core.models import Verdict

MIN_SAID = 0.5
"""Probability of "yes" or "no" from which on it is said."""
MAX_UNKNOWN = 0.2
"""Probability of both up to which it is said that the articles do not tell it."""
MIN_DENIED = 0.6
"""Probability from which on a text is said to deny what a question takes for granted."""
SCORE_WEIGHT = 0.3
"""Weight of a sentence's relative score beside the probability that its text tells it."""


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """The sentence that bears out a verdict, and the probability that its text tells it."""

    verdict: Verdict | None
    sentence: Sentence
    stated: float


def judge(sentences: Sequence[Sentence]) -> JudgedSentence | None:
    """The sentence that best tells what a yes/no question asks, with its verdict.

    The verdict is None where it is unsure, and ``unknown`` where nothing tells it; then the
    sentence is the best one. None if nothing was read.
    """
    read = [s for s in sentences if s.span_score is not None]
    if not read:
        return None
    best = max(read, key=lambda s: s.score)
    top = max(best.score, 1e-9)
    told = max(read, key=lambda s: (_said(s) + SCORE_WEIGHT * s.score / top, s.span_score))
    said = _said(told)
    if said >= MIN_SAID:
        return JudgedSentence("yes" if told.yes > told.no else "no", told, said)
    return JudgedSentence("unknown" if said <= MAX_UNKNOWN else None, best, said)


def premise_denial(sentences: Sequence[Sentence]) -> JudgedSentence | None:
    """The sentence that says that what a question takes for granted is not so; None without one.

    It is in the text of the best sentence, where the reading model finds the words that deny it.
    """
    best = max(sentences, key=lambda s: s.score, default=None)
    if best is None or best.span_score is None or best.no < MIN_DENIED:
        return None
    article = best.passage.article.id
    together = [
        s
        for s in sentences
        if s.passage.article.id == article and s.span_score is not None and s.no >= MIN_DENIED
    ]
    denying = max(together, key=lambda s: s.span_score or -99.0)
    return JudgedSentence("no", denying, best.no)


def _said(sentence: Sentence) -> float:
    return max(sentence.yes, sentence.no)
