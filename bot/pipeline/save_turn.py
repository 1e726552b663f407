"""The step ``save_turn``: stores the question and its answer in the conversation."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.suggested_choices import SuggestedChoices
from bot.conversation.turns import QuotedSpan, Turn
from bot.core.models import Answer
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState

MAX_STORED_ANSWER_LENGTH = 500
"""Characters of an answer that are stored."""
_INTENTS_OF_MODES = {
    "headlines": "browse",
    "overview": "overview",
    "summary": "summary",
    "timeline": "timeline",
}
"""The intents that commands go on with, which may have been taken because no sentence answers."""


def save_turn(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Append the question to ``turns``, or replace its earlier form."""
    history = state.history
    turns = list(history.before)
    answer = state.answer
    if answer is not None and answer.mode != "smalltalk" and not history.forgotten:
        turns.append(_turn(state, answer))
    turns += history.after
    stored = [turn.to_json() for turn in turns[-deps.settings.history :]]
    return replace(state, turns=stored, language=state.reply_language)


def _turn(state: QuestionState, answer: Answer) -> Turn:
    message = state.message
    assert message is not None  # noqa: S101
    cited = [c.article_id for c in answer.citations]
    nearest = list(message.context_articles) or [p.article.id for p in state.passages[:1]]
    dated = bool(state.passages_outside_dates)
    return Turn(
        question=state.request.question,
        standalone=message.standalone.text,
        quotes=tuple(QuotedSpan(c.article_id, c.start, c.end) for c in answer.citations),
        topic=message.standalone.topic,
        earlier_words=message.standalone.earlier_words,
        articles=tuple(dict.fromkeys(cited or nearest)),
        choices=SuggestedChoices(
            question=message.dates.rest if dated else message.standalone.text,
            articles=tuple(s.article_id for s in answer.suggestions),
            titles=tuple(s.title for s in answer.suggestions),
            dated=dated,
        ),
        answer=answer.text[:MAX_STORED_ANSWER_LENGTH],
        turn_id=state.request.turn_id,
        intent=_INTENTS_OF_MODES.get(answer.mode, message.intent),
        mode=answer.mode,
        next_offset=state.reply.next_offset if state.reply else None,
        slots=state.slots,
    )
