"""Whether the articles affirm or deny what a question asks or takes for granted.

The reading model estimates it of each sentence; see `vectorstore.reader.network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.sentence_features import Sentence
from bot.core.models import Verdict

MIN_SURE = 0.7
"""Probability of "yes" or "no" from which on it is said."""
MIN_SCORE_SHARE = 0.4
"""Share of the best score from which on a sentence that says it more clearly is taken."""
MAX_UNKNOWN_SCORE = -4.0
"""Best span score up to which it is said that the articles do not tell it."""
MIN_DENIED = 0.8
"""Probability from which on a sentence is said to deny what a question takes for granted."""


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """The sentence that bears out a verdict."""

    verdict: Verdict | None
    sentence: Sentence


def judge(sentences: Sequence[Sentence]) -> JudgedSentence | None:
    """The sentence that tells what a yes/no question asks, with its verdict.

    The verdict is None where it is unsure, and ``unknown`` where nothing tells it; then the
    sentence is the best one. None if nothing was read.
    """
    read = [s for s in sentences if s.span_score is not None]
    if not read:
        return None
    best = max(read, key=lambda s: s.score)
    if max(s.span_score or 0.0 for s in read) <= MAX_UNKNOWN_SCORE:
        return JudgedSentence("unknown", best)
    near = [s for s in read if s.score >= MIN_SCORE_SHARE * best.score]
    clearest = max(near, key=_certainty)
    if _certainty(clearest) < MIN_SURE:
        return JudgedSentence(None, best)
    return JudgedSentence("yes" if clearest.affirmed > 0.5 else "no", clearest)


def _certainty(sentence: Sentence) -> float:
    return max(sentence.affirmed, 1 - sentence.affirmed)


def premise_denial(sentences: Sequence[Sentence]) -> JudgedSentence | None:
    """The best sentence, if it says that what a question takes for granted is not so."""
    best = max(sentences, key=lambda s: s.score, default=None)
    if best is None or best.span_score is None or 1 - best.affirmed < MIN_DENIED:
        return None
    return JudgedSentence("no", best)
