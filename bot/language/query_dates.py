"""Dates in questions, such as "أمس", "في يونيو 2021" or "the latest".

A date is that of publishing (the news of yesterday) or that of an event in the story (the explosion
of 4 August). Only the first can exclude articles: reports on an event may be of any later day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.core.settings import WeekStart
from bot.language import date_patterns as patterns
from bot.language.date_parser import DateSpan, ReferenceDays, find_period
from bot.language.parsed_question import ParsedQuestion
from ingest.text.calendar_words import WEEKDAYS

DateKind = Literal["none", "published", "recent", "period", "event", "latest"]


@dataclass(frozen=True, slots=True)
class QueryDates:
    """The date in a question.

    Attributes:
        kind: ``none``; ``published``: matches articles published then; ``recent``: a period
            relative to today, matches articles published in it or one day later; ``period``: an
            absolute date, prefers articles published then; ``event``: the date of an event in the
            story; ``latest``: prefers the newest articles.
        since: First moment, naive; None where it is open and for ``none`` and ``latest``.
        until: Last moment, likewise.
        words: The words of the date, as the question spells them; empty for ``none``.
        rest: The question without these words.
    """

    kind: DateKind = "none"
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    rest: str = ""


def parse_query_dates(
    question: str | ParsedQuestion,
    today: date,
    *,
    newest: date | None = None,
    week_start: WeekStart | None = None,
) -> QueryDates:
    """The date in ``question``, which is asked on the day ``today``.

    A date without a year is the last such date up to ``today``, or up to ``newest``, the day of the
    newest article, if that is earlier: in an archive it is one of the archive's years. Weeks begin
    on ``week_start``, by default on Sunday for Arabic questions and on Monday for English ones.

    Example:
        >>> parse_query_dates("ماذا نُشر عن غزة أمس؟", date(2021, 6, 5)).since
        datetime.datetime(2021, 6, 4, 0, 0)
    """
    parsed = ParsedQuestion(question) if isinstance(question, str) else question
    tokens, question = parsed.date_tokens, parsed.text
    line = " ".join(word for word, _, _ in tokens)
    weeks = week_start or ("sunday" if parsed.language == "ar" else "monday")
    latest_day = min(today, newest) if newest else today
    found = find_period(line, ReferenceDays(today, latest_day, WEEKDAYS[weeks]))
    if found is None:
        latest = patterns.LATEST_PATTERN.search(line)
        if latest is None or parsed.is_statement:
            return QueryDates(rest=question)
        words, rest = _split_off(question, tokens, line, *latest.span())
        return QueryDates("latest", None, None, words, rest)
    span, start, end = found
    begin, bound = _with_prefix(line, start)
    words, rest = _split_off(question, tokens, line, begin, end)
    since, until = _moments(span, bound)
    kind = _kind(line[:begin], line, span, bound)
    if (span.relative or kind == "published") and parsed.is_statement:
        return QueryDates(rest=question)  # "today" is the day on which the statement was written
    return QueryDates(kind, since, until, words, rest)


def _moments(span: DateSpan, bound: str) -> tuple[datetime | None, datetime | None]:
    first, last = datetime.combine(span.first, time.min), datetime.combine(span.last, time.max)
    if bound == "before":
        return None, first - timedelta(microseconds=1)
    if bound == "after":
        return last + timedelta(microseconds=1), None
    return (None if bound == "until" else first), (None if bound == "since" else last)


def _kind(before: str, line: str, span: DateSpan, bound: str) -> DateKind:
    if any(_is_of_event(before, clause) for clause in patterns.RELATIVE_CLAUSE.finditer(before)):
        return "period" if span.relative else "event"
    if not span.relative and patterns.EVENT_NOUN.search(before):
        return "event"
    if patterns.NEWS_PATTERN.search(line):
        return "published"
    if span.relative:
        return "period" if span.coarse else "recent"
    return "event" if patterns.WHEN_PATTERN.match(before) or (span.coarse and bound) else "period"


def _is_of_event(before: str, clause: re.Match[str]) -> bool:
    """Whether ``clause`` is relative: not "what happened", nor "the news that were published"."""
    after_interrogative = before[: clause.start()].split()[-1] in patterns.INTERROGATIVES
    return not after_interrogative and not patterns.PUBLISHED_PATTERN.match(before[clause.end() :])


def _with_prefix(line: str, start: int) -> tuple[int, str]:
    """Where the date begins with its prepositions, and which of `BOUNDS` they are."""
    bound = ""
    while start:
        before = line[:start].rstrip()
        if not before:
            return 0, bound
        word = before.rsplit(" ", 1)[-1]
        bare = word[1:] if word[0] in "وف" and patterns.BEFORE_DATE.fullmatch(word[1:]) else word
        if not patterns.BEFORE_DATE.fullmatch(bare) or (
            word == before == "من"
        ):  # "who", not "from"
            break
        bound = patterns.BOUNDS.get(bare, bound)
        start = len(before) - len(word)
    return start, bound


def _split_off(
    question: str, tokens: list[tuple[str, int, int]], line: str, start: int, end: int
) -> tuple[str, str]:
    """The words at ``line[start:end]`` as the question spells them, and the question without."""
    first = line[:start].count(" ")
    last = first + line[start:end].count(" ")
    begin, stop = tokens[first][1], tokens[last][2]
    rest = f"{question[:begin].rstrip()} {question[stop:].lstrip()}"
    rest = re.sub(r"\s+([؟?!.،,])", r"\1", rest).strip(" ،,")
    return question[begin:stop], rest
