"""Small talk: greetings, thanks and questions about Rawi itself, answered without articles."""

from __future__ import annotations

import re
from typing import Literal

from vectorstore.core.text_analysis import AnalysedText, words

SmalltalkKind = Literal[
    "salam", "greeting", "thanks", "farewell", "how_are_you", "capabilities", "identity"
]

# A message is small talk if it consists of these phrases alone.
_PHRASES: dict[SmalltalkKind, str] = {
    "salam": """
        السلام عليكم | السلام عليكم ورحمة الله | السلام عليكم ورحمة الله وبركاته | سلام
        عليكم
    """,
    "how_are_you": """
        كيف حالك | كيف الحال | كيفك | ازيك | شلونك | شو اخبارك | عامل ايه | how are you |
        how are you doing | كيف حالك اليوم | how are you today
    """,
    "greeting": """
        مرحبا | اهلا | اهلا وسهلا | هلا | هاي | سلام | صباح الخير | مساء الخير | صباح النور
        | تحية طيبة | مرحبا بك | hi | hello | hey | hello there | hi there | good morning |
        good evening | good afternoon | salam
    """,
    "thanks": """
        شكرا | شكرا لك | شكرا جزيلا | شكرا كثيرا | شكرا جدا | مشكور | تسلم | يعطيك العافية |
        الف شكر | متشكر | جزاك الله خيرا | ممتاز شكرا | thanks | thank you | thank you very
        much | thanks a lot | many thanks | thx | great thanks | ok thanks | thank you so
        much
    """,
    "farewell": """
        مع السلامة | الى اللقاء | باي | وداعا | تصبح على خير | في امان الله | bye | goodbye
        | bye bye | good night | see you
    """,
    "capabilities": """
        ماذا تستطيع ان تفعل | ماذا يمكنك ان تفعل | ماذا تفعل | ماذا تعرف | كيف تعمل | بماذا
        تساعدني | ما الذي تستطيع فعله | كيف تساعدني | ايش تسوي | شو بتعمل | شو بتقدر تعمل |
        بتعمل ايه | تقدر تعمل ايه | مساعدة | ساعدني | what can you do | what do you do |
        help | how do you work | what do you know | what can i ask | what can i ask you |
        help me | كيف استخدمك | عن ماذا اسالك | عما اسالك
    """,
    "identity": """
        من انت | ما اسمك | من تكون | مين انت | انت مين | شو اسمك | اسمك ايه | who are you |
        what is your name | what s your name | are you a bot | are you human | هل انت انسان
        | هل انت روبوت | what are you | ما انت
    """,
}
_KIND_BY_PHRASE: dict[tuple[str, ...], SmalltalkKind] = {
    tuple(words(phrase)): kind
    for kind, phrases in _PHRASES.items()
    for phrase in phrases.split("|")
}
_MAX_PHRASE_WORDS = max(map(len, _KIND_BY_PHRASE))
_POSSESSIVE_S = re.compile("['’](?=s$)")  # "what's" is "what", "s"
_FILLERS = frozenset(words("يا راوي الراوي rawi بوت صديقي اخي please so well ok حسنا طيب"))
# The kind of a mixed message ("hello, thank you"): the most specific one, in this order.
_PRIORITY: tuple[SmalltalkKind, ...] = (
    "capabilities",
    "identity",
    "how_are_you",
    "thanks",
    "farewell",
    "salam",
    "greeting",
)


def smalltalk(message: str | AnalysedText) -> SmalltalkKind | None:
    """The kind of small talk that ``message`` is, or None if it (also) asks something else."""
    words = AnalysedText.of(message).words
    split = [part for word in words for part in _POSSESSIVE_S.split(word) if part]
    tokens = [word for word in split if word not in _FILLERS]
    if not tokens:
        return "greeting" if split else None  # addressed by name
    if len(tokens) > 4 * _MAX_PHRASE_WORDS:
        return None
    found: set[SmalltalkKind] = set()
    position = 0
    while position < len(tokens):
        for length in range(min(_MAX_PHRASE_WORDS, len(tokens) - position), 0, -1):
            kind = _KIND_BY_PHRASE.get(tuple(tokens[position : position + length]))
            if kind:
                found.add(kind)
                position += length
                break
        else:
            return None
    return next(kind for kind in _PRIORITY if kind in found)
