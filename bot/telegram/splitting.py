"""Long replies as several messages: full ones, cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from bot.telegram.styled import Styled, joined, utf16_offsets
from ingest.sentences import split_sentences

TEXT_LIMIT = 4096
"""UTF-16 units of a message."""
ENTITY_LIMIT = 100
"""Formatted spans of a message; Telegram ignores the rest."""
BETWEEN = "\n\n"
LOOK_AHEAD = 80
"""Characters behind a message's edge that are read to tell whether a sentence ends before it."""
_MARKS = re.compile(r"(?:\s*\[\d+\])+")


def pack(
    blocks: Sequence[Styled], *, limit: int = TEXT_LIMIT, entity_limit: int = ENTITY_LIMIT
) -> list[Styled]:
    """Messages that hold ``blocks`` in order; a block is only cut when it fits in no message."""
    messages: list[Styled] = []
    for block in blocks:
        if messages:
            both = joined((messages[-1], block), BETWEEN)
            if both.units <= limit and len(both.spans) <= entity_limit:
                messages[-1] = both
                continue
        messages += split(block, limit=limit, entity_limit=entity_limit)
    return messages


def split(
    block: Styled, *, limit: int = TEXT_LIMIT, entity_limit: int = ENTITY_LIMIT
) -> list[Styled]:
    """Pieces of ``block`` within the limits: cut after sentences, else between words, else apart.

    Formatting that reaches over a cut goes on in the next piece. Only blanks are lost.
    """
    pieces: list[Styled] = []
    rest = block.cut(0, len(block.text))
    while rest:
        most = _fitting(rest, limit, entity_limit)
        at = len(rest.text) if most >= len(rest.text) else _pause(rest.text, most)
        pieces.append(rest.cut(0, at))
        rest = rest.cut(at, len(rest.text))
    return pieces


def _fitting(value: Styled, limit: int, entity_limit: int) -> int:
    """How many characters from the start fit into one message, at least one."""
    most = bisect_right(utf16_offsets(value.text), limit) - 1
    if len(value.spans) > entity_limit:
        most = min(most, sorted(span.start for span in value.spans)[entity_limit])
    return max(most, 1)


def _with_marks(text: str, end: int) -> int:
    """The end of a sentence with the numbers of its sources, which follow its full stop."""
    marks = _MARKS.match(text, end)
    return marks.end() if marks else end


def _pause(text: str, most: int) -> int:
    """Where to cut ``text`` at ``most`` characters or before; never before a source's number."""
    # Some way beyond: what is cut at the very edge would seem to end there.
    found = split_sentences(text[: most + LOOK_AHEAD])
    ends = [end for _, first in found if (end := _with_marks(text, first)) <= most]
    if ends:
        return ends[-1]
    blank = most + 1
    while (blank := max(text.rfind(" ", 0, blank), text.rfind("\n", 0, blank))) > 0:
        if not _MARKS.match(text, blank):
            return blank
    at = most
    while at > 1 and (unicodedata.combining(text[at]) or "\u200d" in text[at - 1 : at + 1]):
        at -= 1
    return at
