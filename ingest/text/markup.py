"""Removes HTML markup from article text that should hold none.

Only the tags that news pages use, comments, scripts and character references ending in a semicolon
are removed; ``a < b`` and ``<unknown>`` stay. HTML pages are parsed by ``ingest.html``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_BLOCK = (
    "address|article|aside|blockquote|body|center|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|"
    "head|header|hr|html|li|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|title|tr|ul"
)
_INLINE = (
    "a|abbr|b|big|button|cite|code|del|em|embed|font|i|iframe|img|input|ins|label|link|mark|meta|"
    "noscript|object|param|picture|q|s|small|source|span|strike|strong|sub|sup|svg|time|tt|u|video|wbr"
)
# "[^<>]*" ends at the next bracket, so that an unclosed tag is read once.
_LINE_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_ROW_START = re.compile(r"<tr(?=[\s/>])[^<>]*>\s*<t[dh](?=[\s/>])[^<>]*>\s*", re.IGNORECASE)
_CELL = re.compile(
    r"(?P<cells>(?:</?t[dh](?=[\s/>])[^<>]*>\s*)+)(?P<end></?(?:tr|tbody|thead|tfoot|table)\b)?",
    re.IGNORECASE,
)
_CELL_START = re.compile(r"<t[dh]\b", re.IGNORECASE)
_ITEM = re.compile(r"<li(?=[\s/>])[^<>]*>\s*", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    rf"</?(?:{_INLINE}|script|style|template|br)(?=[\s/>])[^<>]*>", re.IGNORECASE
)
_DOCTYPE = re.compile(r"<!doctype[^<>]*>|<!\[CDATA\[|\]\]>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

# Opening and closing patterns of elements whose content is not shown.
_HIDDEN = (
    (re.compile(r"<script(?=[\s>])[^<>]*>", re.IGNORECASE), re.compile(r"</script\s*>", re.I)),
    (re.compile(r"<style(?=[\s>])[^<>]*>", re.IGNORECASE), re.compile(r"</style\s*>", re.I)),
    (re.compile(r"<template(?=[\s>])[^<>]*>", re.IGNORECASE), re.compile(r"</template\s*>", re.I)),
    (re.compile(r"<!--"), re.compile(r"-->")),
)


def strip_markup(text: str) -> str:
    """``text`` without tags, scripts and character references, in linear time.

    Block tags become blank lines, ``<br>`` a newline; cells of a table are separated by `` | ``,
    items of a list begin with ``- ``.
    """
    if "<" in text:
        for opening, closing in _HIDDEN:
            text = _drop_elements(text, opening, closing)
        text = _DOCTYPE.sub("", text) if "<!" in text else text
        text = _LINE_BREAK.sub("\n", text)
        text = _ROW_START.sub("\n\n", text)
        text = _CELL.sub(_between_cells, text)
        text = _ITEM.sub("\n\n- ", text)
        text = _BLOCK_TAG.sub("\n\n", text)
        text = _INLINE_TAG.sub("", text)
    if "&" in text:
        text = _REFERENCE.sub(lambda match: html.unescape(match[0]), text)
    return text


def _between_cells(match: re.Match[str]) -> str:
    """A bar for each cell that begins here; none after the last one of a row."""
    if match["end"]:
        return match["end"]
    return " |" * len(_CELL_START.findall(match["cells"])) + " "


def _drop_elements(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """``text`` without the elements that are closed.

    Searching from each closing on keeps this linear, unlike ``<script>.*?</script>``.
    """
    pieces: list[str] = []
    position = 0
    while start := opening.search(text, position):
        end = closing.search(text, start.end())
        if end is None:
            break
        pieces.append(text[position : start.start()])
        position = end.end()
    pieces.append(text[position:])
    return "".join(pieces)


def table_row(cells: Iterable[str]) -> str:
    """A row of a table on one line, its cells separated by `` | ``; empty without any text."""
    flat = [" ".join(cell.split()) for cell in cells]
    while flat and not flat[-1]:
        flat.pop()
    return " | ".join(flat)
