"""What a message is: small talk, a reply to what was offered, or a question with its context."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.conversation.news_topic import news_topic
from bot.conversation.query_rewriting import (
    ContextLookup,
    StandaloneQuestion,
    Turn,
    rewrite_question,
)
from bot.conversation.smalltalk import smalltalk
from bot.conversation.suggested_choices import SuggestedChoices, is_bare_reply, match_choice
from bot.language.coreference import has_question_word, topic_words
from bot.language.query_dates import DateAsked, date_asked

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Today, and how to learn the day of the newest article."""

    today: date
    newest: Callable[[], date | None]


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A message, understood.

    Attributes:
        smalltalk: The text that answers it, by its key in ``bot.conversation.smalltalk``; None for
            a question.
        standalone: The question with its missing subject back.
        dates: What it says of dates.
        seen: What the turns it leans on quoted, as ``(article id, start, end)``.
        near: The articles that these turns spoke of.
        article: The only article to look in, picked from those that were offered.
        news: The topic that news is asked of (empty: any); None for a question of fact.
    """

    smalltalk: str | None = None
    standalone: StandaloneQuestion = field(default_factory=lambda: StandaloneQuestion(""))
    dates: DateAsked = field(default_factory=DateAsked)
    seen: tuple[tuple[str, int, int], ...] = ()
    near: frozenset[str] = frozenset()
    article: str | None = None
    news: tuple[str, ...] | None = None


def parse_message(
    message: str, kept: Sequence[dict[str, Any]], ground: ContextLookup, calendar: Calendar
) -> ParsedMessage:
    """``message`` after the turns that were ``kept`` of its conversation (oldest first)."""
    turns = [turn(t) for t in kept]
    offer = SuggestedChoices.of(kept[-1].get("offer")) if kept else None
    if offer is not None and (taken := match_choice(message, offer)) is not None:
        if taken.kind == "declined":
            return ParsedMessage("declined", StandaloneQuestion(message.strip()))
        if taken.kind == "article":
            asked = StandaloneQuestion(offer.question, lean="before", turns=(len(turns) - 1,))
            return ParsedMessage(None, asked, article=taken.value)
        if taken.kind == "undated":
            return ParsedMessage(None, StandaloneQuestion(taken.value), DateAsked(rest=taken.value))
        message = taken.value
    elif is_bare_reply(message):
        return ParsedMessage("nothing_offered", StandaloneQuestion(message.strip()))
    kind = smalltalk(message)
    if kind is not None:
        return ParsedMessage(kind, StandaloneQuestion(message.strip()))
    return _question(message, turns, ground, calendar)


def _question(
    message: str, turns: Sequence[Turn], ground: ContextLookup, calendar: Calendar
) -> ParsedMessage:
    standalone = rewrite_question(message, turns, ground)
    redated = _other_date(message, turns, calendar)
    if redated is not None:
        standalone = redated
    dates = _dates(standalone.own, calendar)
    leans_on = [turns[at] for at in standalone.turns]
    topic = news_topic(standalone.own, dates)
    return ParsedMessage(
        None,
        standalone,
        dates,
        tuple(quote for t in leans_on for quote in t.quoted),
        frozenset(a for t in leans_on for a in t.articles),
        None,
        None if topic is None else tuple(topic),
    )


def _dates(question: str, calendar: Calendar) -> DateAsked:
    found = date_asked(question, calendar.today)
    if (found.since is None and found.until is None) or _YEAR.search(found.words):
        return found
    return date_asked(question, calendar.today, newest=calendar.newest())


def _other_date(
    message: str, turns: Sequence[Turn], calendar: Calendar
) -> StandaloneQuestion | None:
    """ "وأمس؟" after "ما أخبار غزة اليوم؟": the question before, of another date."""
    if not turns:
        return None
    mine = date_asked(message, calendar.today)
    if mine.kind in ("none", "latest") or topic_words(mine.rest) or has_question_word(mine.rest):
        return None
    before = turns[-1].standalone
    theirs = date_asked(before, calendar.today)
    phrase = mine.words.removeprefix("و")
    if theirs.words:
        text = before.replace(theirs.words, phrase, 1)
    else:
        text = f"{before.rstrip(' ؟?')} {phrase}{'?' if '?' in before else '؟'}"
    return StandaloneQuestion(text, before, "before", (len(turns) - 1,))


def turn(kept: dict[str, Any]) -> Turn:
    """A turn as it was kept; older versions of Rawi kept less of it."""
    return Turn(
        kept["question"],
        kept["standalone"],
        tuple((a, s, e) for a, s, e in kept["quoted"]),
        kept.get("topic", ""),
        kept.get("said", ""),
        tuple(kept.get("articles") or {a: None for a, _, _ in kept["quoted"]}),
    )


def confirm_topic(understood: ParsedMessage, cited: Sequence[str]) -> ParsedMessage:
    """What a question turned out to be, now that its answer cites the articles ``cited``.

    A question that only may have leaned on an earlier turn, and is answered from elsewhere, was a
    new one; the old topic goes no further.
    """
    standalone = understood.standalone
    if standalone.sure or not cited or understood.near & set(cited):
        return understood
    return replace(understood, standalone=StandaloneQuestion(standalone.own), near=frozenset())
