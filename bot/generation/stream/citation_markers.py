"""Parses the citation markers in a stream of text.

Markers are ``[1]`` ``【1】`` ``［1］`` ``[1,2]`` ``[1، 2]`` ``[1-3]`` ``[٣]`` ``[1][2]`` ``[[1]]``
``[^1]`` ``[ID:1]`` ``[Source 1]`` ``[المصدر 1]`` ``【1†source】`` ``\\[1\\]``, each with or without
the URL of a Markdown link after it. Numbers of three or more digits (``[2018]``), brackets with
other words in them and anything in code are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vectorstore.core.characters import DIGIT_VALUES

MAX_MARKER_LENGTH = 48
"""Characters of a marker; a longer bracket is text."""
MAX_LINK_LENGTH = 300
MAX_RANGE_SIZE = 20

_OPENERS = {"[": "]", "【": "】", "［": "］"}
_TO_ASCII = DIGIT_VALUES | str.maketrans("０１２３４５６７８９–—‑−～~", "0123456789------")
_LABELS = re.findall(
    r"\S+",
    "source sources src passage passages doc document documents ref reference references cite "
    "citation id text article مصدر المصدر المصادر مقطع المقطع المقاطع مرجع المرجع المراجع نص النص",
)
_LABEL = "|".join(sorted(map(re.escape, _LABELS), key=len, reverse=True))
_NUMBER = r"#?\d{1,2}(?:\s*:\s*\d{1,3})?"
_ITEM = rf"{_NUMBER}(?:\s*-\s*#?\d{{1,2}})?"
_SEPARATOR = r"\s*(?:[,،;؛&|/]|\s(?:and|و)(?=\s)|\]\s*[,،]?\s*\[)?\s*"
_BODY = re.compile(
    rf"\s*\^?(?:(?:{_LABEL})\.?\s*[:#]?\s*)?(?P<items>{_ITEM}(?:{_SEPARATOR}(?:(?:{_LABEL})\s*[:#]?"
    rf"\s*)?{_ITEM})*)\s*(?:†[^\]】\n]*)?\s*",
    re.IGNORECASE,
)
_NUMBER_OR_RANGE = re.compile(r"#?(\d{1,2})(?:\s*:\s*\d{1,3})?(?:\s*-\s*#?(\d{1,2}))?")
# The content of an incomplete marker, without its words.
_INCOMPLETE = re.compile(r"[\s\d,،;؛&|/:#^†.\-\[\]]*")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text between markers."""

    text: str


@dataclass(frozen=True, slots=True)
class CitationPart:
    """A marker: the passages it cites, in order, and its numbers that are no passages."""

    numbers: tuple[int, ...]
    unknown: tuple[int, ...] = ()


StreamPart = TextPart | CitationPart


class CitationMarkerStream:
    """Separates the markers of a stream from its text, character by character.

    The chunk boundaries do not matter; text is delayed only while it may become a marker.

    Args:
        passages: Number of passages, which are numbered from 1.

    Example:
        >>> stream = CitationMarkerStream(passages=2)
        >>> stream.feed("It opened [")
        [TextPart(text='It opened ')]
        >>> stream.feed("1, 7](https://example.org).")
        [CitationPart(numbers=(1,), unknown=(7,)), TextPart(text='.')]
    """

    def __init__(self, passages: int) -> None:
        self._passages = passages
        self._buffer = ""
        self._mode: Literal["text", "marker", "link"] = "text"
        self._code = _CodeTracker()
        self._out: list[StreamPart] = []

    def feed(self, chunk: str) -> list[StreamPart]:
        """Add ``chunk``; the parts that are complete."""
        for character in chunk:
            self._step(character)
        return self._flush()

    def finish(self) -> list[StreamPart]:
        """The stream has ended; the remaining parts. An incomplete marker is dropped."""
        buffer, mode = self._buffer, self._mode
        self._buffer, self._mode = "", "text"
        if mode != "marker" or not any(c.isdecimal() for c in buffer):
            self._emit(buffer)
        return self._flush()

    def _flush(self) -> list[StreamPart]:
        out, self._out = self._out, []
        return out

    def _emit(self, text: str) -> None:
        if not text:
            return
        if self._out and isinstance(self._out[-1], TextPart):
            self._out[-1] = TextPart(self._out[-1].text + text)
        else:
            self._out.append(TextPart(text))

    def _step(self, character: str) -> None:
        if self._mode == "marker":
            self._buffer += character
            self._continue_marker()
        elif self._mode == "link":
            self._buffer += character
            self._continue_link()
        elif self._code.is_code(character):
            self._emit(character)
        elif character in _OPENERS or character == "\\":
            self._buffer, self._mode = character, "marker"
        else:
            self._emit(character)

    def _continue_marker(self) -> None:
        buffer = self._buffer
        is_marker = _is_marker(buffer)
        if is_marker is None:
            return
        self._buffer, self._mode = "", "text"
        if is_marker:
            self._out.append(self._cite(buffer))
            self._mode = "link"
        else:
            self._reparse(buffer)

    def _continue_link(self) -> None:
        """Drop the URL of a Markdown link after a marker."""
        buffer = self._buffer
        opened = buffer.startswith("(")
        incomplete = opened and buffer[-1] not in ")\n" and len(buffer) < MAX_LINK_LENGTH
        if incomplete and _may_be_url(buffer[1:]):
            return
        self._buffer, self._mode = "", "text"
        if opened and buffer.endswith(")") and _is_url(buffer[1:-1]):
            return
        if opened:
            self._reparse(buffer)
        else:
            self._step(buffer)

    def _reparse(self, buffer: str) -> None:
        """The first character of ``buffer`` is text; parse the others again."""
        self._emit(buffer[0])
        for character in buffer[1:]:
            self._step(character)

    def _cite(self, marker: str) -> CitationPart:
        numbers = dict.fromkeys(_numbers(_content(marker)))
        known = tuple(n for n in numbers if 1 <= n <= self._passages)
        return CitationPart(known, tuple(n for n in numbers if n not in known))


