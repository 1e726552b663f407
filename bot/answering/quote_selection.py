"""Selects the sentences that a quoted answer consists of."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from bot.answering import linear_model
from bot.answering.linear_model import LinearModel
from bot.answering.readability import is_self_contained, readable_span
from bot.answering.sentence_features import Sentence
from vectorstore.core.text_analysis import STOP_WORDS, stem, words
from vectorstore.core.types import RetrievedPassage

MIN_NEIGHBOUR_SHARE = 0.25
"""Share of the best score from which on a neighbouring sentence is added to the quote …"""
MIN_NEXT_SOURCE_SHARE = 0.5
"""… and a sentence of another passage is quoted beside it."""
QUOTED_BEFORE_PENALTY = 1.0
"""Logits subtracted from a sentence that was quoted in the turn a follow-up refers to."""
IN_PERIOD_BONUS = 1.0
"""Logits added to sentences of articles published in the period that the question names."""
_MIN_DUPLICATE_OVERLAP = 0.6  # share of common words from which on two sentences say the same
MAX_QUOTE_CHARACTERS = 300
"""Characters of a quote, unless a single sentence has more and cannot be cut."""
MIN_READABLE_SHARE = 0.6
"""Share of the best score from which on a sentence that stands alone is quoted instead of one that
does not, if it holds the same answering words."""
_CLAUSE_BORDER = re.compile(r"[،؛;]\s+|,\s+(?!\d)|\s[-–—]+\s")
_PAIRS = (("(", ")"), ("«", "»"), ("“", "”"), ("[", "]"))


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
    for sentence in _readable_first(ranked):
        if len(chosen) == limit:
            break
        if chosen:
            if sentence.score < MIN_NEXT_SOURCE_SHARE * chosen[0].probability:
                break
            if any(_overlap(sentence, quote) for quote in chosen):
                continue
        chosen.append(make_quote(sentence, sentences))
    return chosen


def _readable_first(ranked: Sequence[Sentence]) -> Sequence[Sentence]:
    """``ranked`` with the best sentence replaced by one that stands alone and says the same."""
    if not ranked or ranked[0].span is None or is_self_contained(ranked[0].text):
        return ranked
    best = ranked[0]
    answer = set(span_words(best))
    for other in ranked[1:]:
        if other.score < MIN_READABLE_SHARE * best.score:
            break
        if answer and answer <= set(other.words) and is_self_contained(other.text):
            return [other, *(s for s in ranked if s is not other)]
    return ranked


def span_words(sentence: Sentence) -> list[str]:
    """The normalised words of the sentence's span."""
    if sentence.span is None:
        return []
    first, last = sentence.span
    return words(sentence.text[first - sentence.start : last - sentence.start])


def _overlap(sentence: Sentence, quote: Quote) -> bool:
    """Whether ``sentence`` is of the quote's passage, or says the same in another."""
    if sentence.passage.id == quote.sentence.passage.id:
        return True
    stems = {stem(w) for w in sentence.words if w not in STOP_WORDS}
    quoted = {stem(w) for w in words(quote.text) if w not in STOP_WORDS}
    return bool(stems) and len(stems & quoted) >= _MIN_DUPLICATE_OVERLAP * min(
        len(stems), len(quoted)
    )


def make_quote(
    best: Sentence, sentences: Sequence[Sentence], *, limit: int = MAX_QUOTE_CHARACTERS
) -> Quote:
    """``best`` as a quote of at most ``limit`` characters that can be read by itself.

    It begins after a dateline or conjunction. The sentence before is added if it depends on that,
    else a neighbour that may answer as well. A longer sentence is cut
    at clause borders around its answering words.
    """
    passage = best.passage
    siblings = sorted((s for s in sentences if s.passage.id == passage.id), key=lambda s: s.start)
    at = siblings.index(best)
    before = siblings[at - 1] if at else None
    after = siblings[at + 1] if at + 1 < len(siblings) else None
    neighbours = []
    if not is_self_contained(best.text):
        neighbours = [before] if before and is_self_contained(before.text) else []
    else:
        near = MIN_NEIGHBOUR_SHARE * best.score
        neighbours = [s for s in (before, after) if s and s.score >= near and _may_answer(s)]
    start, end = _readable(best)
    if neighbours:
        other = max(neighbours, key=lambda s: s.score)
        first, last = _readable(min(best, other, key=lambda s: s.start))[0], max(end, other.end)
        if last - first <= limit:
            start, end = first, last
    if end - start > limit and best.span is not None:
        start, end = _cut(best, start, limit)
    return Quote(best, start, end, _text(passage, start, end), best.score)


def _may_answer(sentence: Sentence) -> bool:
    """Whether the reading model, where it was asked, finds an answer in the sentence."""
    return sentence.span_score is None or sentence.span_score > 0


def _readable(sentence: Sentence) -> tuple[int, int]:
    """Offsets in the article of the sentence without dateline and conjunction.

    The whole sentence if the answering words are among what is left out.
    """
    start, end = readable_span(sentence.text, 0, len(sentence.text))
    if sentence.span is not None and sentence.span[0] < sentence.start + start:
        return sentence.start, sentence.end
    return sentence.start + start, sentence.start + end


def _cut(sentence: Sentence, start: int, limit: int) -> tuple[int, int]:
    """The most of ``[start, sentence.end)`` between clause borders around the answering words.

    What begins later than ``start`` must stand alone. The whole if nothing fits in ``limit``.
    """
    assert sentence.span is not None  # noqa: S101
    first, last = sentence.span
    borders = [m.span() for m in _CLAUSE_BORDER.finditer(sentence.text)]
    begins = [start, *(b for _, e in borders if start < (b := sentence.start + e) <= first)]
    ends = [e for s, _ in borders if last <= (e := sentence.start + s)] + [sentence.end]
    for begin in begins:
        for end in sorted((e for e in ends if e - begin <= limit), reverse=True):
            piece = _text(sentence.passage, begin, end)
            if _is_balanced(piece) and (begin == start or is_self_contained(piece)):
                return begin, end
    return start, sentence.end


def _is_balanced(piece: str) -> bool:
    return piece.count('"') % 2 == 0 and all(piece.count(a) == piece.count(b) for a, b in _PAIRS)


def _text(passage: RetrievedPassage, start: int, end: int) -> str:
    return passage.text[start - passage.start : end - passage.start]
