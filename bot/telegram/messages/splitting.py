"""Long replies as several messages: full ones, cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from bot.telegram.messages.formatted_text import (
    FormatSpan,
    FormattedText,
    joined,
    plain_text,
    utf16_offsets,
)
from ingest.text.sentences import split_sentences

TEXT_LIMIT = 4096
"""UTF-16 units of a message."""
ENTITY_LIMIT = 100
"""Formatted spans of a message; Telegram ignores the rest."""
BETWEEN = "\n\n"
LOOK_AHEAD = 80
"""Characters behind a message's edge that are read to tell whether a sentence ends before it."""
_MARKS = re.compile(r"(?:\s*\[\d+\])+")


def pack(
    blocks: Sequence[FormattedText], *, limit: int = TEXT_LIMIT, entity_limit: int = ENTITY_LIMIT
) -> list[FormattedText]:
    """Messages that hold ``blocks`` in order; a block is only cut when it fits in no message."""
    messages: list[FormattedText] = []
    for block in blocks:
        if messages:
            both = joined((messages[-1], block), BETWEEN)
            if both.units <= limit and len(both.spans) <= entity_limit:
                messages[-1] = both
                continue
        messages += split(block, limit=limit, entity_limit=entity_limit)
    return messages


def split(
    block: FormattedText, *, limit: int = TEXT_LIMIT, entity_limit: int = ENTITY_LIMIT
) -> list[FormattedText]:
    """Pieces of ``block`` within the limits: cut after sentences, else between words, else apart.

    Formatting that reaches over a cut goes on in the next piece. Only blanks are lost. Linear in
    the length of the text.
    """
    return list(_pieces(block, limit, entity_limit))


def beginning(block: FormattedText, *, limit: int = TEXT_LIMIT) -> FormattedText:
    """The first piece of ``block``, empty where it is: the work is that of one piece only."""
    return next(_pieces(block, limit, ENTITY_LIMIT), plain_text(""))


def _pieces(block: FormattedText, limit: int, entity_limit: int) -> Iterator[FormattedText]:
    rest = block.cut(0, len(block.text))
    text, spans, start = rest.text, rest.spans, 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        spans = tuple(span for span in spans if span.end > start)
        end = _fitting(text, spans, start, limit, entity_limit)
        if end < len(text):
            end = _pause(text, start, end)
        yield FormattedText(text, spans).cut(start, end)
        start = end


def _fitting(
    text: str, spans: Sequence[FormatSpan], start: int, limit: int, entity_limit: int
) -> int:
    """The end of what fits into one message from ``start`` on, at least one character."""
    end = start + bisect_right(utf16_offsets(text[start : start + limit]), limit) - 1
    if len(spans) > entity_limit:
        end = min(end, sorted(span.start for span in spans)[entity_limit])
    return max(end, start + 1)


def _with_marks(text: str, end: int) -> int:
    """The end of a sentence with the numbers of its sources, which follow its full stop."""
    marks = _MARKS.match(text, end)
    return marks.end() if marks else end


def _pause(text: str, start: int, most: int) -> int:
    """Where to cut ``text[start:]`` at ``most`` or before; never before a source's number."""
    # Some way beyond: what is cut at the very edge would seem to end there.
    found = split_sentences(text[start : most + LOOK_AHEAD])
    ends = [end for _, last in found if (end := _with_marks(text, start + last)) <= most]
    if ends:
        return ends[-1]
    blank = most + 1
    while (blank := max(text.rfind(" ", start, blank), text.rfind("\n", start, blank))) > start:
        if not _MARKS.match(text, blank):
            return blank
    at = most
    while at > start + 1 and (unicodedata.combining(text[at]) or "\u200d" in text[at - 1 : at + 1]):
        at -= 1
    return at
