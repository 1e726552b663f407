"""The step ``retrieve``: passages for the question, or quotes that need no scoring."""

from __future__ import annotations

from dataclasses import replace

from bot.answering.lead_and_dates import lead_quote, quote_at
from bot.answering.query import article_passages, newest_on_topic, retrieve_passages
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState


def retrieve(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Set ``passages``, and ``unscored_quotes`` if the answer consists of leads or of earlier
    quotes."""
    message, query = state.message, state.query
    assert message is not None and query is not None  # noqa: S101
    store, settings = deps.store, deps.settings
    standalone = message.standalone
    if deps.reader is not None and standalone.question.is_question:
        deps.reader.prepare()
    if message.chosen_article is not None:
        vector = store.query_vectors([standalone.text])[0]
        passages = article_passages(store, message.chosen_article, vector)
        lead = [lead_quote(p) for p in passages if p.index == 0]
        return replace(state, passages=passages, unscored_quotes=lead)
    if message.news_topic is not None:
        filters = query.period(store) or query.effective_filters
        passages = newest_on_topic(store, message.news_topic, filters, settings.passages)
        if passages:
            leads = [lead_quote(p) for p in passages[: settings.citations]]
            return replace(state, passages=passages, unscored_quotes=leads, confidence=1.0)
    elif standalone.kind == "comparison":
        quotes = [q for q in (quote_at(store, *span) for span in message.earlier_quotes) if q]
        if len(quotes) > 1:
            return replace(
                state,
                passages=[quote.sentence.passage for quote in quotes],
                unscored_quotes=quotes,
                intro_key="compared",
                confidence=1.0,
            )
    return replace(state, passages=retrieve_passages(store, query, settings.passages))
