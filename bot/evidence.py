"""How well sentences and passages support an answer: the features everything else weighs.

All features lie in [0, 1] or near it. They are combined by the linear models of
:mod:`bot.weights`, which ``training/fit_weights.py`` fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.question_types import QuestionType, question_type, type_match
from ingest.sentences import split_sentences
from vectorstore.analysis import STOP_WORDS, stem, word_grams, words
from vectorstore.types import RetrievedPassage

if TYPE_CHECKING:
    import numpy as np

EMBEDDED_SENTENCES = 8
"""Sentences compared by embedding, the lexically best ones; each costs about 4 ms."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    ``weights`` are the idf of its content words' stems; ``coverage`` is the weighted share of them
    that occurs anywhere in the corpus.
    """

    text: str
    kind: QuestionType
    words: frozenset[str]
    weights: Mapping[str, float]
    grams: frozenset[str]
    coverage: float

    @classmethod
    def of(cls, text: str, idf: Mapping[str, tuple[float, bool]]) -> Question:
        """Take ``text`` apart; ``idf`` holds weight and presence of its ``content_stems``."""
        every = words(text)
        content = [w for w in every if w not in STOP_WORDS] or every
        weights = {s: idf[s][0] for s in content_stems(text)}
        total = sum(weights.values())
        present = sum(w for s, w in weights.items() if idf[s][1])
        return cls(
            text,
            question_type(text),
            frozenset(every),
            weights,
            frozenset(g for w in content for g in word_grams(w)),
            present / total if total else 0.0,
        )


def content_stems(text: str) -> list[str]:
    """Distinct stems of the content words of a question, in order."""
    every = words(text)
    content = [w for w in every if w not in STOP_WORDS] or every
    return list(dict.fromkeys(stem(w) for w in content))


@dataclass(slots=True)
class Sentence:
    """A sentence of a retrieved passage, offsets in its article."""

    passage: RetrievedPassage
    rank: int
    start: int
    end: int
    text: str
    features: dict[str, float] = field(default_factory=dict)
    logit: float = 0.0
    score: float = 0.0


def sentences_of(passages: Sequence[RetrievedPassage]) -> list[Sentence]:
    """All sentences of ``passages``, in order of rank and place."""
    return [
        Sentence(p, rank, p.start + start, p.start + end, p.text[start:end])
        for rank, p in enumerate(passages)
        for start, end in split_sentences(p.text)
    ]


def weigh_lexically(question: Question, sentences: Sequence[Sentence]) -> None:
    """Fill in every feature that needs no model."""
    titles = {s.passage.article.title: _stem_set(s.passage.article.title) for s in sentences}
    stem_sets = [_stem_set(s.text) for s in sentences]
    for i, sentence in enumerate(sentences):
        mine = stem_sets[i]
        near = mine | titles[sentence.passage.article.title]
        for j in (i - 1, i + 1):
            if 0 <= j < len(sentences) and sentences[j].passage is sentence.passage:
                near |= stem_sets[j]
        tokens = words(sentence.text)
        grams = {g for w in tokens for g in word_grams(w)}
        new = [w for w in tokens if w not in question.words and w not in STOP_WORDS]
        sentence.features = {
            "stems": share(question.weights, mine),
            "near_stems": share(question.weights, near),
            "grams": len(question.grams & grams) / (len(question.grams) or 1),
            "type": type_match(question.kind, tokens, question.words),
            "new": min(len(new), 12) / 12,
            "length": min(len(tokens), 60) / 60,
            "passage": sentence.passage.score,
            "first_passage": float(sentence.rank == 0),
            "passage_similarity": sentence.passage.similarity,
            "lead": float(sentence.start == 0),
            "similarity": 0.0,
        }


def worth_embedding(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The few sentences that look best without a model, best first."""

    def promise(sentence: Sentence) -> float:
        f = sentence.features
        return f["stems"] + 0.5 * f["near_stems"] + f["grams"] + 0.5 * f["type"] + 2 * f["passage"]

    return sorted(sentences, key=lambda s: (-promise(s), s.rank, s.start))[:EMBEDDED_SENTENCES]


def weigh_by_embedding(
    question: Question,
    sentences: Sequence[Sentence],
    question_vector: np.ndarray,
    vectors: np.ndarray,
) -> None:
    """Fill in what the cosines between question and sentence vectors (n, d) say.

    ``foreign_…`` features only count for a question whose words the corpus does not have: there
    meaning is all there is to go by.
    """
    foreign = 1 - question.coverage
    for sentence, similarity in zip(sentences, vectors @ question_vector, strict=True):
        sentence.features["similarity"] = float(similarity)
        sentence.features["foreign_similarity"] = float(similarity) * foreign
        sentence.features["foreign_passage"] = sentence.features["passage"] * foreign


def share(weights: Mapping[str, float], stems: frozenset[str] | set[str]) -> float:
    """Weighted share of the question's stems among ``stems``."""
    total = sum(weights.values())
    return sum(w for s, w in weights.items() if s in stems) / total if total else 0.0


def _stem_set(text: str) -> set[str]:
    return {stem(w) for w in words(text)}


def answerability(
    question: Question, passages: Sequence[RetrievedPassage], sentences: Sequence[Sentence]
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
    of_sentences = [s.features["similarity"] for s in sentences]
    found = {
        "similarity": similarities[0],
        "similarity_gap": similarities[0] - similarities[-1],
        "similarity_lead": similarities[0] - sum(others) / len(others),
        "passage_stems": share(question.weights, stems),
        "passage_grams": len(question.grams & grams) / (len(question.grams) or 1),
        "heaviest_missing": max(missing, default=0.0) / heaviest,
        "sentence_stems": best.features["stems"],
        "near_stems": best.features["near_stems"],
        "sentence_grams": best.features["grams"],
        "sentence_similarity": best.features["similarity"],
        "sentence_lead": best.features["similarity"] - sum(of_sentences) / len(of_sentences),
        "best_logit": best.logit / 10,
        "best_share": best.score,
        "best_is_first": float(best.rank == 0),
        "type": best.features["type"],
    }
    foreign = 1 - question.coverage
    return {
        **found,
        "foreign": foreign,
        **{f"foreign_{name}": value * foreign for name, value in found.items()},
    }
