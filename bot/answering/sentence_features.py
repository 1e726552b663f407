"""How well sentences and passages support an answer: the features everything else weighs.

All features lie in [0, 1] or near it. They are combined by the linear models of
:mod:`bot.answering.linear_model`, which ``training/fit_weights.py`` fits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.language.question_types import QuestionType, question_type, type_match
from bot.language.reply_language import reply_language
from bot.language.synonyms import synonym_class
from ingest.text.sentences import split_sentences
from vectorstore.core.text_analysis import STOP_WORDS, stem, word_grams, words
from vectorstore.core.types import RetrievedPassage

if TYPE_CHECKING:
    import numpy as np

TOPIC_WEIGHT = 0.35
"""What a word counts that a follow-up takes from the question before, against its own words."""
_HOLLOW = frozenset(words("عدد اسم نسبة عام سنة يوم شهر مدينة دولة number name year"))
EMBEDDED_SENTENCES = 8
"""Sentences compared by embedding, the lexically best ones; each costs about 4 ms."""

EMBEDDED_AFTER_READER = 4
"""The same once they were read: on what the reading model's word was fitted on, four choose as well
as eight (.611 and .730 right, both ways; two: .599 and .725). It was fitted on eight: fitted on
four it is flatter, and sources are cited that do not answer."""

SPAN_SCORE_WEIGHT = 0.1
"""What a logit of the reading model counts against lexical features when sentences are chosen to
be embedded."""


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """A question taken apart.

    ``weights`` are the idf of its content words, by ``concept``, ``grams`` the weights of their
    character grams; those that only a follow-up's ``topic`` brought in count less in both.
    ``relation`` is the concept of the first content word, in Arabic questions mostly the verb.
    ``coverage`` is the weighted share of the stems that occurs anywhere in the corpus.
    """

    text: str
    kind: QuestionType
    words: frozenset[str]
    weights: Mapping[str, float]
    grams: Mapping[str, float]
    relation: str
    topic: frozenset[str]
    coverage: float

    @classmethod
    def of(
        cls,
        text: str,
        idf: Mapping[str, tuple[float, bool]],
        topic: Set[str] = frozenset(),
    ) -> QuestionTerms:
        """Take ``text`` apart; ``idf`` holds weight and presence of its ``content_stems``."""
        every = words(text)
        content = [w for w in every if w not in STOP_WORDS] or every
        weights: dict[str, float] = {}
        borrowed: set[str] = set()
        for word in content:
            s = stem(word)
            weight = idf[s][0] * (TOPIC_WEIGHT if s in topic else 1.0)
            weights[synonym_class(word)] = max(weight, weights.get(synonym_class(word), 0.0))
            if s in topic:
                borrowed.add(synonym_class(word))
        grams: dict[str, float] = {}
        for word in content:
            weight = TOPIC_WEIGHT if stem(word) in topic else 1.0
            for gram in word_grams(word):
                grams[gram] = max(weight, grams.get(gram, 0.0))
        stems = content_stems(text)
        total = sum(idf[s][0] for s in stems)
        present = sum(idf[s][0] for s in stems if idf[s][1])
        return cls(
            text,
            question_type(text),
            frozenset(every),
            weights,
            grams,
            next(
                (synonym_class(w) for w in content if w not in _HOLLOW), synonym_class(content[0])
            ),
            frozenset(borrowed),
            present / total if total else 0.0,
        )


def content_stems(text: str) -> list[str]:
    """Distinct stems of the content words of a question, in order."""
    every = words(text)
    content = [w for w in every if w not in STOP_WORDS] or every
    return list(dict.fromkeys(stem(w) for w in content))


@dataclass(slots=True)
class Sentence:
    """A sentence of a retrieved passage, offsets in its article.

    ``span`` is the likeliest answer in it and ``span_score`` its score, once it was read.
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


def split_passages(passages: Sequence[RetrievedPassage]) -> list[Sentence]:
    """All sentences of ``passages``, in order of rank and place."""
    return [
        Sentence(p, rank, p.start + start, p.start + end, p.text[start:end])
        for rank, p in enumerate(passages)
        for start, end in split_sentences(p.text)
    ]


def add_lexical_features(question: QuestionTerms, sentences: Sequence[Sentence]) -> None:
    """Fill in every feature that needs no model.

    ``local_…`` features weigh what a sentence shares with the question by how few of
    ``sentences`` share it: the topic stands in all of them, what is asked in one or two.
    """
    titles = {s.passage.article.title: _stem_set(s.passage.article.title) for s in sentences}
    token_lists = [words(s.text) for s in sentences]
    stem_sets = [{synonym_class(w) for w in tokens} for tokens in token_lists]
    gram_sets = [
        {g for w in set(tokens) for g in word_grams(w) if g in question.grams}
        for tokens in token_lists
    ]
    of_article: dict[str, float] = {}
    for s in sentences:
        best = max(s.passage.score, of_article.get(s.passage.article.id, 0.0))
        of_article[s.passage.article.id] = best
    own = {c: TOPIC_WEIGHT if c in question.topic else 1.0 for c in question.weights}
    local_stems = _local_weights(own, stem_sets)
    local_grams = _local_weights(question.grams, gram_sets)
    for i, sentence in enumerate(sentences):
        mine = stem_sets[i]
        near = mine | titles[sentence.passage.article.title]
        for j in (i - 1, i + 1):
            if 0 <= j < len(sentences) and sentences[j].passage is sentence.passage:
                near |= stem_sets[j]
        tokens = token_lists[i]
        new = [w for w in tokens if w not in question.words and w not in STOP_WORDS]
        sentence.features = {
            "stems": weighted_overlap(question.weights, mine),
            "near_stems": weighted_overlap(question.weights, near),
            "local_stems": weighted_overlap(local_stems, mine),
            "relation": float(question.relation in mine),
            "grams": weighted_overlap(question.grams, gram_sets[i]),
            "local_grams": weighted_overlap(local_grams, gram_sets[i]),
            "type": type_match(question.kind, tokens, question.words),
            "new": min(len(new), 12) / 12,
            "length": min(len(tokens), 60) / 60,
            # Mostly the article's: which of its passages a sentence stands in says less.
            "passage": 0.25 * sentence.passage.score
            + 0.75 * of_article[sentence.passage.article.id],
            "first_passage": float(sentence.rank == 0),
            "passage_similarity": sentence.passage.similarity,
            "lead": float(sentence.start == 0),
            "similarity": 0.0,
        }


