"""Text with spans of formatting, and its way into Telegram's units.

Inside Rawi every offset counts characters (code points); Telegram counts UTF-16 units, in which an
emoji or any other astral character takes two. The conversion happens once, in ``entities``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

Kind = Literal["bold", "italic", "text_link", "blockquote", "expandable_blockquote"]

RLM, LRM = "\u200f", "\u200e"
FSI, PDI = "\u2068", "\u2069"

# What Telegram's servers cut out of a text by themselves, shifting every offset behind it.
_REMOVED = re.compile("[\x00-\x08\x0b-\x1f\u2028-\u202e\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class FormatSpan:
    """Formatting of ``text[start:end]``; ``url`` for links."""

    kind: Kind
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text with its formatting."""

    text: str
    spans: tuple[FormatSpan, ...] = ()

    @property
    def units(self) -> int:
        """Length as Telegram counts it."""
        return utf16_length(self.text)

    def __add__(self, other: FormattedText) -> FormattedText:
        moved = (shifted(span, len(self.text)) for span in other.spans)
        return FormattedText(self.text + other.text, (*self.spans, *moved))

    def __bool__(self) -> bool:
        return bool(self.text)

    def cut(self, start: int, end: int) -> FormattedText:
        """``text[start:end]`` without blanks at its ends; spans are clipped."""
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())
        clipped = (
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in self.spans
            if max(span.start, start) < min(span.end, end)
        )
        return FormattedText(self.text[start:end], tuple(clipped))


def plain_text(text: str) -> FormattedText:
    """``text`` without formatting."""
    return FormattedText(sendable(text))


def styled(text: str, *kinds: Kind, url: str | None = None) -> FormattedText:
    """``text``, all of it formatted in every one of ``kinds``."""
    text = sendable(text)
    spans = (FormatSpan(kind, 0, len(text), url if kind == "text_link" else None) for kind in kinds)
    return FormattedText(text, tuple(spans) if text else ())


def joined(parts: Iterable[FormattedText], between: str = "") -> FormattedText:
    """The parts one after the other."""
    whole = FormattedText("")
    for part in parts:
        whole = whole + FormattedText(between) + part if whole else part
    return whole


def sendable(text: str) -> str:
    """``text`` with blanks for the characters that Telegram would remove; as long as before."""
    return _REMOVED.sub(" ", text)


def shifted(span: FormatSpan, by: int) -> FormatSpan:
    """``span``, further along."""
    return replace(span, start=span.start + by, end=span.end + by)


def utf16_length(text: str) -> int:
    """Units that Telegram counts: two for a character beyond U+FFFF."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_offsets(text: str) -> list[int]:
    """Units before each character of ``text``, and, last, of all of it."""
    return [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]


def entities(value: FormattedText) -> list[tuple[Kind, int, int, str | None]]:
    """``(kind, offset, length, url)`` in UTF-16 units, in the order that Telegram wants.

    Spans without a visible character are left out, as Telegram would do.
    """
    offsets = utf16_offsets(value.text)
    found = [
        (span.kind, offsets[span.start], offsets[span.end] - offsets[span.start], span.url)
        for span in value.spans
        if value.text[span.start : span.end].strip()
    ]
    return sorted(found, key=lambda entity: (entity[1], -entity[2]))
