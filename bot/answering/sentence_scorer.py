"""Scores sentences and estimates whether any of them answers the question."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.answering import linear_model, reader_scoring, sentence_features
from bot.answering.quote_selection import score_sentences
from bot.answering.sentence_features import QuestionTerms, Sentence
from bot.language.question_words import with_standard_question_words
from vectorstore.core.lru_cache import LRUCache
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.embedding.embedder import Vectors, unit_rows

if TYPE_CHECKING:
    from bot.conversation.query_rewriting import StandaloneQuestion
    from bot.conversation.turns import QuotedSpan
    from bot.core.models import ReaderSummary
    from bot.language.parsed_question import ParsedQuestion
    from vectorstore.core.types import RetrievedPassage
    from vectorstore.reader.loading import LazyReader
    from vectorstore.store import ArticleStore

MAX_CACHED_SENTENCES = 4_096
"""Sentences whose embeddings are cached, 1.5 kB each."""


@dataclass(frozen=True, slots=True)
class ScoredSentences:
    """Sentences with their scores, and the probability in [0, 1] that one of them answers."""

    sentences: list[Sentence] = field(default_factory=list)
    confidence: float = 0.0
    reader: ReaderSummary | None = None


class SentenceScorer:
    """Scores the sentences of passages from one store. Thread-safe."""

    def __init__(self, store: ArticleStore, reader: LazyReader | None = None) -> None:
        self.store = store
        self.reader = reader
        self._vectors: LRUCache[str, Vectors] = LRUCache(MAX_CACHED_SENTENCES)

    def score(
        self,
        question: ParsedQuestion,
        standalone: StandaloneQuestion,
        passages: Sequence[RetrievedPassage],
        *,
        earlier_quotes: Sequence[QuotedSpan] = (),
        heuristics_only: bool = False,
        articles_in_period: Set[str] = frozenset(),
        multi_part: bool = False,
    ) -> ScoredSentences:
        """Score the sentences of ``passages`` for ``question``.

        The confidence is that of the whole ``standalone`` question. Texts that are no questions
        (headlines, search words) are not passed to the reading model, which was trained on
        questions only.

        Args:
            question: The question used for scoring; see ``Query.scoring``.
            standalone: The question used for retrieval.
            passages: The retrieved passages, best first.
            earlier_quotes: What was quoted in the turns that a follow-up refers to.
            heuristics_only: Use the reading model for highlighting only.
            articles_in_period: Ids of articles published in the period that the question names.
            multi_part: Whether the answer has several parts.
        """
        sentences = sentence_features.split_passages(passages)
        if not sentences:
            return ScoredSentences()
        terms = self._terms(question, standalone)
        sentence_features.add_lexical_features(terms, sentences)
        reader = None
        if self.reader is not None and standalone.question.is_question:
            reader = self.reader.get()
        candidates = sentence_features.MAX_EMBEDDED_SENTENCES
        if reader is not None:
            asked = with_standard_question_words(question.text)
            reader_scoring.read_sentences(reader, asked, sentences, is_list=multi_part)
            # Heuristics need all of them, and 4 sentences may cover only one part of an answer.
            if not heuristics_only and not multi_part:
                candidates = sentence_features.MAX_EMBEDDED_AFTER_READER + len(earlier_quotes)
        best = sentence_features.embedding_candidates(sentences, candidates)
        vectors = self.sentence_vectors([s.text for s in best] + sentence_features.titles_of(best))
        sentence_features.add_embedding_features(
            terms,
            best,
            self._question_vector(question, standalone.own),
            vectors[: len(best)],
            vectors[len(best) :],
        )
        score_sentences(best, earlier_quotes=earlier_quotes, articles_in_period=articles_in_period)
        whole = terms
        if question is not standalone.question:
            whole = self._terms(standalone.question, standalone)
        features = sentence_features.answerability_features(whole, passages, best)
        answerable = linear_model.load_linear_model("answerable")
        confidence, summary = answerable.probability(features), None
        if reader is not None:
            if not heuristics_only:
                confidence = reader_scoring.reader_confidence(whole, best, features)
            summary = reader_scoring.reader_summary(reader, best)
        return ScoredSentences(sentences, round(confidence, 4), summary)

    def close(self) -> None:
        """Release the reading model."""
        if self.reader is not None:
            self.reader.close()

    def sentence_vectors(self, sentences: Sequence[str]) -> Vectors:
        """Embeddings of ``sentences``, shape (n, d); recent ones come from a cache."""
        import numpy as np  # slow to import, and not needed for `rawi --help`

        return np.array(self._vectors.get_all(sentences, self.store.embedder.embed_passages))

    def _question_vector(self, question: ParsedQuestion, own: ParsedQuestion) -> Vectors:
        """The question's embedding; a follow-up's own words count as much as its topic."""
        vectors = self.store.query_vectors(sorted({question.text, own.text}))
        mean: Vectors = unit_rows(vectors.sum(axis=0, keepdims=True))[0]
        return mean

    def _terms(self, question: ParsedQuestion, standalone: StandaloneQuestion) -> QuestionTerms:
        idf = self.store.stem_weights(list(dict.fromkeys(question.stems)))
        topic = set(AnalysedText(standalone.topic).stems)
        if standalone.own is not standalone.question:
            topic -= set(standalone.own.stems)
        return QuestionTerms.of(question, idf, topic)
