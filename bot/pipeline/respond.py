"""The step ``respond``: answers that are built of whole articles rather than of scored sentences.

Summaries, overviews, timelines, headlines, and facts about the collection or an article. What
builds them is imported by the first question that needs it: most ask for a fact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.intent import ParsedMessage
from bot.core.intents import QUESTION_INTENTS, SCORED_INTENTS, TOPIC_INTENTS, Reply, Slots
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, build_answer
from prompts import Language, text
from vectorstore.core.text_analysis import normalise, stem
from vectorstore.core.types import Filters
from vectorstore.store import ArticleStore

RESPONSE_INTENTS = QUESTION_INTENTS - SCORED_INTENTS
"""Intents that are answered here; without a reply the question is searched for like a fact."""
MIN_FALLBACK_PROBABILITY = 0.25
"""Probability of such an intent from which on a question that no sentence answers is answered by
it."""
MIN_TOPIC_SHARE = 0.6
"""Share of the words of a message that asks nothing, to be taken for a topic."""
SPECIFIC_TYPES = frozenset({"who", "when", "how_many"})
"""Types of questions for the latest of something that no report of the topic answers as a whole."""
_QUOTED = re.compile('[«“"]([^«»“”"]{4,})[»”"]')  # a title
_PROCLITICS = frozenset("بلفعك")
_PROCLITICS_WITH_ARTICLE = ("بال", "وال", "فال", "كال")
_MIN_NAME = 4  # letters of a name with its preposition
_MIN_IDF_GAIN = 1.5  # by how much its idf is lower without


def respond(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer by the first reading that has a reply; no answer if none has."""
    for reading in state.readings:
        if reading.intent not in RESPONSE_INTENTS:
            continue
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
    slots = extract_slots(message.standalone.own, message.dates, sources)
    quoted = _QUOTED.search(message.standalone.own.text)
    titled = deps.store.catalogue.ids_by_title([quoted[1]]) if quoted else set()
    return replace(
        slots,
        topic=_without_proclitics(slots.topic, deps.store),
        article_id=min(titled, default=slots.article_id),
    )


def _without_proclitics(topic: str, store: ArticleStore) -> str:
    """``topic`` with a preposition off each word that is far more frequent without it.

    The stemmer leaves them on names: "بفيسبوك", "لساركوزي".
    """
    tokens = topic.split()
    joinable = [t for t in tokens if len(t) > _MIN_NAME]
    bare = {t: t[1:] for t in joinable if t[0] in _PROCLITICS or t.startswith("وال")}
    stems = {t: stem(normalise(t)) for t in [*bare, *bare.values()]}
    known = store.stem_weights(list(stems.values()))

    def joined(token: str) -> bool:
        idf, present = known[stems[bare[token]]]
        least = 0.0 if token.startswith(_PROCLITICS_WITH_ARTICLE) else _MIN_IDF_GAIN
        return present and known[stems[token]][0] - idf >= least

    return " ".join(bare[t] if t in bare and joined(t) else t for t in tokens)


def with_reply(
    deps: Dependencies, state: QuestionState, reply: Reply, slots: Slots
) -> QuestionState:
    """``state`` answered with ``reply``, whose passages count as retrieved."""
    ids = list(dict.fromkeys(c.passage_id for c in reply.citations))
    found = deps.store.catalogue.retrieve(ids)
    state = replace(state, passages=[found[i] for i in ids if i in found] or state.passages)
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
    if brief or intent == "summary" or (intent == "overview" and slots.article_id):
        from bot.summarization.summary import SHORT_CHARACTERS, SHORT_SENTENCES, summarize

        articles = _articles_meant(deps, slots, context, filters)
        if brief:
            return summarize(
                store,
                scorer,
                articles,
                language,
                max_characters=SHORT_CHARACTERS,
                sentences=SHORT_SENTENCES,
            )
        return summarize(store, scorer, articles, language) if articles else None
    if not slots.topic and not context:
        return None
    if intent == "overview":
        from bot.summarization.overview import overview

        return overview(
            store, scorer, slots.topic, language, context_articles=context, filters=filters
        )
    if intent == "latest":
        from bot.summarization.overview import overview

        return overview(store, scorer, slots.topic, language, filters=filters, earlier=0)
    from bot.summarization.timeline import timeline

    return timeline(
        store,
        scorer,
        slots.topic,
        language,
        context_articles=context,
        filters=filters,
        offset=offset,
    )


def fallback_reply(deps: Dependencies, state: QuestionState) -> Reply | None:
    """The reply to a question that no sentence answers, by what else it may ask for.

    Words that are no question at all get an overview, as does "what is new on …"; of a single name
    or a section it gets the newest headlines.
    """
    message = state.message
    assert message is not None  # noqa: S101
    if message.intents is None or state.query is None:
        return None
    slots = message_slots(deps, message)
    own = message.standalone.own
    named = len(slots.topic.split())
    probabilities = message.intents.probabilities
    intent = max(TOPIC_INTENTS, key=lambda label: probabilities[label])
    if not slots.topic and slots.section:
        intent = "browse"  # "كورة يوم الحد اللي فات"
    elif message.intent == "latest":
        if own.type in SPECIFIC_TYPES or (named <= 1 and not own.is_question):
            return None  # "بكم وصل الدولار؟", "آخر سعر للذهب"
        # "شنوة الجديد في اليمن؟", and "وين وصل إضراب الأطباء؟"
        intent = "browse" if named <= 1 else "latest"
    elif message.intent != "fact":
        return None
    elif probabilities[intent] < MIN_FALLBACK_PROBABILITY:
        if own.is_question or named < MIN_TOPIC_SHARE * len(own.words):
            return None
        intent = "overview"
    filters = state.query.effective_filters
    if intent != "browse" and named > 1:
        from bot.summarization.stories import MIN_TOPIC_PROBABILITY, articles_on_topic

        # "ماذا حدث لزوجة فينغر؟": what no sentence answers is more often a near miss.
        if not articles_on_topic(deps.store, slots.topic, filters).above(MIN_TOPIC_PROBABILITY):
            return None
    told = replace(message, intent=intent)
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
