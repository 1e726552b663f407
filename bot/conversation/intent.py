"""Interprets a message in its conversation: what it asks for, and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.conversation.intent_classifier import (
    LastTurn,
    classify_intent,
    classify_relation,
    question_intent,
)
from bot.conversation.query_rewriting import (
    ContextLookup,
    StandaloneQuestion,
    announced_topic,
    corrected_question,
    is_correction,
    rewrite_question,
)
from bot.conversation.suggested_choices import is_bare_reply, match_choice
from bot.conversation.turns import QuotedSpan, Turn, last_cited
from bot.core.intents import (
    COMMAND_INTENTS,
    QUESTION_INTENTS,
    SCORED_INTENTS,
    SMALLTALK_INTENTS,
    TOPIC_INTENTS,
)
from bot.core.linear_classifier import Prediction
from bot.core.settings import WeekStart
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates, parse_query_dates
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText

if TYPE_CHECKING:
    import numpy as np

MIN_COMMAND_PROBABILITY = 0.5
"""Least probability of a command on the last answer, from the message and from its relation …"""
MIN_ACTING_PROBABILITY = 0.3
"""… and from its relation alone: "ومن أُقيل بعدها؟" has "بعدها" from the command "ماذا بعدها؟" …"""
MIN_FIRST_COMMAND = 0.9
"""… or of the first message, which has no answer to act on."""
MIN_SMALLTALK_PROBABILITY = 0.7
"""Least probability of small talk, for the message not to be searched for; of a message that seems
to continue the conversation, or is a question …"""
MIN_SMALLTALK_QUESTION = 0.9
"""… this much: "من صممه؟" looks like "من أنت؟"; and of a few words that articles have …"""
MIN_SMALLTALK_OF_KNOWN_WORDS = 0.95
"""… this much: greetings have .96 and more, names up to .94."""
MAX_TOPIC_WORDS = 4
"""Words of a message without a question or a request that is taken for a topic …"""
MIN_TOPIC_SHARE = 0.5
"""… and the share of them that are no wording of a request: not "آخر سعر للذهب"."""
MIN_INTENT_PROBABILITY = 0.5
"""Intents with less are taken for questions of fact …"""
MIN_RESPONSE_PROBABILITY = 0.65
"""… those that are answered by whole articles with less than this …"""
MIN_STATEMENT_PROBABILITY = 0.99
"""… and of texts that may be pasted headlines: of 671 headlines and leads, .03 have more."""
FACT_TYPES = frozenset({"who", "when", "where", "how_many", "why"})
MIN_AGAINST_QUESTION_WORD = 0.95
"""Likewise of questions whose question words ask for one fact."""
MIN_READING_PROBABILITY = 0.1
"""Readings with less are left out: as a continuation of the conversation, or by itself."""
CERTAIN_READING = 0.85
"""Probability from which on the other reading is only tried if this one is refused."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What a message is interpreted with.

    Attributes:
        articles: Titles and words of the articles of the conversation.
        embed: Query embeddings (n, 384) by the shipped model; None if the store has another one.
        today: The date that "yesterday" is relative to.
        newest: Looks up the publication day of the newest article.
        week_start: The day that weeks begin on; by the question's language if None.
        is_known: Whether there are words, and articles have all of them.
    """

    articles: ContextLookup
    embed: Callable[[Sequence[str]], np.ndarray] | None
    today: date
    newest: Callable[[], date | None]
    week_start: WeekStart | None = None
    is_known: Callable[[Sequence[str]], bool] = bool

    def dates(self, question: str | ParsedQuestion, newest: date | None = None) -> QueryDates:
        """The dates that ``question`` names."""
        return parse_query_dates(question, self.today, newest=newest, week_start=self.week_start)


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message, interpreted.

    Attributes:
        standalone: The question that can be searched for by itself.
        intent: What it asks for, a key of ``bot.core.intents``.
        intents: The probability of each intent; None for a choice among those offered.
        probability: Probability of this reading of the message.
        reply_key: Key under ``bot.smalltalk`` of the text that answers it; None for a question.
        command: The command on the last answer; None for a question.
        dates: The dates that it names.
        earlier_quotes: What was quoted in the turns that it refers to.
        context_articles: Ids of the articles of these turns.
        chosen_article: Id of the only article to search, chosen from those that were offered.
        in_context: Whether only the articles of the turn that it refers to are read.
    """

    standalone: StandaloneQuestion
    intent: str = "fact"
    intents: Prediction | None = None
    probability: float = 1.0
    reply_key: str | None = None
    command: str | None = None
    dates: QueryDates = field(default_factory=QueryDates)
    earlier_quotes: tuple[QuotedSpan, ...] = ()
    context_articles: tuple[str, ...] = ()
    chosen_article: str | None = None
    in_context: bool = False

    @property
    def certain_intent(self) -> bool:
        """Whether the intent was found by the classifier rather than taken for want of another."""
        if self.intents is None:
            return False
        intent, probability = question_intent(self.intents)
        return intent == self.intent and probability >= MIN_INTENT_PROBABILITY

    @property
    def is_certain(self) -> bool:
        """Whether no other reading need be compared with this one."""
        return self.probability >= CERTAIN_READING


