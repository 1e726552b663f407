"""Questions that ask for news, not for a fact: "آخر أخبار غزة", "what happened yesterday?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answering.lead_and_dates import lead_quote
from bot.language.coreference import content
from bot.language.query_dates import DateAsked
from bot.language.question_types import question_type
from bot.language.synonyms import synonym_class
from vectorstore.core.text_analysis import words
from vectorstore.core.types import Filters, RetrievedPassage, timestamp
from vectorstore.store import ArticleStore

RELEVANT = 100
"""Passages among which the newest article on a topic is looked for."""

_REQUEST = re.compile(
    r"(?<!\S)(?:[وف])?(?:اخبار|الاخبار|خبر|انباء|الانباء|مستجدات|المستجدات|تطورات|التطورات|عناوين|"
    r"العناوين|(?:ال)?جديد|news|headlines|latest|what s new)(?!\S)"
)
_HAPPENED = re.compile(
    r"(?:ماذا|ما الذي|شو|ايه|ايش|شنو|وش|what)(?: (?:هو|اللي|الذي))? "
    r"(?:حدث|جري|صار|حصل|وقع|ايه|happened|has happened|is happening)(?!\S)"
    r"|(?:حصل|صار|وقع|جري) (?:ايه|شو|ايش|شنو)(?!\S)"
)
_WORDS = frozenset(
    words(
        "أخبار الأخبار خبر أنباء الأنباء مستجدات المستجدات تطورات التطورات عناوين العناوين جديد "
        "الجديد آخر أحدث أهم أبرز حدث جرى صار حصل وقع المقالات مقالات نشر نشرت اعطني أعطني هات "
        "عطيني المنشورة التي حول قضية موضوع ملف news latest newest new headlines happened "
        "happening any give tell me about important top recent published articles show"
    )
)


def news_topic(question: str, dates: DateAsked) -> list[str] | None:
    """What news is asked for, as content words (none: any news); None for a question of fact."""
    line = " ".join(words(question))
    rest = dates.rest or question
    happened = dates.kind in ("recent", "published", "period") and _HAPPENED.search(line)
    if not happened and not _REQUEST.search(line):
        return None
    if not happened and question_type(question) != "other":
        return None
    if not happened and dates.kind not in ("latest", "recent", "published"):
        return None
    topic = [w for w in content(rest) if w not in _WORDS]
    return None if dates.kind == "period" and not topic else topic


def news_on(
    store: ArticleStore, topic: Sequence[str], filters: Filters | None, limit: int
) -> list[RetrievedPassage]:
    """Where the newest articles on ``topic`` begin, newest first, one passage an article.

    An article is on the topic when all of its words stand in its title and how it begins; what
    comes further down may only mention them.
    """
    if not topic:
        infos = store.catalogue.newest(filters, limit)
        return _openings(store, [info.id for info in infos])
    wanted = {synonym_class(w) for w in topic}
    found = {p.article.id: p.article for p in store.search(" ".join(topic), RELEVANT, filters)}
    dated = {a.id: timestamp(a.published_at) for a in found.values() if a.published_at}
    on_topic = [
        opening
        for opening in _openings(store, sorted(dated, key=lambda article_id: -dated[article_id]))
        if wanted
        <= {synonym_class(w) for w in words(f"{opening.article.title}\n{lead_quote(opening).text}")}
    ]
    return on_topic[:limit]


def _openings(store: ArticleStore, article_ids: Sequence[str]) -> list[RetrievedPassage]:
    passages = store.catalogue.passages_of_all(article_ids)
    firsts = [passages[a][0][0] for a in article_ids if passages[a]]
    found = store.catalogue.retrieve(firsts)
    return [found[pid] for pid in firsts if pid in found]
