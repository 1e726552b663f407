"""The classifiers of messages with embeddings of the shipped model, on messages never met."""

from __future__ import annotations

import numpy as np

from bot.conversation.intent_classifier import classify_intent
from bot.language.parsed_question import ParsedQuestion
from tests.unit.bot.conversation.message_cases import MESSAGES
from training.message_classifiers import coarse_predictions
from vectorstore.embedding.embedder import Embedder


def test_most_new_messages_are_understood(model: Embedder) -> None:
    texts = [text for found in MESSAGES.values() for text in found]
    gold = [label for label, found in MESSAGES.items() for _ in found]
    vectors = model.embed_queries(texts)
    predictions = [
        classify_intent(ParsedQuestion(text), vector)
        for text, vector in zip(texts, vectors, strict=True)
    ]
    rows = np.array([list(prediction.probabilities.values()) for prediction in predictions])
    found = coarse_predictions(rows, list(predictions[0].probabilities))
    wrong = [
        (text, label)
        for text, label, right in zip(texts, found, gold, strict=True)
        if label != right
    ]
    assert len(wrong) <= 0.15 * len(texts), wrong
