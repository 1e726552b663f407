"""Questions that ask for news, not for a fact: "آخر أخبار غزة", "what happened yesterday?"."""

from __future__ import annotations

import re

from bot.language.coreference import topic_words
from bot.language.query_dates import DateAsked
from bot.language.question_types import question_type
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
    topic = [w for w in topic_words(rest) if w not in _WORDS]
    return None if dates.kind == "period" and not topic else topic