def split_markers(text: str, passages: int) -> list[StreamPart]:
    """The parts of a complete text."""
    stream = CitationMarkerStream(passages)
    return stream.feed(text) + stream.finish()


class _CodeTracker:
    """Tracks whether a character is in Markdown code: between backticks, or in a fenced block."""

    def __init__(self) -> None:
        self._backticks = 0
        self._fence = 0

    def is_code(self, character: str) -> bool:
        if character == "`":
            self._backticks += 1
            return True
        if self._backticks:
            if not self._fence:
                self._fence = self._backticks
            elif self._backticks >= self._fence:
                self._fence = 0
            self._backticks = 0
        if character == "\n" and 0 < self._fence < 3:
            self._fence = 0  # inline code ends with its line
        return self._fence > 0


def _content(marker: str) -> str:
    """The content of a complete marker, with ASCII digits and dashes."""
    bare = marker.replace("\\", "")
    return bare[1:-1].strip("[]【】［］").translate(_TO_ASCII)


def _numbers(content: str) -> Iterator[int]:
    for found in _NUMBER_OR_RANGE.finditer(content):
        first = int(found[1])
        last = int(found[2]) if found[2] else first
        if first <= last and last - first < MAX_RANGE_SIZE:
            yield from range(first, last + 1)
        else:
            yield from (first, last)


def _is_marker(buffer: str) -> bool | None:
    """Whether ``buffer``, from its opening bracket on, is a marker; None if it may become one."""
    bare = buffer.replace("\\", "")
    if not bare:
        return None if len(buffer) < 2 else False
    if bare[0] not in _OPENERS or len(buffer) > MAX_MARKER_LENGTH or "\n" in buffer:
        return False
    closer = _OPENERS[bare[0]]
    double = len(bare) > 1 and bare[1] == bare[0]
    if bare.endswith(closer * (2 if double else 1)) and len(bare) > (4 if double else 2):
        return _BODY.fullmatch(_content(buffer)) is not None
    if bare.endswith(closer) and not double:
        return False
    return None if _may_become_content(bare[1:].translate(_TO_ASCII)) else False


def _may_become_content(prefix: str) -> bool:
    before, dagger, _ = prefix.partition("†")
    if dagger:
        return bool(re.search(r"\d\s*$", before))
    if re.search(r"\d{3}", before.replace(":", " ")):
        return ":" in before
    words = _WORD.findall(before)
    last = words[-1].lower() if words else ""
    complete = not before or not before.rstrip("\\").endswith(words[-1] if words else "\0")
    for word in words[:-1] if not complete else words:
        if word.lower() not in _LABELS and word.lower() not in {"and", "و"}:
            return False
    if not complete and not any(known.startswith(last) for known in (*_LABELS, "and", "و")):
        return False
    return bool(_INCOMPLETE.fullmatch(_WORD.sub("", before)))


def _is_url(text: str) -> bool:
    return bool(re.match(r"https?://|www\.|#|/|[\w.-]+\.(?:com|org|net)\b", text))


def _may_be_url(prefix: str) -> bool:
    starts = ("https://", "http://", "www.", "#", "/")
    return _is_url(prefix) or any(start.startswith(prefix) for start in starts)
