"""Splitting of long texts into messages within Telegram's limits."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from bot.telegram.messages.formatted_text import (
    FormatSpan,
    FormattedText,
    join,
    plain_text,
    utf16_offsets,
)
from ingest.text.sentences import split_sentences

TEXT_LIMIT = 4096
"""UTF-16 code units of a message."""
ENTITY_LIMIT = 100
"""Entities of a message; Telegram ignores further ones."""
SEPARATOR = "\n\n"
LOOKAHEAD = 80
"""Characters after the limit that are read to tell whether a sentence ends at it."""
_MARKERS = re.compile(r"(?:\s*\[\d+\])+")


def pack(
    blocks: Sequence[FormattedText], *, limit: int = TEXT_LIMIT, entity_limit: int = ENTITY_LIMIT
) -> list[FormattedText]:
    """Messages with ``blocks`` in order; only a block that fits in no message is split."""
    messages: list[FormattedText] = []
    for block in blocks:
        if messages:
            both = join((messages[-1], block), SEPARATOR)
            if both.units <= limit and len(both.spans) <= entity_limit:
                messages[-1] = both
                continue
        messages += split(block, limit=limit, entity_limit=entity_limit)
    return messages


def split(
    block: FormattedText, *, limit: int = TEXT_LIMIT, entity_limit: int = ENTITY_LIMIT
) -> list[FormattedText]:
    """Parts of ``block`` within the limits, cut after sentences, else between words, else anywhere.

    A span that crosses a cut continues in the next part. Only white space at the cuts is lost.
    Takes linear time.
    """
    return list(_parts(block, limit, entity_limit))


def first_part(block: FormattedText, *, limit: int = TEXT_LIMIT) -> FormattedText:
    """The first part of ``split(block)``, without computing the others; may be empty."""
    return next(_parts(block, limit, ENTITY_LIMIT), plain_text(""))


def _parts(block: FormattedText, limit: int, entity_limit: int) -> Iterator[FormattedText]:
    block = block.slice(0, len(block.text))
    text, spans, start = block.text, block.spans, 0
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        spans = tuple(span for span in spans if span.end > start)
        end = _max_end(text, spans, start, limit, entity_limit)
        if end < len(text):
            end = _break_position(text, start, end)
        yield FormattedText(text, spans).slice(start, end)
        start = end


def _max_end(
    text: str, spans: Sequence[FormatSpan], start: int, limit: int, entity_limit: int
) -> int:
    """The end of what fits into one message from ``start`` on, at least one character."""
    end = start + bisect_right(utf16_offsets(text[start : start + limit]), limit) - 1
    if len(spans) > entity_limit:
        end = min(end, sorted(span.start for span in spans)[entity_limit])
    return max(end, start + 1)


def _after_markers(text: str, end: int) -> int:
    """The end of a sentence with the citation markers that follow its full stop."""
    markers = _MARKERS.match(text, end)
    return markers.end() if markers else end


def _break_position(text: str, start: int, max_end: int) -> int:
    """Where to cut ``text[start:]``, at ``max_end`` or before; never before a citation marker."""
    # Without lookahead, a sentence that is cut at the limit would seem to end there.
    sentences = split_sentences(text[start : max_end + LOOKAHEAD])
    ends = [end for _, last in sentences if (end := _after_markers(text, start + last)) <= max_end]
    if ends:
        return ends[-1]
    blank = max_end + 1
    while (blank := max(text.rfind(" ", start, blank), text.rfind("\n", start, blank))) > start:
        if not _MARKERS.match(text, blank):
            return blank
    at = max_end
    while at > start + 1 and (unicodedata.combining(text[at]) or "\u200d" in text[at - 1 : at + 1]):
        at -= 1
    return at
