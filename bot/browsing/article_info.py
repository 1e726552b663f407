"""Answers about one article from what is stored of it: date, author, source, link, length."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from bot.answering.lead_and_dates import format_day
from bot.browsing.headlines import headline_citations, section_name
from bot.browsing.topic import Topic, openings
from bot.core.intents import Reply, Slots
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_words import word_set
from ingest.text.dates import parse_date
from prompts import Language, text
from vectorstore.core.text_analysis import words
from vectorstore.core.types import Article, ArticleInfo, RetrievedPassage
from vectorstore.store import ArticleStore

ArticleAspect = Literal["published", "author", "source", "section", "link", "length", "updated"]

WORDS_PER_MINUTE = 180
"""Silent reading of Arabic (Brysbaert 2019, "How many words do we read per minute?")."""
_CANDIDATES = 8

_WORDS: dict[ArticleAspect, frozenset[str]] = {
    "published": word_set("متى امتى ايمتى وقتاش تاريخ تاريخه تاريخها بتاريخ when date dated"),
    "author": word_set(
        "كتب كتبه كتبها كاتب كاتبه كاتبها الكاتب محرر محرره المحرر صحفي الصحفي مؤلف بقلم "
        "author wrote written byline writer journalist reporter who whom"
    ),
    "source": word_set(
        "مصدر مصدره مصدرها المصدر موقع الموقع أين وين فين صحيفة الصحيفة جريدة جهة الجهة وكالة ناشر "
        "source where outlet site website publisher newspaper"
    ),
    "section": word_set("قسم قسمه القسم تصنيف تصنيفه section category"),
    "link": word_set("رابط رابطه رابطها الرابط لينك اللينك link url address"),
    "length": word_set(
        "طول طوله طولها طويل كلمة كلمات كلماته دقيقة دقائق قراءة قراءته لقراءته long length words "
        "minutes minute"
    ),
    "updated": word_set(
        "تحديث تحديثه تحديثها حدث حدّث عدل تعديل تعديله updated update modified changed edited"
    ),
}
_GENERIC = frozenset[str]().union(*_WORDS.values()) | word_set(
    "مقال مقالة المقال المقالة للمقال للخبر للتقرير "
    "خبر الخبر تقرير التقرير نص النص نشر نشره نشرها نشرت ناشره منشور كم "
    "من مين ما هو هي هذا هذه ذلك article story report piece news this that it published publish"
)
_INTRODUCING = word_set("خبر مقال مقالة تقرير قصة عن حول about on of")
_ALL: tuple[ArticleAspect, ...] = ("published", "author", "source", "section", "link", "length")


def answer_about_article(
    store: ArticleStore,
    question: ParsedQuestion,
    slots: Slots,
    language: Language,
    cited: Sequence[str] = (),
) -> Reply | None:
    """What ``question`` asks about an article: the one named in it, or else the first of ``cited``.

    ``cited`` are the ids of the articles of the last answer. None if no article is meant.
    """
    meant = [slots.article_id] if slots.article_id else list(cited)
    known = next(iter(openings(store, meant)), None)
    opening = _named_article(store, question, slots, must_be_introduced=known is not None) or known
    if opening is None:
        return None
    article = store.get(opening.article.id)
    info = store.catalogue.info(opening.article.id)
    if article is None or info is None:
        return None
    aspects = article_aspects_of(question)
    lines = [f"{text('browsing.article.title', language, title=info.title or info.id)} [1]"]
    for aspect in aspects or _ALL:
        line = _known(aspect, article, info, language)
        if line is None and aspects:
            line = text(f"browsing.article.{aspect}_unknown", language)
        lines += [line] if line else []
    return Reply(
        mode="article",
        text="\n".join(lines),
        citations=headline_citations([opening]),
        topic=info.title,
    )


def article_aspects_of(question: ParsedQuestion) -> tuple[ArticleAspect, ...]:
    """What is asked about an article; empty if that is unclear."""
    found = [a for a, names in _WORDS.items() if not names.isdisjoint(question.words)]
    if "updated" in found and "published" in found:
        found.remove("published")
    return tuple(found)


def _named_article(
    store: ArticleStore, question: ParsedQuestion, slots: Slots, *, must_be_introduced: bool
) -> RetrievedPassage | None:
    """The article whose headline and lead have the words that are named.

    These may have to follow a word such as "خبر" or "about".
    """
    content = [w for w in words(slots.topic) if w not in _GENERIC]
    introduced = any(
        a in _INTRODUCING and b == content[0] for a, b in pairwise(question.words) if content
    )
    if not content or slots.article_id is not None or (must_be_introduced and not introduced):
        return None
    named = " ".join(content)
    topic = Topic.of(store, named)
    found = dict.fromkeys(p.article.id for p in store.search(named, _CANDIDATES))
    return next(filter(topic.matches, openings(store, list(found))), None)


def _known(
    aspect: ArticleAspect, article: Article, info: ArticleInfo, language: Language
) -> str | None:
    """A line that says what is stored; None if nothing is."""
    values: dict[str, Any] = {}
    if aspect == "updated":
        return _updated(article, info, language)
    if aspect == "published" and info.published_at:
        values["day"] = format_day(info.published_at, language)
    elif aspect == "length":
        count = len(article.text.split())
        minutes = _minutes(max(1, round(count / WORDS_PER_MINUTE)), language)
        values |= {"words": f"{count:,}", "minutes": minutes}
    elif aspect == "section" and info.section:
        values["section"] = section_name(info.section, language)
    elif aspect == "link" and info.url:
        values["url"] = info.url
    elif aspect in ("author", "source") and (name := getattr(info, aspect)):
        values[aspect] = name
    return text(f"browsing.article.{aspect}", language, **values) if values else None


def _updated(article: Article, info: ArticleInfo, language: Language) -> str | None:
    """When the publisher changed the article last, or else when it was stored."""
    modified = parse_date(str(article.metadata.get("modified_at") or ""))
    moment = modified or info.ingested_at
    key = "updated" if modified else "stored"
    day = format_day(moment, language) if moment else ""
    return text(f"browsing.article.{key}", language, day=day) if moment else None


def _minutes(count: int, language: Language) -> str:
    key = str(count) if count <= 2 else "few" if count <= 10 else "many"
    return text(f"browsing.article.minutes_{key}", language, count=count)
