"""Article text as a reader should see it: no markup, no invisible dirt, no block of other stories.

Letters are never touched: Unicode normalisation (even NFC) is left to the lexical index, because a
quote must stand in the source to the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.text.boilerplate import CLOSING_LABEL
from ingest.text.markup import strip_markup
from vectorstore.core.characters import FORMATTING

VERSION = "clean-1"
"""Changes when stored articles have to be cut anew. A text that comes out differently need not:
it is another content, and replaces the stored one when it is ingested again."""

_HEADLINE = 140
"""Characters; a longer line is a paragraph, not the headline of another story."""
_MAX_PASSES = 8

# Control characters (tab and newline aside), invisible ones that shape no letters, noncharacters.
_DIRT = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{FORMATTING}\ufffe\uffff\ufdd0-\ufdef]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028]")
_SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_TRAILING = re.compile(r"(?<! ) +(?=\n)")
_BLANK_LINES = re.compile(r"\n{3,}")

_TEASER_START = re.compile(
    rf"[\s*#•\-–>]*(?:{CLOSING_LABEL})\s*(?:$|[:：|\-–.…].*$)", re.IGNORECASE
)
_PARAGRAPH_END = re.compile(r"[.،؛:,;]$")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """``text`` to keep, and ``original`` when more than dirt and blanks was taken out of it."""

    text: str
    original: str | None = None


def clean_text(raw: str) -> str:
    """The readable body of ``raw``: idempotent, in time linear in its length."""
    return clean_body(raw).text


def clean_body(raw: str) -> Cleaned:
    """Like `clean_text`, with what the text was before markup and teasers went."""
    tidy = _tidy(raw)
    text = tidy
    # Taking one thing out can bring another to light ("&amp;lt;"), hence until nothing changes;
    # eight levels of escaping have not been seen outside attacks on cleaners.
    for _ in range(_MAX_PASSES):
        stripped = strip_markup(text)
        if stripped == text:
            break
        text = _tidy(stripped)
    text = _strip_teasers(text)
    return Cleaned(text, tidy if text != tidy else None)


def clean_title(raw: str) -> str:
    """``raw`` without markup and dirt, on one line with single spaces."""
    text = raw
    for _ in range(_MAX_PASSES):
        stripped = " ".join(_tidy(strip_markup(text)).split())
        if stripped == text:
            break
        text = stripped
    return text


def clean_characters(raw: str) -> str:
    """``raw`` without control, bidi and zero-width characters and lone surrogates."""
    if _SURROGATE.search(raw):
        # Halves of a pair that stand side by side are joined, single ones go.
        raw = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _DIRT.sub("", raw)


def _tidy(raw: str) -> str:
    text = _LINE_ENDS.sub("\n", raw).replace("\u2029", "\n\n")
    text = _SPACES.sub(" ", clean_characters(text))
    text = _TRAILING.sub("", text)
    return _BLANK_LINES.sub("\n\n", text).strip()


def _strip_teasers(text: str) -> str:
    """``text`` up to a closing block of other stories: "اقرأ أيضا" on a line, then headlines."""
    lines = text.split("\n")
    start = len(lines)
    for index in range(len(lines) - 1, 0, -1):
        line = lines[index].strip()
        opening = _TEASER_START.match(line) if len(line) <= _HEADLINE else None
        if opening:
            start = index
        elif len(line) > _HEADLINE or _PARAGRAPH_END.search(line):
            break
    return "\n".join(lines[:start]).rstrip()
