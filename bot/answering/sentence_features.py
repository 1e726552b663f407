"""Features of sentences and passages, which decide what is quoted and with what confidence.

All features lie in [0, 1] or near it. The linear models of :mod:`bot.answering.linear_model`,
fitted by ``training/fit_weights.py``, combine them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bot.language.parsed_question import ParsedQuestion
from bot.language.question_types import type_match
from bot.language.reply_language import reply_language
from bot.language.synonyms import synonym_class
from ingest.text.sentences import split_sentences
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText, stem, word_grams, words
from vectorstore.core.types import RetrievedPassage

if TYPE_CHECKING:
    import numpy as np

TOPIC_WEIGHT = 0.35
"""Weight of the words that a follow-up takes from earlier turns, relative to its own."""
_GENERIC = frozenset(words("عدد اسم نسبة عام سنة يوم شهر مدينة دولة number name year"))
MAX_EMBEDDED_SENTENCES = 8
"""Sentences compared by embedding: those with the best preliminary score, about 4 ms each."""

MAX_EMBEDDED_AFTER_READER = 4
"""The same after the reading model. On its training data 4 sentences give the same accuracy as 8
(.611 and .730 in two splits; 2 give .599 and .725). The linear model is fitted with 8: fitted with
4, its weights are smaller, and sources are cited that do not answer."""

SPAN_SCORE_WEIGHT = 0.1
"""Weight of the reading model's span score in the preliminary score."""


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """The weighted terms of a question.

    Attributes:
        question: The question.
        words: Its normalised words.
        weights: Idf of its content words, by synonym class.
        grams: Weights of the character grams of its content words.
        relation: The synonym class of the first content word, in Arabic questions mostly the verb.
        topic: The synonym classes that only a follow-up's topic contains; they count less in
            ``weights`` and ``grams``.
        coverage: Weighted share of the stems that occur in the corpus.
    """

    question: ParsedQuestion
    words: frozenset[str]
    weights: Mapping[str, float]
    grams: Mapping[str, float]
    relation: str
    topic: frozenset[str]
    coverage: float

    @classmethod
    def of(
        cls,
        question: ParsedQuestion,
        idf: Mapping[str, tuple[float, bool]],
        topic_stems: Set[str] = frozenset(),
    ) -> QuestionTerms:
        """Compute the terms; ``idf`` maps each stem to its idf and presence in the corpus."""
        content = question.content_words
        weights: dict[str, float] = {}
        grams: dict[str, float] = {}
        topic: set[str] = set()
        for word in content:
            factor = TOPIC_WEIGHT if stem(word) in topic_stems else 1.0
            key = synonym_class(word)
            weights[key] = max(idf[stem(word)][0] * factor, weights.get(key, 0.0))
            if stem(word) in topic_stems:
                topic.add(key)
            for gram in word_grams(word):
                grams[gram] = max(factor, grams.get(gram, 0.0))
        stems = dict.fromkeys(question.stems)
        total = sum(idf[s][0] for s in stems)
        present = sum(idf[s][0] for s in stems if idf[s][1])
        relation = next((w for w in content if w not in _GENERIC), content[0])
        return cls(
            question,
            frozenset(question.words),
            weights,
            grams,
            synonym_class(relation),
            frozenset(topic),
            present / total if total else 0.0,
        )