def parse_message(
    text: str, turns: Sequence[Turn], context: MessageContext
) -> tuple[ParsedMessage, ...]:
    """The readings of ``text`` as the message after ``turns`` (oldest first), the likeliest first.

    There is more than one if it is uncertain whether it continues the conversation.
    """
    message = ParsedQuestion(text.strip())
    choices = turns[-1].choices if turns else None
    if choices is not None and (choice := match_choice(message, choices)) is not None:
        if choice.kind == "declined":
            return (ParsedMessage(StandaloneQuestion(message), reply_key="declined"),)
        if choice.kind == "article":
            question = StandaloneQuestion(
                ParsedQuestion(choices.question), kind="previous", turns=(len(turns) - 1,)
            )
            return (ParsedMessage(question, chosen_article=choice.value),)
        if choice.kind == "undated":
            undated = StandaloneQuestion(ParsedQuestion(choice.value))
            return (ParsedMessage(undated, dates=QueryDates(rest=choice.value)),)
        message = ParsedQuestion(choice.value)
    elif is_bare_reply(message):
        return (ParsedMessage(StandaloneQuestion(message), reply_key="nothing_offered"),)
    return _interpret(message, turns, context)


def _interpret(
    message: ParsedQuestion, turns: Sequence[Turn], context: MessageContext
) -> tuple[ParsedMessage, ...]:
    if turns and (fresh := announced_topic(message)) is not None:
        return _interpret(fresh, (), context)
    vector = context.embed([message.text])[0] if context.embed else None
    intents = classify_intent(message, vector)
    alone = ParsedMessage(StandaloneQuestion(message), intents=intents)
    relation = _relation(message, vector, turns, context)
    command = _command(message, intents, relation)
    if command is not None:
        return (_as_command(replace(alone, command=command), turns, context),)
    continues = relation is not None and relation.label == "on"
    topic = _is_topic(message, context)
    least = MIN_SMALLTALK_PROBABILITY
    if continues or "؟" in message.text or "?" in message.text:
        least = MIN_SMALLTALK_QUESTION
    if topic:
        least = MIN_SMALLTALK_OF_KNOWN_WORDS
    if intents.share(SMALLTALK_INTENTS) >= least:
        kind = max(SMALLTALK_INTENTS, key=lambda label: intents.probabilities[label])
        return (replace(alone, intent=kind, reply_key=kind),)
    alone = replace(alone, intent=_question_intent(message, intents))
    if topic and alone.intent in SCORED_INTENTS:
        alone = replace(alone, intent="overview")
    if relation is None:
        return (_dated(alone, context),)
    return _readings(alone, relation, turns, context)


def _is_topic(message: ParsedQuestion, context: MessageContext) -> bool:
    """Whether a message consists of a few words that articles have, without asking anything."""
    words = message.words
    if (
        not 0 < len(words) <= MAX_TOPIC_WORDS
        or message.is_question
        or message.opens_with_conjunction
        or len(message.topic_words) != len([w for w in words if w not in STOP_WORDS])
    ):
        return False
    from bot.conversation.slots import request_words  # not needed for a question

    named = [w for w in words if w not in request_words()]
    return len(named) >= MIN_TOPIC_SHARE * len(words) and context.is_known(message.topic_words)


def _question_intent(question: ParsedQuestion, intents: Prediction) -> str:
    """The intent of a question; ``fact`` if it is uncertain.

    Intents that are answered by several articles need only be certain together: which of them is
    meant matters less than that it is no question of fact.
    """
    intent, probability = question_intent(intents)
    least = MIN_INTENT_PROBABILITY if intent in SCORED_INTENTS else MIN_RESPONSE_PROBABILITY
    if question.is_statement:
        least = MIN_STATEMENT_PROBABILITY
    elif question.type in FACT_TYPES and intent in TOPIC_INTENTS | {"opinion"}:
        least = MIN_AGAINST_QUESTION_WORD
    if intent in TOPIC_INTENTS:
        probability = intents.share(TOPIC_INTENTS) / max(intents.share(QUESTION_INTENTS), 1e-9)
    return intent if probability >= least else "fact"


def _relation(
    message: ParsedQuestion,
    vector: np.ndarray | None,
    turns: Sequence[Turn],
    context: MessageContext,
) -> Prediction | None:
    """How the message relates to the last turn; None for the first message."""
    if not turns:
        return None
    last = turns[-1]
    question = last.own_text
    title = context.articles.title(last.articles[0]) if last.articles else ""
    title = title or question
    vectors = context.embed([question, title]) if context.embed else (None, None)
    found = LastTurn(AnalysedText(question), AnalysedText(title), vectors[0], vectors[1])
    return classify_relation(message, vector, found)


