"""The step ``understand``: the reply's language, and the message interpreted in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.conversation.intent import DateContext, ParsedMessage, parse_message
from bot.conversation.turns import Turn
from bot.core.usage import UsageCounter
from bot.language.reply_language import reply_language
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, build_answer
from prompts import text


def understand(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Set ``reply_language``, ``message`` and ``query``; answer small talk at once."""
    request = state.request
    language = request.language
    if language == "auto":
        language = reply_language(request.question, previous=state.language)
    state = replace(state, reply_language=language)
    turns = state.history.before
    message = _parse(deps, request.question, turns)
    message, usage = _rephrased(deps, state, message, turns)
    state = replace(state, usage=usage).with_message(message)
    if message.smalltalk is None:
        return state
    reply = text(f"bot.smalltalk.{message.smalltalk}", language)
    return replace(state, answer=build_answer(deps, state, "smalltalk", reply))


def _parse(deps: Dependencies, question: str, turns: Sequence[Turn]) -> ParsedMessage:
    def newest_day() -> date | None:
        newest = deps.store.catalogue.newest(None, 1)
        return newest[0].published_at.date() if newest and newest[0].published_at else None

    calendar = DateContext(deps.settings.today or date.today(), newest_day)
    return parse_message(question, turns, deps.article_context, calendar)


def _rephrased(
    deps: Dependencies, state: QuestionState, message: ParsedMessage, turns: Sequence[Turn]
) -> tuple[ParsedMessage, UsageCounter | None]:
    """The message with a follow-up rephrased by the chat model where heuristics are uncertain."""
    request = state.request
    bare = message.smalltalk == "nothing_offered"
    uncertain = (
        message.smalltalk is None
        and message.chosen_article is None
        and not message.standalone.certain
    )
    if deps.composer is None or not request.compose or not turns or not (bare or uncertain):
        return message, None
    from bot.generation.core.prompt import PastTurn
    from bot.generation.query_rephrasing import rephrased_question

    past = [PastTurn(turn.question, turn.answer) for turn in turns]
    line, usage = deps.composer.rephrase(
        request.question, past, state.reply_language, request.is_cancelled
    )
    rephrased = _parse(deps, line, []) if line else message
    if not line or rephrased.smalltalk is not None:
        return message, usage
    context = [turns[at] for at in message.standalone.turns] or list(turns[-1:])
    rephrased = replace(
        rephrased,
        standalone=rephrased_question(line, message.standalone, request.question, len(turns)),
        earlier_quotes=tuple(quote for turn in context for quote in turn.quotes),
        context_articles=frozenset(a for turn in context for a in turn.articles),
    )
    return rephrased, usage