@dataclass
class Sentence:
    """A sentence of a retrieved passage, with its scores.

    Attributes:
        passage: The passage.
        rank: The rank of the passage, from 0.
        start: Character offset in the article.
        end: End of the sentence, likewise.
        text: ``article.text[start:end]``.
        features: Its features by name.
        logit: The combined features.
        score: Softmax of ``logit`` over all scored sentences.
        span: The most probable answer in it, as offsets in the article; None if it was not read.
        span_score: The reading model's logit of ``span``.
        items: Offsets of the items of a list in it; empty for other questions.
        affirmed: Probability that it affirms, rather than denies, what is asked or assumed.
    """

    passage: RetrievedPassage
    rank: int
    start: int
    end: int
    text: str
    features: dict[str, float] = field(default_factory=dict)
    logit: float = 0.0
    score: float = 0.0
    span: tuple[int, int] | None = None
    span_score: float | None = None
    items: tuple[tuple[int, int], ...] = ()
    affirmed: float = 0.5

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its normalised words."""
        return AnalysedText(self.text).words

    @cached_property
    def synonym_classes(self) -> frozenset[str]:
        """The synonym classes of its words."""
        return frozenset(map(synonym_class, self.words))


def split_passages(passages: Sequence[RetrievedPassage]) -> list[Sentence]:
    """All sentences of ``passages``, by rank and position."""
    return [
        Sentence(p, rank, p.start + start, p.start + end, p.text[start:end])
        for rank, p in enumerate(passages)
        for start, end in split_sentences(p.text)
    ]


def add_lexical_features(terms: QuestionTerms, sentences: Sequence[Sentence]) -> None:
    """Set every feature that needs no model.

    ``local_…`` features weight what a sentence shares with the question by how few of
    ``sentences`` share it: the topic occurs in all of them, the answer in one or two.
    """
    titles = {title: _classes(title) for title in {s.passage.article.title for s in sentences}}
    gram_sets = [
        {g for w in set(s.words) for g in word_grams(w) if g in terms.grams} for s in sentences
    ]
    article_scores: dict[str, float] = {}
    for s in sentences:
        best = max(s.passage.score, article_scores.get(s.passage.article.id, 0.0))
        article_scores[s.passage.article.id] = best
    own = {c: TOPIC_WEIGHT if c in terms.topic else 1.0 for c in terms.weights}
    local_stems = _local_weights(own, [s.synonym_classes for s in sentences])
    local_grams = _local_weights(terms.grams, gram_sets)
    for i, sentence in enumerate(sentences):
        near = sentence.synonym_classes | titles[sentence.passage.article.title]
        for j in (i - 1, i + 1):
            if 0 <= j < len(sentences) and sentences[j].passage is sentence.passage:
                near |= sentences[j].synonym_classes
        tokens = sentence.words
        new = [w for w in tokens if w not in terms.words and w not in STOP_WORDS]
        sentence.features = {
            "stems": weighted_overlap(terms.weights, sentence.synonym_classes),
            "near_stems": weighted_overlap(terms.weights, near),
            "local_stems": weighted_overlap(local_stems, sentence.synonym_classes),
            "relation": float(terms.relation in sentence.synonym_classes),
            "grams": weighted_overlap(terms.grams, gram_sets[i]),
            "local_grams": weighted_overlap(local_grams, gram_sets[i]),
            "type": type_match(terms.question.type, tokens, terms.words),
            "new": min(len(new), 12) / 12,
            "length": min(len(tokens), 60) / 60,
            # Mostly the article's score, since the score of the passage is less informative.
            "passage": 0.25 * sentence.passage.score
            + 0.75 * article_scores[sentence.passage.article.id],
            "first_passage": float(sentence.rank == 0),
            "passage_similarity": sentence.passage.similarity,
            "lead": float(sentence.start == 0),
            "similarity": 0.0,
        }


def _local_weights(weights: Mapping[str, float], sets: Sequence[Set[str]]) -> dict[str, float]:
    """``weight · ln((n + 1) / (df + ½))`` over ``sets``, for terms in at least one of them."""
    df = Counter(term for found in sets for term in found if term in weights)
    return {
        term: weights[term] * math.log((len(sets) + 1) / (count + 0.5))
        for term, count in df.items()
    }


def embedding_candidates(
    sentences: Sequence[Sentence], limit: int = MAX_EMBEDDED_SENTENCES
) -> list[Sentence]:
    """The ``limit`` sentences with the best preliminary score, best first."""
    return sorted(sentences, key=lambda s: (-preliminary_score(s), s.rank, s.start))[:limit]


def titles_of(sentences: Sequence[Sentence]) -> list[str]:
    """The title of each sentence's article, or the beginning of its passage without one."""
    return [s.passage.article.title or s.passage.text[:100] for s in sentences]


