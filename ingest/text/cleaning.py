"""Removes markup, invisible characters and closing blocks of other stories from article text.

Letters are never changed: Unicode normalisation (even NFC) is left to the lexical index, because a
quote must match its source to the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.text.boilerplate import CLOSING_LABEL
from ingest.text.markup import strip_markup
from vectorstore.core.characters import FORMATTING

_MAX_HEADLINE_LENGTH = 140
"""Characters; a longer line is a paragraph, not the headline of another story."""
_MAX_PASSES = 8

# Control characters (tab and newline aside), invisible ones that shape no letters, noncharacters.
_REMOVED = re.compile(
    f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{FORMATTING}\ufffe\uffff\ufdd0-\ufdef]"
)
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
    """The cleaned ``text``, and ``original`` when markup or teasers were removed from it."""

    text: str
    original: str | None = None


def clean_text(raw: str) -> str:
    """The readable body of ``raw``. Idempotent and linear in its length."""
    return clean_body(raw).text


def clean_body(raw: str) -> Cleaned:
    """Like `clean_text`, with the text before markup and teasers were removed."""
    tidy = _tidy(raw)
    text = tidy
    # Repeated until nothing changes, since markup may be escaped ("&amp;lt;"), but not for ever:
    # eight levels of escaping occur in attacks only.
    for _ in range(_MAX_PASSES):
        stripped = strip_markup(text)
        if stripped == text:
            break
        text = _tidy(stripped)
    text = _strip_teasers(text)
    return Cleaned(text, tidy if text != tidy else None)


def clean_title(raw: str) -> str:
    """``raw`` without markup and invisible characters, on one line with single spaces."""
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
        # Surrogates side by side are joined into one character, single ones are dropped.
        raw = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _REMOVED.sub("", raw)


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
        opening = _TEASER_START.match(line) if len(line) <= _MAX_HEADLINE_LENGTH else None
        if opening:
            start = index
        elif len(line) > _MAX_HEADLINE_LENGTH or _PARAGRAPH_END.search(line):
            break
    return "\n".join(lines[:start]).rstrip()
