"""The characters of a page and their positions, from pdfium.

pdfium's own text order is not used: it guesses the direction of each run and mixes up Arabic as
browsers and word processors print it. Positions are reliable.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

_LAM, _ALEFS = "\u0644", "\u0627\u0622\u0623\u0625\u0671"
_LINE_END_HYPHEN = 2  # pdfium's code for it
_MAX_SKEW = 0.05  # of a quarter turn


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph: its text in reading order, extent, baseline, font size and drawing origin.

    In points, from the left and bottom edges of the page, turned so that its text is horizontal.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    origin: float


def glyphs_of(textpage: Any) -> list[Glyph]:
    """The glyphs of a page in drawing order, without those rotated differently from most."""
    found = list(_characters(textpage))
    if not found:
        return []
    turn = Counter(turn for _, turn in found).most_common(1)[0][0]
    upright = [_turned(glyph, turn) for glyph, its in found if its == turn]
    return _joined(upright)


def _characters(textpage: Any) -> Iterator[tuple[Glyph, int]]:
    """Each drawn character and its rotation in quarter turns."""
    import pypdfium2.raw as pdfium

    page = textpage.raw
    x, y = ctypes.c_double(), ctypes.c_double()
    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    for index in range(pdfium.FPDFText_CountChars(page)):
        code = pdfium.FPDFText_GetUnicode(page, index)
        code = ord("-") if code == _LINE_END_HYPHEN else code
        if code < 32 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
            continue
        if not (
            pdfium.FPDFText_IsGenerated(page, index) != 1
            and pdfium.FPDFText_GetCharOrigin(page, index, x, y)
            and pdfium.FPDFText_GetLooseCharBox(page, index, box)
            and pdfium.FPDFText_GetMatrix(page, index, matrix)
        ):
            continue
        quarters = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        if abs(quarters - round(quarters)) > _MAX_SKEW:
            continue
        # Font size in points, as scaled by the text matrix.
        size = pdfium.FPDFText_GetFontSize(page, index) * math.hypot(matrix.c, matrix.d)
        turn = round(quarters) % 4
        if turn % 2 == 0:
            low, high, origin, base = box.left, box.right, x.value, y.value
        else:
            low, high, origin, base = box.bottom, box.top, y.value, x.value
        if size and math.isfinite(size + low + high + origin + base):
            yield Glyph(chr(code), low, high, base, abs(size), origin), turn


def _turned(glyph: Glyph, turn: int) -> Glyph:
    """``glyph`` on the page rotated by ``turn`` quarters, so that its text is horizontal."""
    if turn in (2, 3):  # the line runs towards pdfium's origin
        glyph = replace(glyph, left=-glyph.right, right=-glyph.left, origin=-glyph.origin)
    return replace(glyph, base=-glyph.base) if turn in (1, 2) else glyph


def _joined(glyphs: list[Glyph]) -> list[Glyph]:
    """Glyphs with ligatures joined: pdfium gives their letters one by one, at one position."""
    joined: list[Glyph] = []
    start = 0
    while start < len(glyphs):
        end = start + 1
        while end < len(glyphs) and _same_place(glyphs[start], glyphs[end]):
            end += 1
        joined.append(glyphs[start] if end == start + 1 else _one(glyphs, start, end))
        start = end
    return joined


def _one(glyphs: list[Glyph], start: int, end: int) -> Glyph:
    pieces = glyphs[start:end]
    if _is_right_to_left(pieces):
        before = glyphs[start - 1] if start else None
        pieces = _ligature(pieces, before, glyphs[end] if end < len(glyphs) else None)
    return replace(
        glyphs[start],
        text="".join(dict.fromkeys(piece.text for piece in pieces)),
        left=min(piece.left for piece in pieces),
        right=max(piece.right for piece in pieces),
    )


def _same_place(one: Glyph, other: Glyph) -> bool:
    if one.origin != other.origin or one.base != other.base:
        return False
    return not one.text.isspace() and not other.text.isspace()


def _is_right_to_left(pieces: list[Glyph]) -> bool:
    return all(unicodedata.bidirectional(p.text[0]) in ("R", "AL", "NSM") for p in pieces)


def _ligature(pieces: list[Glyph], before: Glyph | None, after: Glyph | None) -> list[Glyph]:
    """The letters of a ligature in reading order, marks after their letters.

    Where pdfium gives each letter a share of the ligature's width, by position. Otherwise they are
    reversed if pdfium gives the glyphs ``before`` and ``after`` from right to left.
    """
    texts = {piece.text for piece in pieces if not is_mark(piece.text)}
    if len(texts) == 2 and _LAM in texts and texts & set(_ALEFS):
        return sorted(pieces, key=lambda p: (is_mark(p.text), p.text != _LAM))
    if len({piece.left for piece in pieces}) == len(pieces):
        ordered = sorted(pieces, key=lambda piece: -piece.left)
    else:
        ordered = pieces[::-1] if _descends(pieces[0], before, after) else pieces
    if is_mark(ordered[0].text):
        ordered = sorted(ordered, key=lambda piece: is_mark(piece.text))
    return ordered


def _descends(piece: Glyph, before: Glyph | None, after: Glyph | None) -> bool:
    """Whether pdfium gives the glyphs of a run from right to left."""
    for one, other in ((before, piece), (piece, after)):
        if one and other and one.base == other.base and one.origin != other.origin:
            return other.origin < one.origin
    return False


def is_mark(text: str) -> bool:
    """Whether ``text`` consists of combining marks, such as vowel signs."""
    return all(unicodedata.category(character) == "Mn" for character in text)
