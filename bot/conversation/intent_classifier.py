"""Classifies what a message asks for, and whether it continues the conversation.

Both classifiers work on embeddings that are computed for the search anyway. They are fitted to the
shipped embedding model; with another one, classifiers on n-grams alone take their place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.conversation.message_terms import message_hashes
from bot.core.intents import QUESTION_INTENTS, SMALLTALK_INTENTS
from bot.core.linear_classifier import Prediction, load_classifier
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText, stem

if TYPE_CHECKING:
    import numpy as np

Relation = Literal["new", "on", "correct", "act"]
"""How a message relates to the last turn: it stands by itself, continues it, corrects it, or acts
on its answer."""


def intent_features(message: AnalysedText, vector: np.ndarray | None) -> np.ndarray:
    """Dense features (shape (d,)) for the intent; ``vector`` is the message's embedding, (384,)."""
    import numpy as np

    words = message.words
    latin = sum(word.isascii() and word.isalpha() for word in words)
    lexical = [
        float(any(mark in message.text for mark in "?؟")),
        math.log1p(len(words)),
        float(len(words) == 1),
        float(not words),
        float(any(word[0].isdigit() for word in words)),
        latin / max(len(words), 1),
        float(has_arabic(message.text)),
    ]
    found = np.array(lexical, dtype=np.float32)
    return found if vector is None else np.concatenate([vector.astype(np.float32), found])


def classify_intent(message: ParsedQuestion, vector: np.ndarray | None) -> Prediction:
    """Probabilities of the intents of ``message``.

    Args:
        message: The message.
        vector: Its embedding by the shipped model, shape (384,); None for another model.
    """
    classifier = load_classifier(__package__, "intent" if vector is not None else "intent_lexical")
    return classifier.predict(intent_features(message, vector), message_hashes(message))


@dataclass(frozen=True, slots=True)
class LastTurn:
    """What a message may refer to: the last question and the title of the article cited for it.

    ``question_vector`` and ``title_vector`` are query embeddings by the shipped model, shape
    (384,); None for another model.
    """

    question: AnalysedText
    title: AnalysedText
    question_vector: np.ndarray | None = None
    title_vector: np.ndarray | None = None


def relation_features(
    message: ParsedQuestion, vector: np.ndarray | None, last: LastTurn
) -> np.ndarray:
    """Dense features (shape (d,)) for the relation of ``message`` to the last turn.

    The embedding, its products with those of the last question and title, their cosines, and how
    many of its content words are new.
    """
    import numpy as np

    content = {stem(w) for w in message.topic_words if w not in STOP_WORDS}
    question, title = (
        {stem(w) for w in text.words if w not in STOP_WORDS} for text in (last.question, last.title)
    )
    shared = len(content & (question | title))
    lexical = [
        math.log1p(len(message.words)),
        math.log1p(len(content)),
        float(not content),
        float(len(content) == 1),
        shared / max(len(content), 1),
        float(shared == 0 and bool(content)),
        float(message.has_anaphor),
        float(message.opens_with_conjunction),
        float(message.has_question_word),
        float(has_arabic(message.text) == has_arabic(last.question.text)),
    ]
    found = np.array(lexical, dtype=np.float32)
    if vector is None or last.question_vector is None or last.title_vector is None:
        return found
    v, q, t = (x.astype(np.float32) for x in (vector, last.question_vector, last.title_vector))
    cosines = np.array([v @ q, v @ t], dtype=np.float32)
    return np.concatenate([v, v * q, v * t, cosines, found])


def classify_relation(
    message: ParsedQuestion, vector: np.ndarray | None, last: LastTurn
) -> Prediction:
    """Probabilities of the relations of ``message`` to the last turn."""
    features = relation_features(message, vector, last)
    name = "relation_lexical" if len(features) < 100 else "relation"
    return load_classifier(__package__, name).predict(features, message_hashes(message))


def is_smalltalk(text: str) -> bool:
    """Whether a message is small talk, by its n-grams alone, without loading a model."""
    prediction = classify_intent(ParsedQuestion(text), None)
    return prediction.share(SMALLTALK_INTENTS) > 0.5


def question_intent(prediction: Prediction) -> tuple[str, float]:
    """The most probable intent of a question, and its probability among those of questions."""
    total = prediction.share(QUESTION_INTENTS)
    label = max(QUESTION_INTENTS, key=lambda intent: prediction.probabilities.get(intent, 0.0))
    return label, prediction.probabilities.get(label, 0.0) / max(total, 1e-9)
