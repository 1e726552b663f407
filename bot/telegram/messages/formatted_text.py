"""Text with formatting spans, and their conversion to Telegram's entities.

Offsets in Rawi count characters (code points). Telegram counts UTF-16 code units, of which a
character beyond U+FFFF, such as an emoji, takes two. Only ``entities`` converts between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from prompts import Language

FormatKind = Literal["bold", "italic", "text_link", "blockquote", "expandable_blockquote"]

RLM, LRM = "\u200f", "\u200e"
FSI, PDI = "\u2068", "\u2069"

# Telegram's servers remove these from a text, which would shift all offsets after them.
_REMOVED = re.compile("[\x00-\x08\x0b-\x1f\u2028-\u202e\ud800-\udfff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_LEFT_TO_RIGHT = re.compile("[A-Za-zÀ-ʯͰ-ԯ]")


@dataclass(frozen=True, slots=True)
class FormatSpan:
    """Formatting of ``text[start:end]``; ``url`` for links."""

    kind: FormatKind
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text with its formatting spans."""

    text: str
    spans: tuple[FormatSpan, ...] = ()

    @property
    def units(self) -> int:
        """Length in UTF-16 code units."""
        return utf16_length(self.text)

    def __add__(self, other: FormattedText) -> FormattedText:
        shift = len(self.text)
        moved = (replace(s, start=s.start + shift, end=s.end + shift) for s in other.spans)
        return FormattedText(self.text + other.text, (*self.spans, *moved))

    def __bool__(self) -> bool:
        return bool(self.text)

    def slice(self, start: int, end: int) -> FormattedText:
        """``text[start:end]`` without surrounding white space; spans are clipped."""
        part = self.text[start:end]
        start += len(part) - len(part.lstrip())
        end = start + len(part.strip())
        clipped = (
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in self.spans
            if max(span.start, start) < min(span.end, end)
        )
        return FormattedText(self.text[start:end], tuple(clipped))


def plain_text(text: str) -> FormattedText:
    """``text`` without formatting."""
    return FormattedText(sendable(text))


def formatted(text: str, *kinds: FormatKind, url: str | None = None) -> FormattedText:
    """``text``, all of it formatted with each of ``kinds``."""
    text = sendable(text)
    spans = (FormatSpan(kind, 0, len(text), url if kind == "text_link" else None) for kind in kinds)
    return FormattedText(text, tuple(spans) if text else ())


def join(parts: Iterable[FormattedText], separator: str = "") -> FormattedText:
    """The parts with ``separator`` between them."""
    whole = FormattedText("")
    for part in parts:
        whole = whole + FormattedText(separator) + part if whole else part
    return whole


def sendable(text: str) -> str:
    """``text`` with spaces for the characters that Telegram removes; the length stays the same."""
    return _REMOVED.sub(" ", text)


def utf16_length(text: str) -> int:
    """Number of UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_offsets(text: str) -> list[int]:
    """UTF-16 offset of each character, and of the end of the text."""
    return [0, *accumulate(2 if character > "\uffff" else 1 for character in text)]


def entities(value: FormattedText) -> list[tuple[FormatKind, int, int, str | None]]:
    """``(kind, offset, length, url)`` in UTF-16 code units, in Telegram's order.

    Spans of nothing but white space are left out, as Telegram does.
    """
    offsets = utf16_offsets(value.text)
    found = [
        (span.kind, offsets[span.start], offsets[span.end] - offsets[span.start], span.url)
        for span in value.spans
        if value.text[span.start : span.end].strip()
    ]
    return sorted(found, key=lambda entity: (entity[1], -entity[2]))


def isolate(text: str, language: Language) -> str:
    """``text`` in a bidirectional isolate if it has letters of the other direction.

    See Unicode Standard Annex #9.
    """
    text = _ISOLATES.sub("", text)  # an unclosed one would extend beyond the text
    foreign = _LEFT_TO_RIGHT if language == "ar" else _RIGHT_TO_LEFT
    return f"{FSI}{text}{PDI}" if foreign.search(text) else text


def direction_mark(language: Language) -> str:
    """Makes a line run as the language does, whatever it begins with."""
    return RLM if language == "ar" else LRM
