"""Answers built without sentence scoring (leads, earlier quotes), and notes on dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.answering.quote_selection import Quote
from bot.answering.recency import supersedes
from bot.answering.sentence_features import Sentence
from bot.core.models import Citation
from bot.language.query_dates import QueryDates
from ingest.text.sentences import split_sentences
from prompts import Language, text
from vectorstore.core.types import ArticleInfo, RetrievedPassage, timestamp
from vectorstore.store import ArticleStore

MIN_LEAD_WORDS = 12
"""Fewest words of a lead, which consists of whole sentences."""


def lead_quote(passage: RetrievedPassage) -> Quote:
    """The lead of an article: the first sentences of its first ``passage``."""
    end = 0
    for _, stop in split_sentences(passage.text):
        end = stop
        if len(passage.text[:end].split()) >= MIN_LEAD_WORDS:
            break
    words = passage.text[:end]
    sentence = Sentence(passage, 0, passage.start, passage.start + end, words)
    return Quote(sentence, passage.start, passage.start + end, words, 1.0)


def quote_at(store: ArticleStore, article_id: str, start: int, end: int) -> Quote | None:
    """The quote at ``start`` to ``end``; None if the article no longer has this text."""
    for pid, passage in store.catalogue.passages_of(article_id):
        if passage.start <= start and end <= passage.end:
            found = store.catalogue.retrieve([pid]).get(pid)
            if found is None:
                return None
            words = passage.text[start - passage.start : end - passage.start]
            return Quote(Sentence(found, 0, start, end, words), start, end, words, 1.0)
    return None


def format_day(moment: date, language: Language) -> str:
    """``4 يونيو 2021``."""
    month = text(f"bot.dates.month_{moment.month}", language)
    return text("bot.dates.day", language, day=moment.day, month=month, year=moment.year)


def format_period(since: datetime | None, until: datetime | None, language: Language) -> str:
    """``في 4 يونيو 2021``, ``بين … و…``, ``منذ …`` or ``حتى …``."""
    first = format_day(since, language) if since else ""
    last = format_day(until, language) if until else ""
    key = "between"
    if not first or not last:
        key = "since" if first else "until"
    elif first == last:
        key = "on"
    return text(f"bot.dates.{key}", language, since=first, until=last, day=first)


@dataclass(frozen=True, slots=True)
class DateNote:
    """Why an answer should name the publication date of its source."""

    dates: QueryDates
    superseded: bool = False
    """Whether an older report of the cited story was retrieved as well."""


def date_line(citations: Sequence[Citation], note: DateNote, language: Language) -> str | None:
    """The line that names the publication date of the cited articles; None if it is not needed."""
    dates = note.dates
    published = citations[0].published_at if citations else None
    names_date = dates.kind in ("latest", "published", "recent", "period")
    if published is None or not (names_date or note.superseded):
        return None
    day = format_day(published, language)
    days = sorted({c.published_at.date() for c in citations if c.published_at})
    if dates.kind != "period" and len(days) > 1:
        first, last = format_day(days[0], language), format_day(days[-1], language)
        return text("bot.answer.dated_several", language, first=first, last=last)
    if dates.kind == "period" and not _near(published, dates):
        span = format_period(dates.since, dates.until, language)
        return text("bot.answer.dated_otherwise", language, day=day, span=span)
    return text("bot.answer.dated", language, day=day)


def _near(published: datetime, dates: QueryDates) -> bool:
    at, week = timestamp(published), timedelta(days=7)
    since = timestamp(dates.since) if dates.since else at
    until = timestamp(dates.until + week) if dates.until else at
    return since <= at <= until


def supersedes_any(cited: str, passages: Sequence[RetrievedPassage]) -> bool:
    """Whether the article ``cited`` supersedes that of another of ``passages``."""
    articles: dict[str, ArticleInfo] = {p.article.id: p.article for p in passages}
    if cited not in articles:
        return False
    return any(supersedes(articles[cited], other) for other in articles.values())
