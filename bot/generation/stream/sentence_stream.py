"""Splits a stream into sentences with the passages they cite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.generation.stream.citation_markers import CitationPart, StreamPart
from ingest.text.sentences import split_sentences
from vectorstore.core.characters import INVISIBLE

_MARKUP = re.compile(r"\*{2,3}|__|^[ \t]*#{1,6}[ \t]+|^[ \t]*>[ \t]?", re.MULTILINE)
_SPACE_BEFORE_PUNCTUATION = re.compile(r"[ \t]+(?=[.،؛,;:!?؟…])")
_EMPTY_BRACKETS = re.compile(r"[ \t]*(?:\([ \t،,;]*\)|\[[ \t]*\])")
_BLANKS = re.compile(r"[ \t]+")
# "Yes" itself cannot be checked, only the statement after it.
_YES_OR_NO = re.compile(r"^(?:نعم|أجل|بلى|كلا|لا|yes|no)\s*[،,:.]\s*(?=\S)", re.IGNORECASE)
_INVISIBLE = re.compile(f"[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029{INVISIBLE}]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence written by a model.

    Attributes:
        text: Its text without citation markers.
        cited: The numbers of the passages it cites.
        new_line: Whether it starts a line.
    """

    text: str
    cited: tuple[int, ...] = ()
    new_line: bool = False


class SentenceStream:
    """Splits the output of a `CitationMarkerStream` into sentences.

    A sentence is emitted when the first word of the next one is complete, since a citation marker
    may still follow it. Sentence ends are searched at white space only, so the chunk boundaries do
    not matter.

    Example:
        >>> from bot.generation.stream.citation_markers import TextPart
        >>> stream = SentenceStream()
        >>> stream.feed([TextPart("It opened "), CitationPart((1,)), TextPart(". It is long.")])
        [Claim(text='It opened.', cited=(1,), new_line=False)]
        >>> stream.finish()
        [Claim(text='It is long.', cited=(), new_line=False)]
    """

    def __init__(self) -> None:
        self._text = ""
        self._citations: list[tuple[int, tuple[int, ...]]] = []
        self._new_line = False

    def feed(self, parts: Sequence[StreamPart]) -> list[Claim]:
        """Add ``parts``; the sentences that they complete."""
        claims: list[Claim] = []
        for part in parts:
            if isinstance(part, CitationPart):
                self._citations.append((len(self._text), part.numbers))
                continue
            for piece in re.findall(r"\S+|\s", part.text):
                self._text += piece
                if piece.isspace():
                    claims += self._complete()
        return claims

    def finish(self) -> list[Claim]:
        """The stream has ended; the remaining sentences."""
        claims = []
        while spans := split_sentences(self._text):
            claims.append(self._take(spans))
        self._text, self._citations = "", []
        return [claim for claim in claims if claim.text]

    def _complete(self) -> Iterator[Claim]:
        while True:
            spans = split_sentences(self._text)
            if len(spans) < 2 or not re.search(r"\w\s", self._text[spans[1][0] :]):
                return
            claim = self._take(spans)
            if claim.text:
                yield claim

    def _take(self, spans: Sequence[tuple[int, int]]) -> Claim:
        """Remove and return the first sentence, with the citations before the next one."""
        start, end = spans[0]
        following = spans[1][0] if len(spans) > 1 else len(self._text) + 1
        own: list[int] = []
        later: list[tuple[int, tuple[int, ...]]] = []
        for at, numbers in self._citations:
            if at < following or at == following > end:
                own += numbers
            else:
                later.append((at - following, numbers))
        sentence = self._text[start:end]
        new_line = self._new_line or "\n" in self._text[:start]
        self._new_line = "\n" in self._text[end : min(following, len(self._text))]
        self._text = self._text[following:] if len(spans) > 1 else ""
        self._citations = later if len(spans) > 1 else []
        return Claim(clean_sentence(sentence), tuple(dict.fromkeys(own)), new_line)


def clean_sentence(sentence: str) -> str:
    """``sentence`` without markup, spaces left by markers, and an opening "yes" or "no"."""
    text = _INVISIBLE.sub("", sentence)
    text = _EMPTY_BRACKETS.sub("", _MARKUP.sub("", text))
    text = _SPACE_BEFORE_PUNCTUATION.sub("", _BLANKS.sub(" ", text)).strip()
    return _YES_OR_NO.sub("", text)
