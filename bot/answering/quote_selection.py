"""Selects the sentences that a quoted answer consists of."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from bot.answering import linear_model
from bot.answering.linear_model import LinearModel
from bot.answering.sentence_features import Sentence
from vectorstore.core.text_analysis import STOP_WORDS, stem, words

MIN_NEIGHBOUR_SHARE = 0.25
"""Share of the best score from which on a neighbouring sentence is added to the quote …"""
MIN_NEXT_SOURCE_SHARE = 0.5
"""… and a sentence of another passage is quoted beside it."""
QUOTED_BEFORE_PENALTY = 1.0
"""Logits subtracted from a sentence that was quoted in the turn a follow-up refers to."""
IN_PERIOD_BONUS = 1.0
"""Logits added to sentences of articles published in the period that the question names."""
_MIN_DUPLICATE_OVERLAP = 0.6  # share of common words from which on two sentences say the same
_MAX_QUOTE_LENGTH = 700  # characters
# Openings of sentences that are not understood without the one before.
DEPENDENT_OPENING = re.compile(
    r"^(?:و(?:أضاف|تابع|أوضح|أكد|قال|أشار|لفت|شدد|زاد|ذكر)|كما |لكنه |لكنها |إلا أنه |"
    r"وهو |وهي |وهم |"
    r"(?:He|She|It|They|But|However|This|That)\b)"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim quote that answers (part of) a question, with offsets in its article."""

    sentence: Sentence
    start: int
    end: int
    text: str
    probability: float


def score_sentences(
    sentences: Sequence[Sentence],
    model: LinearModel | None = None,
    *,
    earlier_quotes: Sequence[tuple[str, int, int]] = (),
    articles_in_period: Set[str] = frozenset(),
) -> None:
    """Set each sentence's ``logit``, and its ``score`` by a softmax over ``sentences``.

    Args:
        sentences: The sentences, with their features.
        model: The linear model; the shipped one by default.
        earlier_quotes: ``(article id, start, end)`` of what was quoted in the turns that a
            follow-up refers to; it rarely asks for them again.
        articles_in_period: Ids of articles published in the period that the question names.
    """
    if not sentences:
        return
    model = model or linear_model.load_linear_model("sentence")
    for sentence in sentences:
        sentence.logit = model.score(sentence.features)
        if any(_is_within(sentence, *quote) for quote in earlier_quotes):
            sentence.logit -= QUOTED_BEFORE_PENALTY
        if sentence.passage.article.id in articles_in_period:
            sentence.logit += IN_PERIOD_BONUS
    softmax_scores(sentences)


def softmax_scores(sentences: Sequence[Sentence]) -> None:
    """Set the scores to the softmax of the logits."""
    highest = max(s.logit for s in sentences)
    total = sum(math.exp(s.logit - highest) for s in sentences)
    for sentence in sentences:
        sentence.score = math.exp(sentence.logit - highest) / total


def _is_within(sentence: Sentence, article_id: str, start: int, end: int) -> bool:
    same = sentence.passage.article.id == article_id
    return same and start <= sentence.start and sentence.end <= end


def choose_quotes(sentences: Sequence[Sentence], *, limit: int) -> list[Quote]:
    """The quotes of an answer, best first, at most ``limit``, none repeating another.

    ``sentences`` are all those of the passages, with score 0 if they were not scored.
    """
    ranked = sorted(sentences, key=lambda s: (-s.score, s.rank, s.start))
    chosen: list[Quote] = []
    for sentence in ranked:
        if len(chosen) == limit:
            break
        if chosen:
            if sentence.score < MIN_NEXT_SOURCE_SHARE * chosen[0].probability:
                break
            if any(_overlap(sentence, quote) for quote in chosen):
                continue
        chosen.append(_with_neighbour(sentence, sentences))
    return chosen


def _overlap(sentence: Sentence, quote: Quote) -> bool:
    """Whether ``sentence`` is of the quote's passage, or says the same in another."""
    if sentence.passage.id == quote.sentence.passage.id:
        return True
    stems = {stem(w) for w in sentence.words if w not in STOP_WORDS}
    quoted = {stem(w) for w in words(quote.text) if w not in STOP_WORDS}
    return bool(stems) and len(stems & quoted) >= _MIN_DUPLICATE_OVERLAP * min(
        len(stems), len(quoted)
    )


def _with_neighbour(best: Sentence, sentences: Sequence[Sentence]) -> Quote:
    """``best``, with the sentence before if it depends on that, or a neighbour that scores well."""
    passage = best.passage
    siblings = sorted((s for s in sentences if s.passage.id == passage.id), key=lambda s: s.start)
    at = siblings.index(best)
    before = siblings[at - 1] if at else None
    after = siblings[at + 1] if at + 1 < len(siblings) else None
    if before is not None and DEPENDENT_OPENING.match(best.text):
        neighbours = [before]
    else:
        neighbours = [
            s for s in (before, after) if s and s.score >= MIN_NEIGHBOUR_SHARE * best.score
        ]
    start, end = best.start, best.end
    if neighbours:
        other = max(neighbours, key=lambda s: s.score)
        if max(end, other.end) - min(start, other.start) <= _MAX_QUOTE_LENGTH:
            start, end = min(start, other.start), max(end, other.end)
    text = passage.text[start - passage.start : end - passage.start]
    return Quote(best, start, end, text, best.score)
