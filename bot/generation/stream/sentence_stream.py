"""A model's stream cut into sentences, each with the passages it cites. Pure, without I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.generation.stream.citation_markers import CitationPart, Piece
from ingest.text.sentences import split_sentences
from vectorstore.core.characters import INVISIBLE

_MARKUP = re.compile(r"\*{2,3}|__|^[ \t]*#{1,6}[ \t]+|^[ \t]*>[ \t]?", re.MULTILINE)
_BEFORE_MARK = re.compile(r"[ \t]+(?=[.،؛,;:!?؟…])")
_EMPTY_BRACKETS = re.compile(r"[ \t]*(?:\([ \t،,;]*\)|\[[ \t]*\])")
_BLANKS = re.compile(r"[ \t]+")
# What follows a "yes" can be checked, the "yes" itself cannot.
_YES_OR_NO = re.compile(r"^(?:نعم|أجل|بلى|كلا|لا|yes|no)\s*[،,:.]\s*(?=\S)", re.IGNORECASE)
_INVISIBLE = re.compile(f"[\u0000-\u0008\u000b-\u001f\u007f\u2028\u2029{INVISIBLE}]")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a model: its words without markers, and the passages it cites.

    ``new_line`` says that it begins a line of its own.
    """

    text: str
    cited: tuple[int, ...] = ()
    new_line: bool = False


class SentenceStream:
    """Pieces of a stream in, whole sentences out.

    A sentence is out once the next has begun with a whole word: until then a marker may follow that
    belongs to it. Looks for sentence ends at white space only, so how a stream was cut is the same.
    """

    def __init__(self) -> None:
        self._text = ""
        self._marks: list[tuple[int, tuple[int, ...]]] = []
        self._new_line = False

    def feed(self, pieces: Sequence[Piece]) -> list[Claim]:
        """The sentences that ``pieces`` complete."""
        found: list[Claim] = []
        for piece in pieces:
            if isinstance(piece, CitationPart):
                self._marks.append((len(self._text), piece.numbers))
                continue
            for part in re.findall(r"\S+|\s", piece.text):
                self._text += part
                if part.isspace():
                    found += self._settled()
        return found

    def finish(self) -> list[Claim]:
        """The last sentences."""
        found = []
        while spans := split_sentences(self._text):
            found.append(self._take(spans))
        self._text, self._marks = "", []
        return [claim for claim in found if claim.text]

    def _settled(self) -> Iterator[Claim]:
        while True:
            spans = split_sentences(self._text)
            if len(spans) < 2 or not re.search(r"\w\s", self._text[spans[1][0] :]):
                return
            claim = self._take(spans)
            if claim.text:
                yield claim

    def _take(self, spans: Sequence[tuple[int, int]]) -> Claim:
        """Cut the first sentence off, with the markers up to where the next begins."""
        start, end = spans[0]
        following = spans[1][0] if len(spans) > 1 else len(self._text) + 1
        own = [m for at, m in self._marks if at < following or (at == following and at > end)]
        kept = [(at, m) for at, m in self._marks if not (at < following or (at == following > end))]
        sentence = self._text[start:end]
        new_line = self._new_line or "\n" in self._text[:start]
        self._new_line = "\n" in self._text[end : min(following, len(self._text))]
        self._text = self._text[following:] if len(spans) > 1 else ""
        self._marks = [(at - following, m) for at, m in kept] if len(spans) > 1 else []
        cited = tuple(dict.fromkeys(number for mark in own for number in mark))
        return Claim(tidy(sentence), cited, new_line)


def tidy(sentence: str) -> str:
    """A sentence as it is shown: no markup, no gaps where markers stood, no "yes" before it."""
    text = _INVISIBLE.sub("", sentence)
    text = _EMPTY_BRACKETS.sub("", _MARKUP.sub("", text))
    text = _BEFORE_MARK.sub("", _BLANKS.sub(" ", text)).strip()
    return _YES_OR_NO.sub("", text)
