"""Sentence scores and confidence with the reading model.

Reading takes most of an answer's time, so only the sentences with the best preliminary scores are
read, each with its neighbours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answering import linear_model
from bot.answering.linear_model import LinearModel
from bot.answering.quote_selection import softmax_scores, span_words
from bot.answering.sentence_features import QuestionTerms, Sentence, preliminary_score
from bot.core.models import ReaderSummary
from vectorstore.core.text_analysis import STOP_WORDS, words

if TYPE_CHECKING:
    from vectorstore.reader.reader import Reader

MAX_READ_CHARACTERS = 2_200
"""Characters read for one question, about 550 tokens: four paragraphs of an encyclopaedia, or
eleven sentences of news with their neighbours."""
FIRST_ARTICLE_BONUS = 0.6
"""Added to the preliminary score of the sentences of the article that was found first: the words
that answer often are in a sentence that has few of the question's."""
MAX_READ_TITLES = 3
CONTEXT_MIDPOINT, CONTEXT_SCALE = -3.0, 4.0
"""Span score at which a follow-up is as likely as not answered by the article just cited, and the
logits per unit."""
_UNREAD_LOGIT = -40.0
_MAX_SPAN_SCORE = 15.0  # span scores are clipped to ± this
_NUMBER = re.compile(r"\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class ReadWindow:
    """Adjacent sentences of one passage, read together."""

    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        """Offset in the article."""
        return self.sentences[0].start

    @property
    def text(self) -> str:
        """The article's text from the first sentence to the last."""
        passage = self.sentences[0].passage
        end = self.sentences[-1].end
        return passage.text[self.start - passage.start : end - passage.start]


def select_windows(
    sentences: Sequence[Sentence], limit: int = MAX_READ_CHARACTERS
) -> list[ReadWindow]:
    """Windows around the best sentences, about ``limit`` characters, in the order of ``sentences``.

    ``sentences`` are all those of the passages, in order, with their lexical features.
    """
    first = sentences[0].passage.article.id if sentences else ""

    def promise(at: int) -> float:
        found = sentences[at].passage.article.id == first
        return preliminary_score(sentences[at]) + FIRST_ARTICLE_BONUS * found

    order = sorted(range(len(sentences)), key=promise, reverse=True)
    chosen: set[int] = set()
    total = 0
    for best in order:
        window = [
            i
            for i in (best, best - 1, best + 1)
            if 0 <= i < len(sentences) and sentences[i].passage is sentences[best].passage
        ]
        new = [i for i in window if i not in chosen]
        size = sum(len(sentences[i].text) for i in new)
        if chosen and total + size > limit:
            break
        chosen.update(new)
        total += size
    return _windows(sentences, sorted(chosen))


def _windows(sentences: Sequence[Sentence], chosen: Sequence[int]) -> list[ReadWindow]:
    runs: list[list[Sentence]] = []
    for i in chosen:
        sentence = sentences[i]
        if i - 1 in chosen and runs[-1][-1].passage is sentence.passage:
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return [ReadWindow(tuple(run)) for run in runs]


def read_sentences(
    reader: Reader, question: str, sentences: Sequence[Sentence], *, is_list: bool = False
) -> None:
    """Read the best windows and set what was read of each sentence in them.

    That is ``span``, ``span_score`` and ``affirmed``; ``items`` if the question asks for a list.
    """
    from vectorstore.reader.reader import ReaderInput

    windows = select_windows(sentences)
    inputs = [ReaderInput(w.text, w.sentences[0].passage.article.title) for w in windows]
    for window, prediction in zip(windows, reader.read(question, inputs), strict=True):
        for sentence in window.sentences:
            span = prediction.best_in(sentence.start - window.start, sentence.end - window.start)
            if span is not None:
                sentence.span = (window.start + span.start, window.start + span.end)
                sentence.span_score = span.score
                sentence.affirmed = prediction.affirmed_in(
                    sentence.start - window.start, sentence.end - window.start
                )
            if is_list:
                items = prediction.items_in(
                    sentence.start - window.start, sentence.end - window.start
                )
                sentence.items = tuple((window.start + s, window.start + e) for s, e in items)
    _read_titles(reader, question, sentences)


def _read_titles(reader: Reader, question: str, sentences: Sequence[Sentence]) -> None:
    """Raise ``span_score`` of sentences with the words that answer in the title of their article.

    A title says in few words what the article tells in many.
    """
    from vectorstore.reader.reader import ReaderInput

    titles = list(dict.fromkeys(s.passage.article.title for s in sentences))[:MAX_READ_TITLES]
    titles = [title for title in titles if title]
    if not titles:
        return
    read = reader.read(question, [ReaderInput(title) for title in titles])
    for title, prediction in zip(titles, read, strict=True):
        span = prediction.best()
        if span is None or span.score <= 0:
            continue
        answer = set(words(title[span.start : span.end]))
        for sentence in sentences:
            own = sentence.span
            if sentence.passage.article.title != title or own is None:
                continue
            marked = words(sentence.text[own[0] - sentence.start : own[1] - sentence.start])
            if answer & set(marked) and answer <= set(sentence.words):
                sentence.span_score = max(sentence.span_score or 0.0, span.score)


def rescore_with_reader(sentences: Sequence[Sentence], model: LinearModel | None = None) -> None:
    """Set the scores again, from the heuristic logits and the span scores."""
    model = model or linear_model.load_linear_model("sentence_read")
    for sentence in sentences:
        sentence.logit = model.score({"hand": sentence.logit, "span": span_feature(sentence)})
    softmax_scores(sentences)


def span_feature(sentence: Sentence) -> float:
    """The clipped span score of a sentence; the lowest if it was not read."""
    if sentence.span_score is None:
        return -_MAX_SPAN_SCORE / 10
    return max(-_MAX_SPAN_SCORE, min(_MAX_SPAN_SCORE, sentence.span_score)) / 10


def reader_answerability_features(
    terms: QuestionTerms, sentences: Sequence[Sentence], features: Mapping[str, float]
) -> dict[str, float]:
    """Features of a question and all sentences read for it, to estimate if the best one answers.

    ``features`` are those without the reading model, from before the sentences were rescored.
    """
    best = max(sentences, key=lambda s: s.score)
    first = min(sentences, key=lambda s: s.rank).passage.article.id
    return {
        **features,
        "span": span_feature(best),
        "span_best": max(map(span_feature, sentences)),
        "span_first": max(span_feature(s) for s in sentences if s.passage.article.id == first),
        "share": best.score,
        "contradicted": number_mismatch(terms, best),
        "foreign": 1 - terms.coverage,
    }


def number_mismatch(terms: QuestionTerms, sentence: Sentence) -> float:
    """1 if the question contains a number that the sentence's passage and its date do not.

    A question with a wrong year or count ("why did 300 strike?" where 3,000 did) otherwise shares
    all its words with the passage.
    """
    numbers = {w for w in terms.words if _NUMBER.match(w) and len(w) > 1}
    if not numbers:
        return 0.0
    article = sentence.passage.article
    found = set(words(f"{article.title}\n{sentence.passage.text}"))
    if article.published_at is not None:
        found |= {str(article.published_at.year), str(article.published_at.day)}
    return float(bool(numbers - found))


def reader_confidence(
    terms: QuestionTerms, sentences: Sequence[Sentence], features: Mapping[str, float]
) -> float:
    """Rescore the sentences with the reading model; returns the probability that the best answers.

    ``sentences`` have their heuristic scores; see `reader_answerability_features`.
    """
    rescore_with_reader(sentences)
    found = reader_answerability_features(terms, sentences, features)
    confidence = linear_model.load_linear_model("answerable_read").probability(found)
    best = max(sentences, key=lambda s: s.score)
    for share in _agreeing_shares(best, sentences):
        confidence = 1 - (1 - confidence) * (1 - confidence * share)
    return confidence


def _agreeing_shares(best: Sentence, sentences: Sequence[Sentence]) -> list[float]:
    """Relative score of each other article's sentence whose span has the same words as ``best``'s.

    Articles that agree support each other, though softmax divides the probability between them.
    """
    answer = _answer_words(best)
    shares: dict[str, float] = {}
    for s in sentences:
        article = s.passage.article.id
        if article != best.passage.article.id and answer and _answer_words(s) == answer:
            shares[article] = max(shares.get(article, 0.0), s.score / best.score)
    return list(shares.values())


def _answer_words(sentence: Sentence) -> frozenset[str]:
    if sentence.span is None or (sentence.span_score or 0.0) <= 0:
        return frozenset()
    return frozenset(w for w in span_words(sentence) if w not in STOP_WORDS)


def context_confidence(sentences: Sequence[Sentence]) -> float:
    """Rescore the sentences of the article that a follow-up asks about by their span scores alone.

    Returns the probability that one answers. Unlike `reader_confidence` it need not be shown by the
    question's words that the article is the right one.
    """
    for sentence in sentences:
        found = sentence.span_score
        sentence.logit = _UNREAD_LOGIT if found is None else found
    softmax_scores(sentences)
    best = max(sentence.logit for sentence in sentences)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, (best - CONTEXT_MIDPOINT) / CONTEXT_SCALE))))


def reader_summary(reader: Reader, sentences: Sequence[Sentence]) -> ReaderSummary:
    """What an answer reports of the reading model: its id, and its probability of the best span."""
    best = max(sentences, key=lambda s: s.score)
    score = -_MAX_SPAN_SCORE if best.span_score is None else best.span_score
    return ReaderSummary(
        model=reader.model_id,
        engine=reader.engine,
        probability=round(reader.calibration.probability(score), 4),
    )
