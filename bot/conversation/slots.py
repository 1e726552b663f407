"""Slots of a request: topic, section, source, number of items and period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from bot.core.intents import Slots
from bot.language.coreference import strip_conjunction
from bot.language.date_patterns import COUNTS
from bot.language.number_words import spell_digits
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates
from bot.language.question_words import QUESTION_WORDS, word_set
from bot.transliteration.source_names import find_source
from vectorstore.core.characters import MARKS, has_arabic
from vectorstore.core.sections import MAX_NAME_WORDS, section_named
from vectorstore.core.text_analysis import STOP_WORDS, normalise

MAX_COUNT = 20
"""Largest number of items that is given at once."""

_ITEMS = word_set(
    "خبر خبرا خبرًا الخبر أخبار الأخبار اخبارك نبأ أنباء الأنباء عنوان عنوانا عناوين العناوين مقال "
    "مقالا مقالة مقالات المقالات المقال تقرير تقارير قصة قصص حدث أحداث الأحداث مستجدات المستجدات "
    "تطورات التطورات زمنيا بالترتيب موضوع مواضيع مواد مادة بند بنود قضايا "
    "news headline headlines article articles story stories item items report reports update "
    "updates event events"
)
_DUALS = word_set("خبرين خبران عنوانين مقالين مقالتين تقريرين قصتين حدثين موضوعين")
_SUPERLATIVES = word_set(
    "آخر أحدث أهم أبرز أول أكبر اجدد جديد الجديد الأخيرة الأخير الجديدة كمان مزيد المزيد "
    "top latest newest new recent last main important biggest first more another"
)
_ONLY = word_set("بس فقط وبس only just please")
_NAMED_OUTLETS = word_set("قناة صحيفة جريدة وكالة شبكة موقع channel newspaper agency")
_DEMONSTRATIVE = "هال"
"""Joined to a noun in the dialects: "هالفترة", "هالأيام". It points, and names no topic."""
_MIN_DEMONSTRATIVE = 7  # letters with the noun; shorter words are names
_WORD = re.compile(rf"\d+|(?:[^\W\d_]|[{MARKS}])+")


@lru_cache
def request_words() -> frozenset[str]:
    """Words that belong to the wording of requests rather than to their topics, normalised.

    Learned from the utterances that the classifiers are fitted on: most utterances of a family have
    them, whatever their topics (``training/message_classifiers.py``).
    """
    lines = (files("bot.conversation") / "request_words.txt").read_text(encoding="utf-8")
    # Names of sections are in many requests, and are topics in others ("كأس العالم").
    learned = frozenset(word for word in lines.split() if section_named([word]) is None)
    return learned | _ITEMS | _DUALS | _SUPERLATIVES | _ONLY | QUESTION_WORDS


@lru_cache
def _links() -> frozenset[str]:
    return request_words() | STOP_WORDS


def extract_slots(question: ParsedQuestion, dates: QueryDates, sources: Sequence[str]) -> Slots:
    """What ``question`` names.

    Args:
        question: The request.
        dates: Its dates; those of events are no period of publication.
        sources: The names of sources in the catalogue.

    Example:
        >>> extract_slots(ParsedQuestion("أعطني خمسة أخبار عن سوريا من بي بي سي"), QueryDates(),
        ...               ["BBC"])
        Slots(topic='سوريا', section=None, source='BBC', count=5, since=None, until=None, ...)
    """
    text = dates.rest if dates.words else question.text
    if question.opens_with_conjunction:
        text = strip_conjunction(text)
    tokens = _WORD.findall(text)
    words = [normalise(token).replace(" ", "") for token in tokens]
    kept = {i: token for i, token in enumerate(tokens) if words[i]}
    count = _count(words, kept)
    source = find_source(words, sources)
    if source is not None and _names_section(words, *source[1:]):
        source = None
    if source is not None:
        _drop(kept, *source[1:])
    section = _section(words, kept)
    published = dates.kind in ("published", "recent", "period")
    return Slots(
        topic=_topic(words, kept),
        section=section,
        source=source[0] if source else None,
        count=count,
        since=dates.since.date() if published and dates.since else None,
        until=dates.until.date() if published and dates.until else None,
    )


def _drop(kept: dict[int, str], start: int, end: int) -> None:
    for i in range(start, end):
        kept.pop(i, None)


def _count(words: Sequence[str], kept: dict[int, str]) -> int | None:
    """The number of items asked for: before their noun, or behind a superlative ("top three")."""
    for i, word in enumerate(words):
        if word in _DUALS:
            return 2
        end = i + (2 if len(spell_digits(words[i : i + 2])) == 1 else 1)
        number = _number(words[i:end])
        before, after = _word(words, i - 1), _word(words, end)
        # In English an adjective or a section may stand between them: "five sports headlines".
        adjective = after.isascii() and _word(words, end + 1) in _ITEMS
        counts_items = (
            after in _ITEMS
            or adjective
            or (before in _SUPERLATIVES | request_words() and (not after or after in _links()))
        )
        if number is not None and counts_items:
            _drop(kept, i, end)
            return max(1, min(number, MAX_COUNT))
    return None


def _number(words: Sequence[str]) -> int | None:
    spelt = spell_digits(words)[0]
    if spelt.isdecimal():
        return int(spelt)
    return COUNTS.get(spelt) if spelt not in ("a", "an") else None


def _names_section(words: Sequence[str], start: int, end: int) -> bool:
    """Whether words that name a source rather name a section: "الشرق الأوسط", "الأخبار العربية"."""
    before = _word(words, start - 1)
    if section_named(words[start:end]) is None or before in _NAMED_OUTLETS:
        return False
    return end - start > 1 or before.startswith("ال")


def _section(words: Sequence[str], kept: dict[int, str]) -> str | None:
    """The section named beside a word such as "أخبار"; not in "كأس العالم" or "world cup"."""
    places = list(kept)
    rest = [words[i] for i in places]
    for length in range(MAX_NAME_WORDS, 0, -1):
        for start in range(len(rest) - length + 1):
            end = start + length
            section = section_named(rest[start:end])
            before, after = _word(rest, start - 1), _word(rest, end)
            opens = not before or before in _links()
            closes = not after or after in _links()
            arabic = has_arabic(rest[start]) and bool(before)
            if section is not None and opens and (closes or arabic):
                for i in places[start:end]:
                    del kept[i]
                return section
    return None


def _topic(words: Sequence[str], kept: dict[int, str]) -> str:
    """The words that say what it is about, as typed, with the function words between them."""
    content = [i for i in kept if _may_name_topic(words[i]) and len(words[i]) > 1]
    if not content:
        return ""
    inner = range(content[0], content[-1] + 1)
    return " ".join(
        kept[i]
        for i in inner
        if i in kept and (_may_name_topic(words[i]) or words[i] in STOP_WORDS)
    )


def _may_name_topic(word: str) -> bool:
    if word.startswith(_DEMONSTRATIVE) and len(word) >= _MIN_DEMONSTRATIVE:
        return False
    return word not in _links()


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""
