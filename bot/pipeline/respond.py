"""The step ``respond``: answers that are built of whole articles rather than of scored sentences.

Summaries, overviews, timelines, headlines, and facts about the collection or an article. What
builds them is imported by the first question that needs it: most ask for a fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.intent import ParsedMessage
from bot.core.intents import Reply, Slots
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, build_answer
from prompts import Language, text
from vectorstore.core.types import Filters

RESPONSE_INTENTS = frozenset(
    {"summary", "overview", "timeline", "browse", "collection", "article", "opinion"}
)
"""Intents that are answered here; without a reply the question is searched for like a fact."""
OVERVIEW_INTENTS = frozenset({"overview", "summary", "timeline"})
MIN_OVERVIEW_PROBABILITY = 0.2
"""Probability of these from which on a question that no sentence answers gets an overview."""
BRIEF_CHARACTERS = 260
"""Characters of a summary that was asked to be shorter."""


def respond(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer by the first reading that has a reply; no answer if none has."""
    for reading in state.readings:
        found = state.with_message(reading)
        slots = message_slots(deps, reading)
        reply = build_reply(
            deps,
            reading,
            slots,
            state.reply_language,
            filters=state.request.filters,
            offset=state.request.offset or 0,
        )
        if reply is not None:
            return with_reply(deps, found, reply, slots)
    return state


def message_slots(deps: Dependencies, message: ParsedMessage) -> Slots:
    """What a message names."""
    from bot.conversation.slots import extract_slots

    sources = [name for name, _ in deps.store.catalogue.sources()]
    return extract_slots(message.standalone.own, message.dates, sources)


def with_reply(
    deps: Dependencies, state: QuestionState, reply: Reply, slots: Slots
) -> QuestionState:
    """``state`` answered with ``reply``."""
    answer = build_answer(
        deps,
        state,
        reply.mode,
        reply.text,
        citations=reply.citations,
        suggestions=reply.suggestions,
        next_offset=reply.next_offset,
    )
    return replace(state, reply=reply, slots=slots, answer=answer)


def build_reply(
    deps: Dependencies,
    message: ParsedMessage,
    slots: Slots,
    language: Language,
    *,
    filters: Filters | None = None,
    offset: int = 0,
    brief: bool = False,
) -> Reply | None:
    """The reply to a request by its intent; None if there is nothing to give.

    Args:
        deps: The dependencies.
        message: The request.
        slots: What it names.
        language: Language of the reply.
        filters: The caller's filters.
        offset: Number of items given before, for intents with several pages.
        brief: Give one or two sentences.
    """
    store, scorer, context = deps.store, deps.scorer, message.context_articles
    intent = message.intent
    if intent == "browse":
        from bot.browsing.headlines import browse

        return browse(store, slots, language, deps.today, offset, filters)
    if intent == "collection":
        from bot.browsing.collection import answer_about_collection

        own = message.standalone.own
        return answer_about_collection(store, own, slots, language, deps.today)
    if intent == "article":
        from bot.browsing.article_info import answer_about_article

        return answer_about_article(store, message.standalone.own, slots, language, context)
    if intent == "opinion":
        return _no_opinion(deps, slots, language, filters)
    if brief or intent == "summary":
        from bot.summarization.summary import summarize

        articles = _articles_meant(deps, slots, context, filters)
        if brief:
            return summarize(
                store,
                scorer,
                articles,
                language,
                max_characters=BRIEF_CHARACTERS,
                sentences=(1, 2),
            )
        return summarize(store, scorer, articles, language) if articles else None
    if not slots.topic and not context:
        return None
    if intent == "overview":
        from bot.summarization.overview import overview

        return overview(
            store, scorer, slots.topic, language, context_articles=context, filters=filters
        )
    from bot.summarization.timeline import timeline

    return timeline(
        store, slots.topic, language, context_articles=context, filters=filters, offset=offset
    )


def fallback_reply(deps: Dependencies, state: QuestionState) -> Reply | None:
    """An overview for a question that no sentence answers but that may ask what is going on."""
    message = state.message
    assert message is not None  # noqa: S101
    if message.intents is None or message.intent != "fact" or state.query is None:
        return None
    likely = message.intents.share(OVERVIEW_INTENTS) >= MIN_OVERVIEW_PROBABILITY
    if message.standalone.own.is_question and not likely:
        return None
    slots = message_slots(deps, message)
    told = replace(message, intent="overview")
    filters = state.query.effective_filters
    return build_reply(deps, told, slots, state.reply_language, filters=filters)


def _no_opinion(
    deps: Dependencies, slots: Slots, language: Language, filters: Filters | None
) -> Reply:
    """That there is no opinion, and the articles on the topic."""
    from bot.summarization.related import related

    found = related(deps.store, slots.topic, language, filters=filters) if slots.topic else None
    key = "opinion_with_articles" if found else "opinion"
    return Reply(
        mode="opinion",
        text=text(f"bot.answer.{key}", language),
        suggestions=found.suggestions if found else (),
    )


def _articles_meant(
    deps: Dependencies, slots: Slots, context: Sequence[str], filters: Filters | None
) -> list[str]:
    """Ids of the articles to summarise: the one just cited, or those of the story named."""
    if slots.article_id is not None:
        return [slots.article_id]
    if not slots.topic:
        return list(context[:1])
    from bot.summarization.stories import find_story

    return [a.id for a in find_story(deps.store, slots.topic, filters=filters)]
