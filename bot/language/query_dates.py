"""Dates in questions: what a reader means by "أمس", "في يونيو 2021" or "the latest".

A date may say when the wanted article was published (the news of yesterday), or when something in
the story happened (the explosion of 4 August). Only the first can rule articles out; the second
says little about when it was written about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.language import date_patterns as w
from bot.language.date_mentions import tokenise
from bot.language.date_parser import Bases, DateSpan, first_span
from bot.language.question_types import is_statement

DateKind = Literal["none", "published", "recent", "period", "event", "latest"]


@dataclass(frozen=True, slots=True)
class DateAsked:
    """What a question says of dates.

    Attributes:
        kind: ``none``; ``published``: only articles published then are asked for; ``recent``: a
            day, week or month counted from today, in which it happened: articles of then and of
            the day after; ``period``: a date that articles of then are likelier to speak of;
            ``event``: a date inside the story; ``latest``: what is known last.
        since: Its first moment, naive; None where it is open or ``kind`` is none or latest.
        until: Its last moment.
        words: The words that say so, as the question spells them; empty for none.
        rest: The question without these words.
    """

    kind: DateKind = "none"
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    rest: str = ""


def date_asked(question: str, today: date, *, newest: date | None = None) -> DateAsked:
    """What ``question``, asked on the day ``today``, says of dates.

    A date without a year is the last such date before ``today``, or before ``newest`` (the day of
    the newest article) where that is earlier: a reader of an archive means the archive's years.

    Example:
        >>> date_asked("ماذا نُشر عن غزة أمس؟", date(2021, 6, 5)).since
        datetime.datetime(2021, 6, 4, 0, 0)
    """
    tokens = tokenise(question)
    line = " ".join(word for word, _, _ in tokens)
    found = first_span(line, Bases(today, min(today, newest) if newest else today))
    if found is None:
        latest = w.LATEST.search(line)
        if latest is None or is_statement(question):
            return DateAsked(rest=question)
        words, rest = _cut(question, tokens, line, *latest.span())
        return DateAsked("latest", None, None, words, rest)
    span, start, end = found
    begin, bound = _with_prefix(line, start)
    words, rest = _cut(question, tokens, line, begin, end)
    since, until = _moments(span, bound)
    kind = _kind(line[:begin], line, span, bound)
    if (span.relative or kind == "published") and is_statement(question):
        return DateAsked(rest=question)  # its "today" is the day on which it was written
    return DateAsked(kind, since, until, words, rest)


def _moments(span: DateSpan, bound: str) -> tuple[datetime | None, datetime | None]:
    first, last = datetime.combine(span.first, time.min), datetime.combine(span.last, time.max)
    if bound == "before":
        return None, first - timedelta(microseconds=1)
    if bound == "after":
        return last + timedelta(microseconds=1), None
    return (None if bound == "until" else first), (None if bound == "since" else last)


def _kind(before: str, line: str, span: DateSpan, bound: str) -> DateKind:
    if any(_tells_of_an_event(before, clause) for clause in w.CLAUSE.finditer(before)):
        return "period" if span.relative else "event"
    if not span.relative and w.EVENT_NOUN.search(before):
        return "event"
    if w.NEWS.search(line):
        return "published"
    if span.relative:
        return "period" if span.coarse else "recent"
    return "event" if w.WHEN.match(before) or (span.coarse and bound) else "period"


def _tells_of_an_event(before: str, clause: re.Match[str]) -> bool:
    """Not "what (that) happened", nor "the news that were published"."""
    asked = before[: clause.start()].split()[-1] in w.ASKING
    return not asked and not w.PUBLISHED.match(before[clause.end() :])


def _with_prefix(line: str, start: int) -> tuple[int, str]:
    """Where the phrase begins with the words that only lead up to it, and the side it bounds."""
    bound = ""
    while start:
        before = line[:start].rstrip()
        if not before:
            return 0, bound
        word = before.rsplit(" ", 1)[-1]
        bare = word[1:] if word[0] in "وف" and w.BEFORE_DATE.fullmatch(word[1:]) else word
        if not w.BEFORE_DATE.fullmatch(bare) or (word == before == "من"):  # "who", not "from"
            break
        bound = w.BOUNDS.get(bare, bound)
        start = len(before) - len(word)
    return start, bound


def _cut(
    question: str, tokens: list[tuple[str, int, int]], line: str, start: int, end: int
) -> tuple[str, str]:
    """The phrase at ``line[start:end]`` as the question spells it, and the question without."""
    first = line[:start].count(" ")
    last = first + line[start:end].count(" ")
    begin, stop = tokens[first][1], tokens[last][2]
    rest = f"{question[:begin].rstrip()} {question[stop:].lstrip()}"
    rest = re.sub(r"\s+([؟?!.،,])", r"\1", rest).strip(" ،,")
    return question[begin:stop], rest
