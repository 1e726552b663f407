"""The step ``verify``: every citation is compared with its article, and dates are noted."""

from __future__ import annotations

from dataclasses import replace

from bot.answering.lead_and_dates import DateNote, date_line, supersedes_any
from bot.conversation.intent import confirm_topic
from bot.core.models import Answer
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState


def verify(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Compare each citation with its article as it is now, and note publication dates.

    The answer is discarded if an article has changed.
    """
    answer = state.answer
    assert answer is not None and state.message is not None  # noqa: S101
    articles = {c.article_id: deps.store.get(c.article_id) for c in answer.citations}
    for citation in answer.citations:
        article = articles[citation.article_id]
        if article is None or article.text[citation.start : citation.end] != citation.quote:
            return _discarded(state)
    cited = [c.article_id for c in answer.citations]
    if state.reply is not None:
        return state  # its lines have their dates
    state = state.with_message(confirm_topic(state.message, cited))
    return replace(state, answer=_dated(state, answer))


def _discarded(state: QuestionState) -> QuestionState:
    """``state`` without the answer and what it was made of; the usage of the model is kept."""
    return replace(
        state,
        scored=(),
        passages=[],
        passages_outside_dates=[],
        unscored_quotes=[],
        intro_key=None,
        sentences=[],
        judged=None,
        side_quotes=[],
        confidence=None,
        reader=None,
        reply=None,
        answer=None,
        model_use=None,
        stale_reads=state.stale_reads + 1,
    )


def _dated(state: QuestionState, answer: Answer) -> Answer:
    """The answer with a line on publication dates, where the question or a superseded report calls
    for it."""
    assert state.message is not None and state.query is not None  # noqa: S101
    superseded = bool(answer.citations) and supersedes_any(
        answer.citations[0].article_id, state.passages
    )
    note = DateNote(state.query.own_dates, superseded=superseded)
    line = date_line(answer.citations, note, state.reply_language)
    return replace(
        answer,
        text=f"{line}\n{answer.text}" if line else answer.text,
        standalone_question=state.message.standalone.text,
    )
