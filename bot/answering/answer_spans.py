"""Which words of a sentence answer: those the reading model found, else dates and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answering.sentence_features import Sentence
from bot.core.models import Citation
from bot.language.question_types import QuestionType

_EDGES = re.compile(r"^[\s\"'“”«»()\[\]،,؛;:.\-–]+|[\s\"'“”«»(\[،,؛;:.\-–]+$")
_MONTHS = (
    "يناير|فبراير|مارس|أبريل|ابريل|إبريل|مايو|يونيو|يونيه|يوليو|يوليه|أغسطس|اغسطس|سبتمبر|أكتوبر|"
    "اكتوبر|نوفمبر|ديسمبر|كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|"
    "تشرين الثاني|كانون الأول|جانفي|فيفري|أفريل|ماي|جوان|جويلية|أوت|"
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_DATE = re.compile(
    rf"\d{{1,2}} (?:{_MONTHS})(?:/(?:{_MONTHS}))?(?:،? ?\d{{4}})?|(?:{_MONTHS}) \d{{4}}|"
    rf"\b(?:1[0-9]|20)\d\d\b"
)
_COUNT = re.compile(
    r"\d+(?:[.,٫٬]\d+)*(?: ?%| (?:في المئة|في المائة|بالمئة|بالمائة|ألفا?|آلاف|مليونا?|ملايين|"
    r"مليارا?|مليارات|percent|thousand|million|billion))?"
)
_PATTERNS = {"when": _DATE, "how_many": _COUNT}


def answer_span(sentence: Sentence, kind: QuestionType = "other") -> tuple[int, int] | None:
    """Offsets in the article of the words that answer, without quotes or stops at their ends.

    Without a reading model only dates and numbers can be told, and only where a sentence has a
    single one that ``kind`` asks for.
    """
    if sentence.span is not None:
        first, last = sentence.span
        said = sentence.text[first - sentence.start : last - sentence.start]
        bare = _EDGES.sub("", said)
        if not bare:
            return None
        first += said.index(bare)
        return first, first + len(bare)
    pattern = _PATTERNS.get(kind)
    found = list(pattern.finditer(sentence.text)) if pattern else []
    if len(found) != 1:
        return None
    return sentence.start + found[0].start(), sentence.start + found[0].end()


def highlighted_spans(text: str, citations: Sequence[Citation]) -> list[tuple[int, int]]:
    """Offsets in ``text`` of the answering words of each quote that it holds, in order.

    A reply writes quotes with single blanks, whatever white space the article has. Composed
    answers hold no quotes, and nothing is marked in them.
    """
    found: list[tuple[int, int]] = []
    done = 0
    for citation in citations:
        if citation.highlight_start is None or citation.highlight_end is None:
            continue
        quote = " ".join(citation.quote.split())
        at = text.find(quote, done)
        if at < 0 or not quote:
            continue
        done = at + len(quote)
        first = citation.highlight_start - citation.start
        last = citation.highlight_end - citation.start
        before = len(" ".join((citation.quote[:first] + "|").split())) - 1
        said = " ".join(citation.quote[first:last].split())
        if said:
            found.append((at + before, at + before + len(said)))
    return found
