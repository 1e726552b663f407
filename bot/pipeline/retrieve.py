"""The step ``retrieve``: passages for the question, or quotes that need no scoring."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from bot.answering.lead_and_dates import lead_quote, quote_at
from bot.answering.query import article_passages, retrieve_passages
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState

UNLIKELY_READING, SURE_CONFIDENCE = 0.1, 0.5
"""Readings that are less probable need this confidence to be taken."""
READING_WEIGHT = 0.5
"""Weight of a reading's probability against the confidence of its answer."""


def retrieve(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Set ``passages``, and ``unscored_quotes`` if the answer consists of leads or of earlier
    quotes."""
    message, query = state.message, state.query
    assert message is not None and query is not None  # noqa: S101
    store, settings = deps.store, deps.settings
    standalone = message.standalone
    if deps.reader is not None:
        deps.reader.prepare()
    if message.chosen_article is not None:
        vector = store.query_vectors([standalone.text])[0]
        passages = article_passages(store, message.chosen_article, vector)
        lead = [lead_quote(p) for p in passages if p.index == 0]
        return replace(state, passages=passages, unscored_quotes=lead)
    if standalone.kind == "comparison":
        quotes = [q for q in (quote_at(store, *span) for span in message.earlier_quotes) if q]
        if len(quotes) > 1:
            return replace(
                state,
                passages=[quote.sentence.passage for quote in quotes],
                unscored_quotes=quotes,
                intro_key="compared",
                confidence=1.0,
            )
    if message.in_context:
        vector = store.query_vectors([standalone.own.text])[0]
        read = [article_passages(store, a, vector) for a in message.context_articles]
        nearest = sorted(chain(*read), key=lambda p: -p.similarity)
        return replace(state, passages=nearest[: settings.passages])
    return replace(state, passages=retrieve_passages(store, query, settings.passages))


def next_reading(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Begin with the next reading of the message."""
    at = len(state.scored)
    return replace(
        state,
        passages=[],
        unscored_quotes=[],
        sentences=[],
        confidence=None,
        reader=None,
        judged=None,
        side_quotes=[],
    ).with_message(state.readings[at])


def choose_reading(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Continue with the reading that is answered best."""
    if len(state.scored) < 2:
        return state
    threshold = deps.settings.refusal_threshold

    def rank(found: QuestionState) -> tuple[bool, float]:
        assert found.message is not None  # noqa: S101
        confidence = found.confidence or 0.0
        least = threshold if found.message.probability >= UNLIKELY_READING else SURE_CONFIDENCE
        answered = bool(found.sentences) and confidence >= max(threshold, least)
        return answered, confidence + READING_WEIGHT * found.message.probability

    best = max(state.scored, key=rank)
    return replace(best, scored=state.scored, timings_ms=state.timings_ms)
