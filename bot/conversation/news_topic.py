"""Requests for news rather than for a fact: "آخر أخبار غزة", "what happened yesterday?"."""

from __future__ import annotations

import re

from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates
from vectorstore.core.text_analysis import words

_REQUEST = re.compile(
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


def news_topic(question: ParsedQuestion, dates: QueryDates) -> tuple[str, ...] | None:
    """The topic words of a request for news (empty: any news); None for a question of fact."""
    line = " ".join(question.words)
    happened = dates.kind in ("recent", "published", "period") and _HAPPENED.search(line)
    if not happened and not _REQUEST.search(line):
        return None
    if not happened and question.type != "other":
        return None
    if not happened and dates.kind not in ("latest", "recent", "published"):
        return None
    undated = question.without(dates.words) if dates.words else question
    topic = tuple(w for w in undated.topic_words if w not in _NEWS_WORDS)
    return None if dates.kind == "period" and not topic else topic
