"""The step ``understand``: the reply's language, and the message interpreted in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.conversation.intent import (
    MIN_RESPONSE_PROBABILITY,
    MessageContext,
    ParsedMessage,
    parse_message,
)
from bot.conversation.query_rewriting import StandaloneQuestion
from bot.conversation.turns import Turn
from bot.core.intents import QUESTION_INTENTS, TOPIC_INTENTS
from bot.core.usage import UsageCounter
from bot.language.parsed_question import ParsedQuestion
from bot.language.reply_language import reply_language
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.respond import message_slots
from bot.pipeline.state import QuestionState, build_answer
from bot.transliteration.latin_script import in_arabic_script
from prompts import text
from vectorstore.core.text_analysis import stem
from vectorstore.embedding.default_model import MODEL_ID
from vectorstore.store import ArticleStore

MIN_UNREADABLE_PROBABILITY = 0.8
"""Least probability of what a message of unknown words is taken for."""
NEWS_INTENTS = TOPIC_INTENTS | {"latest"}
"""Intents that without a topic can only be answered by headlines."""


def understand(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Set ``reply_language``, ``readings`` and the first of them; answer small talk at once.

    Arabic typed in Latin letters is read as Arabic; what cannot be read is refused.
    """
    request = state.request
    if (direct := _requested(deps, state)) is not None:
        language = request.language
        if language == "auto":
            language = reply_language(request.question, previous=state.language)
        state = replace(state, readings=(direct,), reply_language=language)
        return state.with_message(direct)
    arabic = in_arabic_script(request.question, deps.store.stem_weights)
    question = arabic or request.question
    language = request.language
    if language == "auto":
        language = "ar" if arabic is None else reply_language(question, previous=state.language)
    state = replace(state, reply_language=language)
    turns = state.history.before
    readings = parse_message(question, turns, message_context(deps))
    if arabic is None and not _is_clear_by_itself(readings[0]):
        unknown = text("bot.refusal.unknown_script", language)
        state = replace(state, readings=readings).with_message(readings[0])
        return replace(state, answer=build_answer(deps, state, "refusal", unknown))
    readings, usage = _rephrased(deps, state, readings, turns)
    readings = tuple(_browsing(deps, reading, len(readings) == 1) for reading in readings)
    state = replace(state, readings=readings, usage=usage).with_message(readings[0])
    if readings[0].reply_key is None:
        return state
    reply = text(f"bot.smalltalk.{readings[0].reply_key}", language)
    return replace(state, answer=build_answer(deps, state, "smalltalk", reply))


def _requested(deps: Dependencies, state: QuestionState) -> ParsedMessage | None:
    """The message of a button, which needs no interpretation; None for a typed one."""
    chosen, turn = state.request.chosen, state.history.replaced
    if chosen is not None and chosen.article_id is not None:
        own = ParsedQuestion(chosen.text)
        title = deps.article_context.title(chosen.article_id)
        question = own.with_topic(title) if title else own
        return ParsedMessage(
            StandaloneQuestion(question, own_question=own, topic=title, kind="previous"),
            intent=chosen.intent,
            context_articles=(chosen.article_id,),
        )
    if state.request.offset is None or turn is None:
        return None
    own = ParsedQuestion(turn.own_text)
    question = own.with_topic(turn.topic) if turn.topic else own
    return ParsedMessage(
        StandaloneQuestion(
            question, own_question=own, topic=turn.topic, earlier_words=turn.earlier_words
        ),
        intent=turn.intent,
        command="more",
        context_articles=turn.articles,
    )


def _is_clear_by_itself(message: ParsedMessage) -> bool:
    """Whether a message of unknown words is clearly small talk or a command ("slm", "kammel")."""
    if message.intents is None:
        return True
    answered = message.reply_key is not None or message.command is not None
    return answered and message.intents.probability >= MIN_UNREADABLE_PROBABILITY


def _browsing(deps: Dependencies, reading: ParsedMessage, only: bool) -> ParsedMessage:
    """``reading`` as a request for headlines if it asks for news and names no topic.

    It names a section, a source or a period ("جديد الاقتصاد؟", "رياضة"), or nothing at all ("آخر
    المستجدات"), if it is the ``only`` reading: another one may go on with a story.
    """
    if reading.intents is None or reading.standalone.kind != "none" or reading.reply_key:
        return reading
    asked = reading.intents.share(QUESTION_INTENTS)
    if reading.intents.share(NEWS_INTENTS) < MIN_RESPONSE_PROBABILITY * asked:
        return reading
    slots = message_slots(deps, reading)
    named = slots.section or slots.source or slots.since
    if slots.topic or slots.article_id or not (named or only):
        return reading
    return replace(reading, intent="browse")


def message_context(deps: Dependencies) -> MessageContext:
    """What messages are interpreted with."""

    def newest_day() -> date | None:
        newest = deps.store.catalogue.newest(None, 1)
        return newest[0].published_at.date() if newest and newest[0].published_at else None

    return MessageContext(
        articles=deps.article_context,
        embed=deps.store.query_vectors if deps.store.embedder.model_id == MODEL_ID else None,
        today=deps.today,
        newest=newest_day,
        week_start=deps.settings.week_start,
        is_known=lambda words: _are_known(deps.store, words),
    )


def _are_known(store: ArticleStore, words: Sequence[str]) -> bool:
    known = store.stem_weights([stem(word) for word in words])
    return bool(words) and all(present for _, present in known.values())


def _rephrased(
    deps: Dependencies,
    state: QuestionState,
    readings: tuple[ParsedMessage, ...],
    turns: Sequence[Turn],
) -> tuple[tuple[ParsedMessage, ...], UsageCounter | None]:
    """The readings, or the question as the chat model rephrased it where they are uncertain."""
    request, first = state.request, readings[0]
    bare = first.reply_key == "nothing_offered"
    if deps.composer is None or not request.compose or not turns or not (bare or _unsure(first)):
        return readings, None
    from bot.generation.core.prompt import PastTurn
    from bot.generation.query_rephrasing import rephrased_question

    past = [PastTurn(turn.question, turn.answer) for turn in turns]
    line, usage = deps.composer.rephrase(
        request.question, past, state.reply_language, request.is_cancelled
    )
    if not line:
        return readings, usage
    (rephrased, *_) = parse_message(line, [], message_context(deps))
    if rephrased.reply_key is not None:
        return readings, usage
    context = [turns[at] for at in first.standalone.turns] or list(turns[-1:])
    rephrased = replace(
        rephrased,
        standalone=rephrased_question(line, first.standalone, request.question, len(turns)),
        earlier_quotes=tuple(quote for turn in context for quote in turn.quotes),
        context_articles=tuple(dict.fromkeys(a for turn in context for a in turn.articles)),
    )
    return (rephrased,), usage


def _unsure(first: ParsedMessage) -> bool:
    """Whether a message may continue the conversation, and what it then asks is uncertain."""
    return first.reply_key is None and first.chosen_article is None and not first.is_certain
