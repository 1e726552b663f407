"""Answers about the collection itself: its size, sources, sections, dates and newest headlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice, pairwise
from typing import Literal

from bot.answering.lead_and_dates import format_day
from bot.browsing.headlines import (
    Listing,
    describe,
    headline_citations,
    headline_lines,
    section_name,
    slot_filters,
)
from bot.core.intents import Reply, Slots
from bot.core.models import Citation
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_words import word_set
from prompts import Language, text
from vectorstore.core.text_analysis import STOP_WORDS, normalise, words
from vectorstore.core.types import Filters
from vectorstore.store import ArticleStore

Aspect = Literal["count", "sources", "source", "sections", "dates", "newest"]

MAX_SOURCES = 12
"""Largest number of sources that are named."""
MAX_COUNTED = 200
"""Articles on a topic are counted up to this number."""
HEADLINES = 3
"""Number of headlines beside other answers."""

_WORDS: dict[Aspect, frozenset[str]] = {
    "count": word_set("كم كام قديش شحال بكم عدد عددها حجم many number size count"),
    "sources": word_set(
        "مصدر مصدرا مصادر مصادرك مصادركم المصادر المصدر صحف صحيفة الصحف جرائد جريدة مواقع "
        "المواقع وكالة وكالات قناة قنوات منين جهة جهات source sources outlet outlets newspaper "
        "newspapers site sites publisher publishers channel channels"
    ),
    "sections": word_set(
        "قسم أقسام الأقسام أقسامك مواضيع المواضيع مواضيعك موضوعات مجالات المجالات تصنيفات تغطي "
        "بتغطي تغطون sections section topics categories subjects cover covered"
    ),
    "dates": word_set(
        "تاريخ تواريخ التاريخ متى امتى ايمتى فترة الفترة أقدم تصل توصل بتوصل وصلت سنة عام "
        "محدث محدثة تحديث تحديثك oldest earliest dates date period range far recent "
        "updated when go back"
    ),
    "newest": word_set("أحدث احدث آخر اخر جديد الجديد newest latest last"),
}
_OUTLETS = word_set("قناة صحيفة جريدة وكالة موقع شبكة channel newspaper agency site من from")
"""Words before the name of a source."""
_ABOUT = word_set("عن حول بخصوص about on regarding")
"""Words before a topic."""
_YES_NO = word_set("هل عندك عندكم لديك في فيه do does is are have")
_FROM_WHERE = (("من", "اين"), ("من", "وين"), ("من", "فين"), ("where", "from"))
_ALL: tuple[Aspect, ...] = ("count", "sources", "sections", "dates", "newest")


def answer_about_collection(
    store: ArticleStore, question: ParsedQuestion, slots: Slots, language: Language, today: date
) -> Reply | None:
    """What ``question`` asks about the collection, and nothing else; all of it if that is unclear.

    None for an empty collection.
    """
    if not store.catalogue.count():
        return None
    aspects = aspects_of(question, slots)
    slots = replace(slots, topic=_topic(question, slots)) if aspects != _ALL else Slots()
    lines: list[str] = []
    citations: tuple[Citation, ...] = ()
    for aspect in aspects:
        if aspect == "newest":
            more, citations = _newest(store, slots, language, today, alone=not lines)
            lines += more
        else:
            lines.append(_LINES[aspect](store, slots, language, today))
    return Reply(mode="collection", text="\n".join(lines), citations=citations)


def aspects_of(question: ParsedQuestion, slots: Slots) -> tuple[Aspect, ...]:
    """What is asked about the collection.

    Example:
        >>> aspects_of(ParsedQuestion("كم مقالا عندك؟"), Slots())
        ('count',)
    """
    asked = question.words
    found = {aspect for aspect, names in _WORDS.items() if not names.isdisjoint(asked)}
    if any(set(pair) <= set(asked) for pair in _FROM_WHERE):
        found.add("sources")
    if slots.source is not None and not found & {"count", "newest", "dates"}:
        return ("source",)
    if "count" not in found and _names_other_source(asked):
        return ("source",)
    for narrow, broad in (("sources", "count"), ("sections", "count"), ("dates", "newest")):
        if narrow in found:
            found.discard(broad)
    if "dates" in found and "count" in found:
        found.discard("dates")  # "how many articles on that date"
    return tuple(aspect for aspect in _ALL if aspect in found) or _ALL


def _names_other_source(asked: Sequence[str]) -> bool:
    """Whether a yes/no question names a source, which the collection then does not have."""
    known = STOP_WORDS | frozenset[str]().union(*_WORDS.values())
    return not _YES_NO.isdisjoint(asked[:3]) and any(
        word in _OUTLETS and name not in known for word, name in pairwise(asked)
    )


def _topic(question: ParsedQuestion, slots: Slots) -> str:
    """The topic that is named behind a word such as "about"; other words are of the request."""
    parts = slots.topic.split()
    places = [i for i, part in enumerate(parts) if normalise(part) in _ABOUT]
    if places:
        return " ".join(parts[places[-1] + 1 :])
    first = words(slots.topic)[:1]
    return (
        slots.topic
        if any([b] == first and a in _ABOUT for a, b in pairwise(question.words))
        else ""
    )


def count_phrase(count: int, language: Language) -> str:
    """ "3 مقالات", "مقالان", "12 مقالًا", "100 مقال"; "3 articles"."""
    key = str(max(1, count)) if count <= 2 else "hundreds"
    if 3 <= count % 100 <= 10:
        key = "few"
    elif count % 100 > 10:
        key = "many"
    return text(f"browsing.collection.articles_{key}", language, count=f"{count:,}")


def _count(store: ArticleStore, slots: Slots, language: Language, today: date) -> str:
    filters = slot_filters(slots, None, today)
    phrases = describe(slots, language, filters)
    if slots.topic:
        listed = Listing(slots, filters, today).articles(store)
        count = sum(1 for _ in islice(listed, MAX_COUNTED))
        key = "count_about_at_least" if count == MAX_COUNTED else "count_about"
    else:
        count = store.catalogue.count(filters)
        key = "count_about" if any(phrases.values()) else "count"
    if not count:
        return text("browsing.collection.none", language, **phrases)
    number = count_phrase(count, language)
    return text(f"browsing.collection.{key}", language, articles=number, **phrases)


def _sources(store: ArticleStore, slots: Slots, language: Language, today: date) -> str:
    sources = store.catalogue.sources()
    if not sources:
        return text("browsing.collection.no_sources", language)
    names = [_named(name, count, language) for name, count in sources[:MAX_SOURCES]]
    if others := len(sources) - MAX_SOURCES:
        names += [text("browsing.collection.others", language, count=others)] if others > 0 else []
    joined = text("browsing.collection.joint", language).join(names)
    return text("browsing.collection.sources", language, count=len(sources), names=joined)


def _source(store: ArticleStore, slots: Slots, language: Language, today: date) -> str:
    if slots.source is None:
        named = _sources(store, slots, language, today)
        return text("browsing.collection.source_missing", language, sources=named)
    filters = Filters(sources=(slots.source,))
    values = {
        "articles": count_phrase(store.catalogue.count(filters), language),
        "source": slots.source,
    }
    newest = store.catalogue.newest(filters, 1)
    if not newest or newest[0].published_at is None:
        return text("browsing.collection.source_here_undated", language, **values)
    last = format_day(newest[0].published_at, language)
    return text("browsing.collection.source_here", language, last=last, **values)


def _sections(store: ArticleStore, slots: Slots, language: Language, today: date) -> str:
    found = store.catalogue.sections()
    if not found:
        return text("browsing.collection.no_sections", language)
    names = [_named(section_name(section, language), count, language) for section, count in found]
    joined = text("browsing.collection.joint", language).join(names)
    return text("browsing.collection.sections", language, names=joined)


def _dates(store: ArticleStore, slots: Slots, language: Language, today: date) -> str:
    counts = store.catalogue.counts()
    if counts["oldest"] is None:
        return text("browsing.collection.undated", language)
    first, last = (
        format_day(datetime.fromisoformat(counts[name]), language) for name in ("oldest", "newest")
    )
    return text("browsing.collection.dates", language, first=first, last=last)


def _newest(
    store: ArticleStore, slots: Slots, language: Language, today: date, *, alone: bool
) -> tuple[list[str], tuple[Citation, ...]]:
    """Lines of the newest headlines, and their citations."""
    listed = Listing(slots, slot_filters(slots, None, today), today).articles(store)
    count = slots.count or (1 if alone else HEADLINES)
    found = list(islice(listed, count))
    if not found:
        return [], ()
    intro = [] if alone else [text("browsing.collection.newest", language)]
    return [*intro, *headline_lines(found, language)], headline_citations(found)


def _named(name: str, count: int, language: Language) -> str:
    return text("browsing.collection.named", language, name=name, count=f"{count:,}")


_LINES = {
    "count": _count,
    "sources": _sources,
    "source": _source,
    "sections": _sections,
    "dates": _dates,
}
