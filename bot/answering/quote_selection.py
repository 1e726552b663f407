"""Quoted answers: the sentences that answer, verbatim, chosen from what retrieval found."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from bot.answering import linear_model
from bot.answering.linear_model import LinearModel
from bot.answering.sentence_features import Sentence
from vectorstore.core.text_analysis import STOP_WORDS, stem, words

SECOND_SENTENCE = 0.25
"""A neighbouring sentence joins the quote when it scores at least this share of the best …"""
NEXT_SOURCE = 0.5
"""… and a sentence of another passage is cited beside it from this share on."""
QUOTED_BEFORE_PENALTY = 1.0
"""Logits taken from a sentence that answered the question before."""
PUBLISHED_THEN_BONUS = 1.0
"""Logits given to the sentences of articles published when the question says it happened."""
_SAME = 0.6  # share of words from which on two sentences say the same
_LONGEST_QUOTE = 700  # characters
# Openings that hang on the sentence before them.
DEPENDENT_OPENING = re.compile(
    r"^(?:و(?:أضاف|تابع|أوضح|أكد|قال|أشار|لفت|شدد|زاد|ذكر)|كما |لكنه |لكنها |إلا أنه |"
    r"وهو |وهي |وهم |"
    r"(?:He|She|It|They|But|However|This|That)\b)"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim stretch of an article that answers (part of) a question."""

    sentence: Sentence
    start: int
    end: int
    text: str
    probability: float


def score_sentences(
    sentences: Sequence[Sentence],
    model: LinearModel | None = None,
    *,
    seen: Sequence[tuple[str, int, int]] = (),
    then: Set[str] = frozenset(),
) -> None:
    """Set every sentence's ``score``: the probability that it is the one with the answer.

    ``model`` is the shipped one unless given; a softmax over ``sentences`` makes its logits
    probabilities. ``seen`` are the ``(article id, start, end)`` that the reader was shown for the
    question before; a follow-up rarely asks for them again. ``then`` are the ids of
    articles that were published when the question says it happened.
    """
    if not sentences:
        return
    model = model or linear_model.load("sentence")
    for sentence in sentences:
        sentence.logit = model.score(sentence.features)
        if any(_stands_in(sentence, *quote) for quote in seen):
            sentence.logit -= QUOTED_BEFORE_PENALTY
        if sentence.passage.article.id in then:
            sentence.logit += PUBLISHED_THEN_BONUS
    softmax_scores(sentences)


def softmax_scores(sentences: Sequence[Sentence]) -> None:
    """Make probabilities of the sentences' logits, by a softmax over them."""
    highest = max(s.logit for s in sentences)
    total = sum(math.exp(s.logit - highest) for s in sentences)
    for sentence in sentences:
        sentence.score = math.exp(sentence.logit - highest) / total


def _stands_in(sentence: Sentence, article_id: str, start: int, end: int) -> bool:
    same = sentence.passage.article.id == article_id
    return same and start <= sentence.start and sentence.end <= end


def choose_quotes(sentences: Sequence[Sentence], *, limit: int) -> list[Quote]:
    """The quotes of an answer, best first, at most ``limit``, none repeating another.

    ``sentences`` are all those of the passages; the ones nobody scored have score 0.
    """
    ranked = sorted(sentences, key=lambda s: (-s.score, s.rank, s.start))
    chosen: list[Quote] = []
    for sentence in ranked:
        if len(chosen) == limit:
            break
        if chosen:
            if sentence.score < NEXT_SOURCE * chosen[0].probability:
                break
            if any(_overlap(sentence, quote) for quote in chosen):
                continue
        chosen.append(_with_neighbour(sentence, sentences))
    return chosen


def _overlap(sentence: Sentence, quote: Quote) -> bool:
    """Whether ``sentence`` stands in the quote's passage, or says the same in another."""
    if sentence.passage.id == quote.sentence.passage.id:
        return True
    mine = {stem(w) for w in words(sentence.text) if w not in STOP_WORDS}
    theirs = {stem(w) for w in words(quote.text) if w not in STOP_WORDS}
    return bool(mine) and len(mine & theirs) >= _SAME * min(len(mine), len(theirs))


def _with_neighbour(best: Sentence, sentences: Sequence[Sentence]) -> Quote:
    """``best``, with the sentence before it where it leans on that, or a telling one beside it."""
    passage = best.passage
    siblings = sorted((s for s in sentences if s.passage.id == passage.id), key=lambda s: s.start)
    at = siblings.index(best)
    before = siblings[at - 1] if at else None
    after = siblings[at + 1] if at + 1 < len(siblings) else None
    if before is not None and DEPENDENT_OPENING.match(best.text):
        wanted = [before]
    else:
        wanted = [s for s in (before, after) if s and s.score >= SECOND_SENTENCE * best.score]
    start, end = best.start, best.end
    if wanted:
        other = max(wanted, key=lambda s: s.score)
        if max(end, other.end) - min(start, other.start) <= _LONGEST_QUOTE:
            start, end = min(start, other.start), max(end, other.end)
    text = passage.text[start - passage.start : end - passage.start]
    return Quote(best, start, end, text, best.score)
