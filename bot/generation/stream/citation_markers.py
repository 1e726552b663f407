"""Citation markers in a model's stream of text: found, told apart from other brackets, taken out.

A pure transformer without I/O: characters go in, stretches of text and citations come out. It
looks at one character after the other, so how the stream was cut never changes what comes out, and
text waits only while it may still turn out to be a marker.

Markers are ``[1]`` ``【1】`` ``［1］`` ``[1,2]`` ``[1، 2]`` ``[1-3]`` ``[٣]`` ``[1][2]`` ``[[1]]``
``[^1]`` ``[ID:1]`` ``[Source 1]`` ``[المصدر 1]`` ``【1†source】`` ``\\[1\\]``, each with or without
the address of a Markdown link behind it. No markers are numbers of three or more digits
(``[2018]``), brackets with other words in them, and anything in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST_MARKER = 48
"""Characters within which an opened bracket must become a marker, or it is text."""
LONGEST_LINK = 300
WIDEST_RANGE = 20

_OPENERS = {"[": "]", "【": "】", "［": "］"}
_DIGITS = {
    **{chr(0x0660 + d): str(d) for d in range(10)},
    **{chr(0x06F0 + d): str(d) for d in range(10)},
    **{chr(0xFF10 + d): str(d) for d in range(10)},
}
_TO_ASCII = str.maketrans(_DIGITS | {"–": "-", "—": "-", "‑": "-", "−": "-", "～": "-", "~": "-"})
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
_FOUND = re.compile(r"#?(\d{1,2})(?:\s*:\s*\d{1,3})?(?:\s*-\s*#?(\d{1,2}))?")
# What a marker's inside may look like while it is still being written.
_GROWING = re.compile(r"[\s\d,،;؛&|/:#^†.\-\[\]]*")
_WORD_INSIDE = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of text that is no marker."""

    text: str


@dataclass(frozen=True, slots=True)
class CitationPart:
    """A marker: the passages it names, in its order, and the numbers that name none."""

    numbers: tuple[int, ...]
    unknown: tuple[int, ...] = ()


Piece = TextPart | CitationPart


class MarkerStream:
    """Takes the markers out of a stream; passages are numbered from 1 to ``passages``."""

    def __init__(self, passages: int) -> None:
        self._passages = passages
        self._held = ""
        self._mode: Literal["text", "marker", "link"] = "text"
        self._code = _Code()
        self._out: list[Piece] = []

    def feed(self, chunk: str) -> list[Piece]:
        """What is settled once ``chunk`` has come."""
        for character in chunk:
            self._step(character)
        return self._taken()

    def finish(self) -> list[Piece]:
        """What is left when the stream has ended; a marker that broke off is dropped."""
        held, mode = self._held, self._mode
        self._held, self._mode = "", "text"
        if mode != "marker" or not any(c.isdecimal() for c in held):
            self._emit(held)
        return self._taken()

    def _taken(self) -> list[Piece]:
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
            self._held += character
            self._weigh_marker()
        elif self._mode == "link":
            self._held += character
            self._weigh_link()
        elif self._code.inside(character):
            self._emit(character)
        elif character in _OPENERS or character == "\\":
            self._held, self._mode = character, "marker"
        else:
            self._emit(character)

    def _weigh_marker(self) -> None:
        verdict = _verdict(self._held)
        if verdict == "growing":
            return
        held = self._held
        self._held, self._mode = "", "text"
        if verdict == "no":
            self._emit(held[0])
            for character in held[1:]:
                self._step(character)
            return
        self._out.append(self._cite(held))
        self._mode = "link"

    def _weigh_link(self) -> None:
        """After a marker: a Markdown address in parentheses belongs to it and goes with it."""
        held = self._held
        opened = held.startswith("(")
        open_still = opened and held[-1] not in ")\n" and len(held) < LONGEST_LINK
        if open_still and _may_be_address(held[1:]):
            return
        self._held, self._mode = "", "text"
        if opened and held.endswith(")") and _is_address(held[1:-1]):
            return
        first, rest = held[0], held[1:]
        if opened:
            self._emit(first)
        else:
            rest = held
        for character in rest:
            self._step(character)

    def _cite(self, marker: str) -> CitationPart:
        numbers = dict.fromkeys(_numbers(_inside(marker)))
        known = tuple(n for n in numbers if 1 <= n <= self._passages)
        return CitationPart(known, tuple(n for n in numbers if n not in known))


def split_markers(text: str, passages: int) -> list[Piece]:
    """The pieces of a whole text."""
    stream = MarkerStream(passages)
    return stream.feed(text) + stream.finish()


class _Code:
    """Whether a character stands in Markdown code: between backticks, or in a fenced block."""

    def __init__(self) -> None:
        self._run = 0
        self._open = 0

    def inside(self, character: str) -> bool:
        if character == "`":
            self._run += 1
            return True
        if self._run:
            if not self._open:
                self._open = self._run
            elif self._run >= self._open:
                self._open = 0
            self._run = 0
        if character == "\n" and 0 < self._open < 3:
            self._open = 0  # a lone backtick: code in a line ends with it
        return self._open > 0


def _inside(marker: str) -> str:
    """The inside of a whole marker, digits and dashes as ASCII."""
    bare = marker.replace("\\", "")
    return bare[1:-1].strip("[]【】［］").translate(_TO_ASCII)


def _numbers(inside: str) -> Iterator[int]:
    for found in _FOUND.finditer(inside):
        first = int(found[1])
        last = int(found[2]) if found[2] else first
        if first <= last and last - first < WIDEST_RANGE:
            yield from range(first, last + 1)
        else:
            yield from (first, last)


def _verdict(held: str) -> Literal["growing", "yes", "no"]:
    """Whether ``held``, which begins with an opening bracket, is a marker, is none, or may be."""
    bare = held.replace("\\", "")
    if not bare:
        return "growing" if len(held) < 2 else "no"
    if bare[0] not in _OPENERS or len(held) > LONGEST_MARKER or "\n" in held:
        return "no"
    closer = _OPENERS[bare[0]]
    double = len(bare) > 1 and bare[1] == bare[0]
    if bare.endswith(closer * (2 if double else 1)) and len(bare) > (4 if double else 2):
        return "yes" if _BODY.fullmatch(_inside(held)) else "no"
    if bare.endswith(closer) and not double:
        return "no"
    return "growing" if _may_grow(bare[1:].translate(_TO_ASCII)) else "no"


def _may_grow(inside: str) -> bool:
    before, dagger, _ = inside.partition("†")
    if dagger:
        return bool(re.search(r"\d\s*$", before))
    if re.search(r"\d{3}", before.replace(":", " ")):
        return ":" in before
    words = _WORD_INSIDE.findall(before)
    last = words[-1].lower() if words else ""
    complete = not before or not before.rstrip("\\").endswith(words[-1] if words else "\0")
    for word in words[:-1] if not complete else words:
        if word.lower() not in _LABELS and word.lower() not in {"and", "و"}:
            return False
    if not complete and not any(known.startswith(last) for known in (*_LABELS, "and", "و")):
        return False
    return bool(_GROWING.fullmatch(_WORD_INSIDE.sub("", before)))


def _is_address(inside: str) -> bool:
    return bool(re.match(r"https?://|www\.|#|/|[\w.-]+\.(?:com|org|net)\b", inside))


def _may_be_address(inside: str) -> bool:
    beginnings = ("https://", "http://", "www.", "#", "/")
    return _is_address(inside) or any(
        inside.startswith(beginning) or beginning.startswith(inside) for beginning in beginnings
    )