def _command(
    message: ParsedQuestion, intents: Prediction, relation: Prediction | None
) -> str | None:
    """The command on the last answer; None for a question."""
    if relation is not None and is_correction(message.text):
        return "correction"
    share = intents.share(COMMAND_INTENTS)
    if relation is not None:
        acts = relation.share(frozenset({"act", "correct"}))
        share = 0.0 if acts < MIN_ACTING_PROBABILITY else (share + acts) / 2
    if share < (MIN_COMMAND_PROBABILITY if relation is not None else MIN_FIRST_COMMAND):
        return None
    if relation is not None and relation.label == "correct":
        return "correction"
    return max(COMMAND_INTENTS, key=lambda label: intents.probabilities[label])


def _as_command(
    message: ParsedMessage, turns: Sequence[Turn], context: MessageContext
) -> ParsedMessage:
    if not turns:
        return replace(message, reply_key="nothing_to_continue", command=None)
    at = len(turns) - 1
    if message.command not in ("more", "correction"):
        at = turns.index(last_cited(turns))
    last = turns[at]
    if message.command == "correction":
        corrected = corrected_question(message.standalone.own, last, context.articles, at)
        intent = last.intent if last.intent else "fact"
        if message.standalone.own.has_question_word:
            vector = context.embed([corrected.own.text])[0] if context.embed else None
            intent = _question_intent(corrected.own, classify_intent(corrected.own, vector))
        return _dated(replace(message, standalone=corrected, intent=intent), context)
    repeated = StandaloneQuestion(ParsedQuestion(last.standalone), kind="previous", turns=(at,))
    return replace(
        message,
        standalone=repeated,
        intent=last.intent or "fact",
        earlier_quotes=last.quotes,
        context_articles=last.articles,
    )


def _readings(
    alone: ParsedMessage, relation: Prediction, turns: Sequence[Turn], context: MessageContext
) -> tuple[ParsedMessage, ...]:
    """The message as a continuation and by itself, the likelier reading first."""
    continues = relation.share(frozenset({"on", "correct"}))
    message = alone.standalone.own
    standalone = _with_other_date(message, turns, context) or rewrite_question(
        message, turns, context.articles
    )
    intents = alone.intents
    if standalone.own.text != message.text:
        # What a message lacks says more of its intent than its own two or three words.
        vector = context.embed([standalone.own.text])[0] if context.embed else None
        intents = classify_intent(standalone.own, vector)
    assert intents is not None  # noqa: S101
    referred = [turns[at] for at in standalone.turns]
    intent = _question_intent(standalone.own, intents)
    if intent in SCORED_INTENTS and turns[-1].mode == "headlines" and not message.has_question_word:
        intent = "browse"  # "والرياضة؟" after headlines
    continuing = replace(
        alone,
        standalone=standalone,
        intent=intent,
        intents=intents,
        probability=continues,
        earlier_quotes=tuple(quote for turn in referred for quote in turn.quotes),
        context_articles=tuple(dict.fromkeys(a for turn in referred for a in turn.articles)),
    )
    readings = [continuing, replace(alone, probability=1 - continues)]
    readings.sort(key=lambda reading: -reading.probability)
    kept = [
        reading
        for reading in readings
        # A refused continuation is always tried by itself.
        if reading.probability >= MIN_READING_PROBABILITY or reading.standalone.kind == "none"
    ]
    if kept[0].standalone.kind == "none" and kept[0].is_certain:
        kept = kept[:1]
    # Most follow-ups ask about the article just cited, in words too few to be found by.
    if kept[0].context_articles and standalone.kind != "comparison":
        kept.insert(0, replace(kept[0], in_context=True))
    return tuple(_dated(reading, context) for reading in kept)


def _dated(message: ParsedMessage, context: MessageContext) -> ParsedMessage:
    question = message.standalone.own
    found = context.dates(question)
    if (found.since is not None or found.until is not None) and not _YEAR.search(found.words):
        found = context.dates(question, context.newest())
    return replace(message, dates=found)


def _with_other_date(
    message: ParsedQuestion, turns: Sequence[Turn], context: MessageContext
) -> StandaloneQuestion | None:
    """ "وأمس؟" after "ما أخبار غزة اليوم؟": the previous question with another date."""
    dates = context.dates(message)
    rest = ParsedQuestion(dates.rest)
    if dates.kind in ("none", "latest") or rest.topic_words or rest.has_question_word:
        return None
    previous = turns[-1].standalone
    previous_dates = context.dates(previous)
    phrase = dates.words.removeprefix("و")
    if previous_dates.words:
        text = previous.replace(previous_dates.words, phrase, 1)
    else:
        text = f"{previous.rstrip(' ؟?')} {phrase}{'?' if '?' in previous else '؟'}"
    return StandaloneQuestion(
        ParsedQuestion(text), topic=previous, kind="previous", turns=(len(turns) - 1,)
    )


def confirm_topic(message: ParsedMessage, cited: Sequence[str]) -> ParsedMessage:
    """Drop an uncertain topic if none of its articles is among ``cited``, those that the answer
    cites: the question is then taken as a new one."""
    if message.is_certain or not cited or not set(message.context_articles).isdisjoint(cited):
        return message
    return replace(
        message, standalone=StandaloneQuestion(message.standalone.own), context_articles=()
    )
