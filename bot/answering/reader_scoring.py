"""The reading model at work in an answer: what it reads, and what its reading counts.

Reading costs most of an answer's time, so it reads what looks promising without it: the best
sentences of what retrieval found, each with its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answering import linear_model, sentence_features
from bot.answering.linear_model import LinearModel
from bot.answering.quote_selection import softmax_scores
from bot.answering.sentence_features import QuestionTerms, Sentence
from bot.core.models import ReaderSummary
from vectorstore.core.text_analysis import words

if TYPE_CHECKING:
    from vectorstore.reader.reader import Reader

READ_CHARACTERS = 1_600
"""Read for one question, about 400 tokens: three paragraphs of an encyclopaedia, or eight sentences
of news with their neighbours."""
_MOST = 15.0  # scores beyond it say no more
_NUMBER = re.compile(r"\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class ReadWindow:
    """Neighbouring sentences of one passage, read together."""

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


def select_windows(sentences: Sequence[Sentence], limit: int = READ_CHARACTERS) -> list[ReadWindow]:
    """What is worth reading, in the order of ``sentences``: about ``limit`` characters.

    ``sentences`` are all those of the passages, in order, weighed lexically.
    """
    order = sorted(
        range(len(sentences)), key=lambda i: -sentence_features.preliminary_score(sentences[i])
    )
    chosen: set[int] = set()
    read = 0
    for best in order:
        beside = [
            i
            for i in (best, best - 1, best + 1)
            if 0 <= i < len(sentences) and sentences[i].passage is sentences[best].passage
        ]
        new = [i for i in beside if i not in chosen]
        size = sum(len(sentences[i].text) for i in new)
        if chosen and read + size > limit:
            break
        chosen.update(new)
        read += size
    return _together(sentences, sorted(chosen))


def _together(sentences: Sequence[Sentence], chosen: Sequence[int]) -> list[ReadWindow]:
    runs: list[list[Sentence]] = []
    before = None
    for i in chosen:
        sentence = sentences[i]
        if before is not None and i == before + 1 and runs[-1][-1].passage is sentence.passage:
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
        before = i
    return [ReadWindow(tuple(run)) for run in runs]


def read_sentences(reader: Reader, question: str, sentences: Sequence[Sentence]) -> None:
    """Read what is worth it, and note in each sentence read its likeliest answer."""
    from vectorstore.reader.reader import ReaderInput

    chosen = select_windows(sentences)
    texts = [ReaderInput(s.text, s.sentences[0].passage.article.title) for s in chosen]
    for stretch, reading in zip(chosen, reader.read(question, texts), strict=True):
        for sentence in stretch.sentences:
            span = reading.best_in(sentence.start - stretch.start, sentence.end - stretch.start)
            if span is not None:
                sentence.span = (stretch.start + span.start, stretch.start + span.end)
                sentence.span_score = span.score


def rescore_with_reader(sentences: Sequence[Sentence], model: LinearModel | None = None) -> None:
    """Set the sentences' scores anew from their hand-made logits and what was read in them."""
    model = model or linear_model.load("sentence_read")
    for sentence in sentences:
        sentence.logit = model.score({"hand": sentence.logit, "span": span_feature(sentence)})
    softmax_scores(sentences)


def span_feature(sentence: Sentence) -> float:
    """The score of a sentence's best span, within bounds; the lowest where it was not read."""
    if sentence.span_score is None:
        return -_MOST / 10
    return max(-_MOST, min(_MOST, sentence.span_score)) / 10


def reader_answerability_features(
    question: QuestionTerms, sentences: Sequence[Sentence], hand: float, hand_best: Sentence
) -> dict[str, float]:
    """Features of the whole, once it is read: does anything here answer the question?

    ``hand`` is the logit of the hand-made estimate, ``hand_best`` the sentence it would choose.
    """
    best = max(sentences, key=lambda s: s.score)
    spans = sorted((span_feature(s) for s in sentences), reverse=True)
    return {
        "hand": hand,
        "span": span_feature(best),
        "span_best": spans[0],
        "span_lead": spans[0] - (sum(spans[1:]) / len(spans[1:]) if spans[1:] else spans[0]),
        "share": best.score,
        "agree": float(best is hand_best),
        "contradicted": number_mismatch(question, best),
        "foreign": 1 - question.coverage,
    }


def number_mismatch(question: QuestionTerms, sentence: Sentence) -> float:
    """1 where the question names a number that the sentence's passage and date lack.

    A question built on a wrong year or count ("why did 300 strike?" where 3,000 did) shares all
    its words with what it distorts.
    """
    asked = {w for w in question.words if _NUMBER.match(w) and len(w) > 1}
    if not asked:
        return 0.0
    article = sentence.passage.article
    there = set(words(f"{article.title}\n{sentence.passage.text}"))
    if article.published_at is not None:
        there |= {str(article.published_at.year), str(article.published_at.day)}
    return float(bool(asked - there))


def reader_confidence(question: QuestionTerms, sentences: Sequence[Sentence], hand: float) -> float:
    """Score the sentences by what was read too; the probability that they answer.

    They have their hand-made scores; ``hand`` is the logit of the hand-made estimate.
    """
    hand_best = max(sentences, key=lambda s: s.score)
    rescore_with_reader(sentences)
    features = reader_answerability_features(question, sentences, hand, hand_best)
    return linear_model.load("answerable_read").probability(features)


def reader_summary(reader: Reader, sentences: Sequence[Sentence]) -> ReaderSummary:
    """What the answer tells of the reading: the model, and how sure it is of the best sentence."""
    best = max(sentences, key=lambda s: s.score)
    score = -_MOST if best.span_score is None else best.span_score
    return ReaderSummary(
        model=reader.model_id,
        engine=reader.engine,
        probability=round(reader.calibration.probability(score), 4),
    )
