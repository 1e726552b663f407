"""How much each sentence answers, and whether any does: the numbers behind quoting and refusing."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.answering import linear_model, reader_scoring, sentence_features
from bot.answering.quote_selection import score_sentences
from bot.language.question_types import is_question
from vectorstore.core.lru_cache import LRUCache
from vectorstore.embedding.embedder import Vectors, unit_rows

if TYPE_CHECKING:
    from bot.conversation.query_rewriting import StandaloneQuestion
    from bot.core.models import ReaderSummary
    from vectorstore.core.types import RetrievedPassage
    from vectorstore.reader.loading import LazyReader
    from vectorstore.store import ArticleStore

KNOWN_SENTENCES = 4_096
"""Sentences whose embeddings are kept in memory, 1.5 kB each."""


@dataclass(frozen=True, slots=True)
class ScoredSentences:
    """The sentences with their scores, and the probability in [0, 1] that one of them answers."""

    sentences: list[sentence_features.Sentence] = field(default_factory=list)
    confidence: float = 0.0
    reading: ReaderSummary | None = None


class SentenceScorer:
    """Weighs sentences over one store. Thread-safe; remembers the embeddings of sentences."""

    def __init__(self, store: ArticleStore, waiting_reader: LazyReader | None = None) -> None:
        self.store = store
        self.waiting_reader = waiting_reader
        self._known: LRUCache[str, Vectors] = LRUCache(KNOWN_SENTENCES)

    def weigh(
        self,
        question: str,
        standalone: StandaloneQuestion,
        passages: Sequence[RetrievedPassage],
        *,
        seen: Sequence[tuple[str, int, int]] = (),
        by_hand: bool = False,
        then: Set[str] = frozenset(),
        parts: bool = False,
    ) -> ScoredSentences:
        """Score the sentences of ``passages`` for ``question``, the words to weigh by.

        The confidence is that of the whole ``standalone`` question. ``seen`` are the stretches
        quoted last. ``by_hand`` lets the reading model mark words and no more. ``then`` are the
        ids of articles published on the day asked about. ``parts`` is a question whose answer has
        several. What does not ask, a headline or search words, is not read: the reading model only
        knows what answers a question.
        """
        taken = self._take_apart(question, standalone)
        sentences = sentence_features.split_passages(passages)
        if not sentences:
            return ScoredSentences()
        sentence_features.add_lexical_features(taken, sentences)
        waiting = self.waiting_reader if is_question(standalone.text) else None
        reader = waiting.get() if waiting is not None else None
        choice = sentence_features.EMBEDDED_SENTENCES
        if reader is not None:
            reader_scoring.read_sentences(reader, question, sentences)
            # All are needed where they are weighed by hand, and where four may be one part of
            # what is asked for.
            if not by_hand and not parts:
                choice = sentence_features.EMBEDDED_AFTER_READER + len(seen)
        best = sentence_features.embedding_candidates(sentences, choice)
        vector = self._question_vector(question, standalone.own)
        vectors = self.sentence_vectors([s.text for s in best] + sentence_features.titles_of(best))
        sentence_features.add_embedding_features(
            taken, best, vector, vectors[: len(best)], vectors[len(best) :]
        )
        score_sentences(best, seen=seen, then=then)
        whole = self._take_apart(standalone.text, standalone)
        features = sentence_features.answerability_features(whole, passages, best)
        answerable = linear_model.load("answerable")
        confidence, account = answerable.probability(features), None
        if reader is not None:
            if not by_hand:
                confidence = reader_scoring.reader_confidence(
                    whole, best, answerable.score(features)
                )
            account = reader_scoring.reader_summary(reader, best)
        return ScoredSentences(sentences, round(confidence, 4), account)

    def close(self) -> None:
        """Let go of the reading model."""
        if self.waiting_reader is not None:
            self.waiting_reader.close()

    def sentence_vectors(self, sentences: Sequence[str]) -> Vectors:
        """Embeddings (n, d); those of sentences that came up lately are still known."""
        import numpy as np

        return np.array(self._known.all(sentences, self.store.embedder.embed_passages))

    def _question_vector(self, question: str, own: str) -> Vectors:
        """The question's embedding; a follow-up's own words count as much as their topic."""
        vectors = self.store.query_vectors(sorted({question, own}))
        mean: Vectors = unit_rows(vectors.sum(axis=0, keepdims=True))[0]
        return mean

    def _take_apart(
        self, question: str, standalone: StandaloneQuestion
    ) -> sentence_features.QuestionTerms:
        idf = self.store.stem_weights(sentence_features.content_stems(question))
        topic = (
            set(sentence_features.content_stems(standalone.topic)) if standalone.topic else set()
        )
        if standalone.own != standalone.text:
            topic -= set(sentence_features.content_stems(standalone.own))
        return sentence_features.QuestionTerms.of(question, idf, topic)
