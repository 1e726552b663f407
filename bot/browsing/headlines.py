"""The newest headlines of a topic, section, source or period, and further ones on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import islice

from bot.answering.lead_and_dates import format_day, format_period, lead_quote
from bot.browsing.topic import newest_on_topic, openings
from bot.core.intents import Reply, Slots
from bot.core.models import Citation
from prompts import Language, text
from vectorstore.core.text_analysis import normalise
from vectorstore.core.types import ArticleInfo, Filters, RetrievedPassage
from vectorstore.store import ArticleStore

DEFAULT_COUNT = 7
"""Number of headlines if the request names none."""
_ARTICLES_PER_PAGE = 50


def browse(
    store: ArticleStore,
    slots: Slots,
    language: Language,
    today: date,
    offset: int = 0,
    filters: Filters | None = None,
) -> Reply | None:
    """The newest headlines that ``slots`` ask for, from the ``offset``-th on; None without any.

    If nothing was published in the period, the reply says so and gives the newest up to it: of the
    last day that has any, if one day and no topic was asked for. Copies of a story are given once.
    A reply's citations quote the leads. ``filters`` are the caller's; ``today`` limits the period.
    """
    base = slot_filters(slots, filters, today)
    listed = Listing(slots, base, today)
    count = slots.count or DEFAULT_COUNT
    end = offset + count
    found = list(islice(listed.articles(store), end + 1))
    intro = ""
    if not found and (base.since or base.until):
        intro = text("browsing.headlines.nothing", language, **describe(slots, language, base))
        listed = listed.without_period(store)
        found = list(islice(listed.articles(store), end + 1))
    shown = found[offset:end]
    if not shown:
        return None
    lines = [intro] if intro and not offset else []
    lines += [_header(listed, language, offset), *headline_lines(shown, language)]
    return Reply(
        mode="headlines",
        text="\n".join(lines),
        citations=headline_citations(shown),
        next_offset=end if len(found) > end else None,
        topic=slots.topic,
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles that a request is about, newest first, each story once.

    Attributes:
        slots: The request.
        filters: The period, sources and sections.
        last: The last day that articles may be of.
        names_period: Whether the header names the period.
    """

    slots: Slots
    filters: Filters
    last: date
    names_period: bool = True

    def articles(self, store: ArticleStore) -> Iterator[RetrievedPassage]:
        """The first passages of the articles."""
        if self.slots.article_id is not None:
            found = iter(openings(store, [self.slots.article_id]))
        elif self.slots.topic:
            found = newest_on_topic(store, self.slots.topic, self.filters, self.last)
        else:
            found = _newest(store, self.filters, self.last)
        return _once(store, found)

    def without_period(self, store: ArticleStore) -> Listing:
        """The newest articles up to the period, or any if there are none.

        For a single day and no topic, those of the last day that has any.
        """
        slots, filters = self.slots, self.filters
        one_day = not slots.topic and slots.since is not None and slots.since == slots.until
        for until in (filters.until, None):
            wider = replace(self, filters=replace(filters, since=None, until=until))
            first = next(wider.articles(store), None)
            if first is None:
                continue
            published = first.article.published_at
            if not one_day or published is None:
                return replace(wider, names_period=False)
            day = published.astimezone(UTC).date() if published.tzinfo else published.date()
            return replace(wider, filters=_in_days(filters, day, day))
        return self


def describe(slots: Slots, language: Language, filters: Filters | None = None) -> dict[str, str]:
    """Phrases that say what a request is limited to, empty where it is not."""

    def phrase(key: str, **values: object) -> str:
        return text(f"browsing.headlines.{key}", language, **values)

    since, until = (filters.since, filters.until) if filters else (None, None)
    named = section_name(slots.section, language) if slots.section else ""
    return {
        "section": phrase("in_section", section=named) if named else "",
        "about": phrase("about", topic=slots.topic) if slots.topic else "",
        "source": phrase("from_source", source=slots.source) if slots.source else "",
        "span": f" {format_period(since, until, language)}" if since else "",
    }


def section_name(section: str, language: Language) -> str:
    """The name of a section for readers."""
    return text(f"browsing.sections.{section}", language)


def headline_lines(passages: list[RetrievedPassage], language: Language) -> list[str]:
    """A line for each article: its headline, source, date and marker."""
    return [_line(p.article, n, language) for n, p in enumerate(passages, 1)]


def headline_citations(passages: list[RetrievedPassage]) -> tuple[Citation, ...]:
    """The citations of the articles' leads, by `headline_lines`."""
    leads = [lead_quote(passage) for passage in passages]
    return tuple(
        Citation.of(passage, number, lead.start, lead.end)
        for number, (passage, lead) in enumerate(zip(passages, leads, strict=True), 1)
    )


def _line(article: ArticleInfo, marker: int, language: Language) -> str:
    day = article.published_at
    known = (article.source, format_day(day, language) if day else None)
    details = text("browsing.headlines.joint", language).join(filter(None, known))
    title = article.title or article.id
    if not details:
        return f"• {title} [{marker}]"
    return text("browsing.headlines.line", language, title=title, details=details, marker=marker)


def _header(listed: Listing, language: Language, offset: int) -> str:
    slots = listed.slots
    if offset:
        return text("browsing.headlines.more", language)
    phrases = describe(slots, language, listed.filters if listed.names_period else None)
    if not slots.section:
        return text("browsing.headlines.newest", language, **phrases)
    phrases["section"] = section_name(slots.section, language)
    return text("browsing.headlines.newest_section", language, **phrases)


def slot_filters(slots: Slots, filters: Filters | None, today: date) -> Filters:
    """The period, source and section that ``slots`` name, within the given ``filters``."""
    given = filters or Filters()
    limited = replace(
        given,
        sources=(slots.source,) if slots.source else given.sources,
        sections=(slots.section,) if slots.section else given.sections,
    )
    if given.since or given.until or not (slots.since or slots.until):
        return limited
    return _in_days(limited, slots.since, slots.until or today)


def _in_days(filters: Filters, since: date | None, until: date | None) -> Filters:
    return replace(
        filters,
        since=datetime.combine(since, time.min) if since else None,
        until=datetime.combine(until, time.max) if until else None,
    )


def _newest(store: ArticleStore, filters: Filters, last: date) -> Iterator[RetrievedPassage]:
    """The openings of the newest articles up to ``last``; of all if none is so old."""
    until = filters.until or datetime.combine(last, time.max)
    limited = replace(filters, until=until)
    if not filters.until and not store.catalogue.selectivity(limited):
        limited = filters
    offset = 0
    while infos := store.catalogue.list_articles(
        limit=_ARTICLES_PER_PAGE, offset=offset, filters=limited
    ):
        yield from openings(store, [info.id for info in infos])
        offset += len(infos)


def _once(store: ArticleStore, passages: Iterator[RetrievedPassage]) -> Iterator[RetrievedPassage]:
    """``passages`` without articles that repeat one before: a copy, or one of the same headline."""
    seen: set[str] = set()
    for passage in passages:
        article = passage.article
        copies = store.catalogue.duplicate_groups([article.id]).get(article.id, (article.id,))
        title = normalise(article.title)
        if article.id in seen or (title and title in seen):
            continue
        seen.update(copies)
        seen.add(title)
        others = [i for i in copies if i != article.id]
        known = store.catalogue.infos(others) if others else {}
        yield replace(passage, also_in=tuple(known[i] for i in others if i in known))