def _local_weights(wanted: Mapping[str, float], sets: Sequence[Set[str]]) -> dict[str, float]:
    """``weight · ln((n + 1) / (df + ½))`` over ``sets`` for what at least one of them has."""
    df = Counter(item for found in sets for item in found if item in wanted)
    return {
        item: wanted[item] * math.log((len(sets) + 1) / (count + 0.5)) for item, count in df.items()
    }


def embedding_candidates(
    sentences: Sequence[Sentence], limit: int = EMBEDDED_SENTENCES
) -> list[Sentence]:
    """The few sentences that look best before they are embedded, best first."""
    return sorted(sentences, key=lambda s: (-preliminary_score(s), s.rank, s.start))[:limit]


def titles_of(sentences: Sequence[Sentence]) -> list[str]:
    """Of each sentence its article's title, or how the article begins where it has none."""
    return [s.passage.article.title or s.passage.text[:100] for s in sentences]


def preliminary_score(sentence: Sentence) -> float:
    """How good a sentence looks by its lexical features, and by what was read in it."""
    f = sentence.features
    overlap = f["local_stems"] + 0.5 * f["near_stems"] + f["grams"] + f["local_grams"]
    read = SPAN_SCORE_WEIGHT * (sentence.span_score or 0.0)
    return overlap + 0.5 * f["type"] + 2 * f["passage"] + read


def add_embedding_features(
    question: QuestionTerms,
    sentences: Sequence[Sentence],
    question_vector: np.ndarray,
    vectors: np.ndarray,
    titles: np.ndarray,
) -> None:
    """Fill in what the cosines between question, sentence and title vectors (n, d) say.

    ``titles`` holds the vector of each sentence's title: a sentence that says what the title says
    repeats the topic, which the question names too. ``foreign_…`` features only count for a
    question whose words the corpus does not have: there meaning is all there is to go by.
    """
    foreign = 1 - question.coverage
    similarities, alike = vectors @ question_vector, (vectors * titles).sum(axis=1)
    for sentence, similarity, title in zip(sentences, similarities, alike, strict=True):
        sentence.features["similarity"] = float(similarity)
        sentence.features["title_similarity"] = float(title)
        sentence.features["foreign_similarity"] = float(similarity) * foreign
        sentence.features["foreign_passage"] = sentence.features["passage"] * foreign


def weighted_overlap(weights: Mapping[str, float], found: Set[str]) -> float:
    """Weighted share of what the question has that stands among ``found``."""
    total = sum(weights.values())
    return sum(w for item, w in weights.items() if item in found) / total if total else 0.0


def _stem_set(text: str) -> set[str]:
    return {synonym_class(w) for w in words(text)}


def answerability_features(
    question: QuestionTerms, passages: Sequence[RetrievedPassage], sentences: Sequence[Sentence]
) -> dict[str, float]:
    """Features of the whole: does anything here answer the question?"""
    if not passages or not sentences:
        return {}
    first = passages[0]
    stems = _stem_set(f"{first.article.title}\n{first.text}")
    missing = [w for s, w in question.weights.items() if s not in stems]
    heaviest = max(question.weights.values(), default=1.0) or 1.0
    grams = {g for w in words(f"{first.article.title} {first.text}") for g in word_grams(w)}
    best = max(sentences, key=lambda s: s.score)
    similarities = sorted((p.similarity for p in passages), reverse=True)
    others = similarities[1:] or similarities
    other = reply_language(question.text) != reply_language(first.text)
    of_sentences = [s.features["similarity"] for s in sentences]
    return {
        "similarity": similarities[0],
        "similarity_gap": similarities[0] - similarities[-1],
        "similarity_lead": similarities[0] - sum(others) / len(others),
        "passage_stems": weighted_overlap(question.weights, stems),
        "passage_grams": weighted_overlap(question.grams, grams),
        "heaviest_missing": max(missing, default=0.0) / heaviest,
        "sentence_stems": best.features["stems"],
        "near_stems": best.features["near_stems"],
        "local_stems": best.features["local_stems"],
        "relation": best.features["relation"],
        "sentence_grams": best.features["grams"],
        "sentence_similarity": best.features["similarity"],
        "sentence_lead": best.features["similarity"] - sum(of_sentences) / len(of_sentences),
        "best_logit": best.logit / 10,
        "best_share": best.score,
        "best_is_first": float(best.rank == 0),
        "type": best.features["type"],
        # Words that no article has: in the articles' own language they are what is missing.
        "unknown": 0.0 if other else 1 - question.coverage,
        "other_script": float(other),
    }