def preliminary_score(sentence: Sentence) -> float:
    """Score by lexical features and the reading model, before embedding."""
    f = sentence.features
    overlap = f["local_stems"] + 0.5 * f["near_stems"] + f["grams"] + f["local_grams"]
    span = SPAN_SCORE_WEIGHT * (sentence.span_score or 0.0)
    return overlap + 0.5 * f["type"] + 2 * f["passage"] + span


def add_embedding_features(
    terms: QuestionTerms,
    sentences: Sequence[Sentence],
    question_vector: np.ndarray,
    vectors: np.ndarray,
    titles: np.ndarray,
) -> None:
    """Set the features that come from cosines of question, sentence and title vectors.

    ``question_vector`` has shape (d,), ``vectors`` and ``titles`` (n, d), one row per sentence. A
    sentence like its title repeats the topic, which the question names too. ``foreign_…`` features
    grow with the share of the question's words that are not in the corpus: for them only meaning
    can be compared.
    """
    foreign = 1 - terms.coverage
    similarities, title_similarities = vectors @ question_vector, (vectors * titles).sum(axis=1)
    for sentence, similarity, title in zip(
        sentences, similarities, title_similarities, strict=True
    ):
        sentence.features["similarity"] = float(similarity)
        sentence.features["title_similarity"] = float(title)
        sentence.features["foreign_similarity"] = float(similarity) * foreign
        sentence.features["foreign_passage"] = sentence.features["passage"] * foreign


def weighted_overlap(weights: Mapping[str, float], found: Set[str]) -> float:
    """Weighted share in [0, 1] of the terms of ``weights`` that are in ``found``."""
    total = sum(weights.values())
    return sum(w for term, w in weights.items() if term in found) / total if total else 0.0


def _classes(text: str) -> frozenset[str]:
    return frozenset(map(synonym_class, words(text)))


def answerability_features(
    terms: QuestionTerms, passages: Sequence[RetrievedPassage], sentences: Sequence[Sentence]
) -> dict[str, float]:
    """Features of a question and all passages found for it, to estimate if it is answered."""
    if not passages or not sentences:
        return {}
    first = passages[0]
    first_words = words(f"{first.article.title}\n{first.text}")
    classes = frozenset(map(synonym_class, first_words))
    missing = [w for c, w in terms.weights.items() if c not in classes]
    heaviest = max(terms.weights.values(), default=1.0) or 1.0
    grams = {g for w in first_words for g in word_grams(w)}
    best = max(sentences, key=lambda s: s.score)
    similarities = sorted((p.similarity for p in passages), reverse=True)
    others = similarities[1:] or similarities
    other_script = terms.question.language != reply_language(first.text)
    sentence_similarities = [s.features["similarity"] for s in sentences]
    return {
        "similarity": similarities[0],
        "similarity_gap": similarities[0] - similarities[-1],
        "similarity_lead": similarities[0] - sum(others) / len(others),
        "passage_stems": weighted_overlap(terms.weights, classes),
        "passage_grams": weighted_overlap(terms.grams, grams),
        "heaviest_missing": max(missing, default=0.0) / heaviest,
        "sentence_stems": best.features["stems"],
        "near_stems": best.features["near_stems"],
        "local_stems": best.features["local_stems"],
        "relation": best.features["relation"],
        "sentence_grams": best.features["grams"],
        "sentence_similarity": best.features["similarity"],
        "sentence_lead": best.features["similarity"]
        - sum(sentence_similarities) / len(sentence_similarities),
        "best_logit": best.logit / 10,
        "best_share": best.score,
        "best_is_first": float(best.rank == 0),
        "type": best.features["type"],
        # Words that occur in no article; meaningless across scripts.
        "unknown": 0.0 if other_script else 1 - terms.coverage,
        "other_script": float(other_script),
    }
