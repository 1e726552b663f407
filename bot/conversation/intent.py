"""Interprets a message as small talk, a reply to offered choices, or a question in context."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.conversation.query_rewriting import (
    ContextLookup,
    StandaloneQuestion,
    rewrite_question,
)
from bot.conversation.smalltalk import smalltalk
from bot.conversation.suggested_choices import is_bare_reply, match_choice
from bot.conversation.turns import QuotedSpan, Turn
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates, parse_query_dates
from vectorstore.core.text_analysis import words

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NEWS_REQUEST = re.compile(
    r"(?<!\S)(?:[وف])?(?:اخبار|الاخبار|خبر|انباء|الانباء|مستجدات|المستجدات|تطورات|التطورات|عناوين|"
    r"العناوين|(?:ال)?جديد|news|headlines|latest|what s new)(?!\S)"
)
_HAPPENED = re.compile(
    r"(?:ماذا|ما الذي|شو|ايه|ايش|شنو|وش|what)(?: (?:هو|اللي|الذي))? "
    r"(?:حدث|جري|صار|حصل|وقع|ايه|happened|has happened|is happening)(?!\S)"
    r"|(?:حصل|صار|وقع|جري) (?:ايه|شو|ايش|شنو)(?!\S)"
)
_NEWS_WORDS = frozenset(
    words(
        "أخبار الأخبار خبر أنباء الأنباء مستجدات المستجدات تطورات التطورات عناوين العناوين جديد "
        "الجديد آخر أحدث أهم أبرز حدث جرى صار حصل وقع المقالات مقالات نشر نشرت اعطني أعطني هات "
        "عطيني المنشورة التي حول قضية موضوع ملف news latest newest new headlines happened "
        "happening any give tell me about important top recent published articles show"
    )
)


@dataclass(frozen=True, slots=True)
class DateContext:
    """Today, and a function that looks up the publication day of the newest article."""

    today: date
    newest: Callable[[], date | None]


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message, interpreted.

    Attributes:
        smalltalk: Key under ``bot.smalltalk`` of the text that answers it; None for a question.
        standalone: The question that can be searched for by itself.
        dates: The dates that it names.
        earlier_quotes: What was quoted in the turns that it refers to.
        context_articles: Ids of the articles of these turns.
        chosen_article: Id of the only article to search, chosen from those that were offered.
        news_topic: Topic words of a request for news (empty: any); None for a question of fact.
    """

    standalone: StandaloneQuestion
    smalltalk: str | None = None
    dates: QueryDates = field(default_factory=QueryDates)
    earlier_quotes: tuple[QuotedSpan, ...] = ()
    context_articles: frozenset[str] = frozenset()
    chosen_article: str | None = None
    news_topic: tuple[str, ...] | None = None


def parse_message(
    text: str, turns: Sequence[Turn], articles: ContextLookup, calendar: DateContext
) -> ParsedMessage:
    """Interpret ``text`` as the message after ``turns`` (oldest first)."""
    message = ParsedQuestion(text.strip())
    choices = turns[-1].choices if turns else None
    if choices is not None and (choice := match_choice(message, choices)) is not None:
        if choice.kind == "declined":
            return ParsedMessage(StandaloneQuestion(message), "declined")
        if choice.kind == "article":
            question = StandaloneQuestion(
                ParsedQuestion(choices.question), kind="previous", turns=(len(turns) - 1,)
            )
            return ParsedMessage(question, chosen_article=choice.value)
        if choice.kind == "undated":
            undated = StandaloneQuestion(ParsedQuestion(choice.value))
            return ParsedMessage(undated, dates=QueryDates(rest=choice.value))
        message = ParsedQuestion(choice.value)
    elif is_bare_reply(message):
        return ParsedMessage(StandaloneQuestion(message), "nothing_offered")
    kind = smalltalk(message)
    if kind is not None:
        return ParsedMessage(StandaloneQuestion(message), kind)
    return _question(message, turns, articles, calendar)


def _question(
    message: ParsedQuestion, turns: Sequence[Turn], articles: ContextLookup, calendar: DateContext
) -> ParsedMessage:
    redated = _with_other_date(message, turns, calendar)
    standalone = redated or rewrite_question(message, turns, articles)
    dates = _dates(standalone.own, calendar)
    context = [turns[at] for at in standalone.turns]
    return ParsedMessage(
        standalone,
        dates=dates,
        earlier_quotes=tuple(quote for turn in context for quote in turn.quotes),
        context_articles=frozenset(a for turn in context for a in turn.articles),
        news_topic=news_topic(standalone.own, dates),
    )


def _dates(question: ParsedQuestion, calendar: DateContext) -> QueryDates:
    found = parse_query_dates(question, calendar.today)
    if (found.since is None and found.until is None) or _YEAR.search(found.words):
        return found
    return parse_query_dates(question, calendar.today, newest=calendar.newest())


def _with_other_date(
    message: ParsedQuestion, turns: Sequence[Turn], calendar: DateContext
) -> StandaloneQuestion | None:
    """ "وأمس؟" after "ما أخبار غزة اليوم؟": the previous question with another date."""
    if not turns:
        return None
    dates = parse_query_dates(message, calendar.today)
    rest = ParsedQuestion(dates.rest)
    if dates.kind in ("none", "latest") or rest.topic_words or rest.has_question_word:
        return None
    previous = turns[-1].standalone
    previous_dates = parse_query_dates(previous, calendar.today)
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
    standalone = message.standalone
    if standalone.certain or not cited or message.context_articles & set(cited):
        return message
    own = StandaloneQuestion(standalone.own)
    return replace(message, standalone=own, context_articles=frozenset())


def news_topic(question: ParsedQuestion, dates: QueryDates) -> tuple[str, ...] | None:
    """The topic words of a request for news ("آخر أخبار غزة", "what happened yesterday?").

    Empty if any news will do; None for a question of fact.
    """
    line = " ".join(question.words)
    happened = dates.kind in ("recent", "published", "period") and _HAPPENED.search(line)
    if not happened and not _NEWS_REQUEST.search(line):
        return None
    if not happened and question.type != "other":
        return None
    if not happened and dates.kind not in ("latest", "recent", "published"):
        return None
    undated = question.without(dates.words) if dates.words else question
    topic = tuple(w for w in undated.topic_words if w not in _NEWS_WORDS)
    return None if dates.kind == "period" and not topic else topic
