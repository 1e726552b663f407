"""From glyphs to the pieces of lines that they make."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.glyphs import Glyph, is_mark
from ingest.text.arabic_text import letter_counts

SAME_LINE = 0.4
"""Of its size, that a glyph may stand above or below the line it is on."""
SPACE = 0.25
"""Of the size: a wider gap is a space, where none is drawn …"""
HINT = 0.15
"""One that is wider than this is a space where pdfium puts one without a width: a space that the
page has, or its own guess after a jump …"""
CLOSE = 0.7
"""… and one wider than this may lie between two columns, until these are known …"""
_WEIGHED = 9  # glyphs that tell how large those of a line are
APART = 1.8
"""… and one wider than this does, or between two cells."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Glyphs of one line with no wide gap between them; ``text`` as it is seen, left to right."""

    text: str
    left: float
    right: float
    base: float
    size: float


def pieces_of(glyphs: Iterable[Glyph]) -> list[Piece]:
    """The pieces of all lines, from the top down, those of a line from left to right."""
    return [piece for line in _lines(glyphs) for piece in _pieces(line)]


def runs_right_to_left(pieces: Iterable[Piece]) -> bool:
    """Whether more of it is Arabic than Latin."""
    arabic, latin = letter_counts(" ".join(piece.text for piece in pieces))
    return arabic > 0 and arabic >= latin


def joined(row: Sequence[Piece]) -> list[Piece]:
    """The pieces of a row, from left to right, with those as one that stand no wide gap apart."""
    pieces: list[Piece] = []
    for piece in row:
        last = pieces[-1] if pieces else None
        if last and piece.left - last.right <= APART * max(last.size, piece.size):
            text = f"{last.text} {piece.text}"
            size = max((last, piece), key=lambda p: len(p.text)).size
            pieces[-1] = replace(last, text=text, right=max(last.right, piece.right), size=size)
        else:
            pieces.append(piece)
    return pieces


def rows_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces side by side, from the top down, those of a row from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: -p.base):
        if rows and rows[-1][0].base - piece.base <= SAME_LINE * min(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.left) for row in rows]


def _lines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    lines: list[list[Glyph]] = []
    size = 0.0
    # A hint is of no size and comes after what stands on its line.
    for glyph in sorted(glyphs, key=lambda g: (-g.base, is_hint(g))):
        # Marks above a line and small raised figures belong to it: the larger size counts.
        if lines and lines[-1][0].base - glyph.base <= SAME_LINE * max(glyph.size, size):
            lines[-1].append(glyph)
            if len(lines[-1]) <= _WEIGHED:
                size = median(g.size for g in lines[-1])
        else:
            lines.append([glyph])
            size = glyph.size
    return [sorted(line, key=lambda g: (g.left, g.right)) for line in lines]


def _pieces(line: Sequence[Glyph]) -> list[Piece]:
    glyphs = _without_hints(_with_marks(line))
    if not glyphs:
        return []
    groups: list[list[Glyph]] = [[glyphs[0]]]
    reach = glyphs[0].right
    for glyph in glyphs[1:]:
        if glyph.left - reach > CLOSE * glyph.size:
            groups.append([])
        groups[-1].append(glyph)
        reach = max(reach, glyph.right)
    return [_piece(trimmed) for group in groups if (trimmed := _trimmed(group))]


def is_hint(glyph: Glyph) -> bool:
    """Whether it is a space without a width."""
    return glyph.right <= glyph.left and glyph.text.isspace()


def _without_hints(line: Sequence[Glyph]) -> list[Glyph]:
    """``line`` with spaces as wide as the gaps where pdfium hints at them, and no other hints."""
    drawn = [glyph for glyph in line if not is_hint(glyph)]
    hints = [glyph.left for glyph in line if is_hint(glyph)]
    if not hints or not drawn:
        return drawn
    spaced, reach = [drawn[0]], drawn[0].right
    for before, glyph in pairwise(drawn):
        wide = HINT < (glyph.left - reach) / glyph.size < CLOSE
        words = before.text[-1].isalnum() and glyph.text[0].isalnum()  # signs stand wider apart
        # It puts one into the gap, or where a glyph begins that it had to jump to.
        begins = {before.origin, glyph.origin}
        if wide and words and any(reach <= h <= glyph.left or h in begins for h in hints):
            spaced.append(replace(glyph, text=" ", left=reach, right=glyph.left))
        spaced.append(glyph)
        reach = max(reach, glyph.right)
    return spaced


def _trimmed(glyphs: list[Glyph]) -> list[Glyph]:
    filled = [index for index, glyph in enumerate(glyphs) if not glyph.text.isspace()]
    return glyphs[filled[0] : filled[-1] + 1] if filled else []


def _piece(glyphs: Sequence[Glyph]) -> Piece:
    parts = [_as_seen(glyphs[0].text)]
    for before, glyph in pairwise(glyphs):
        blank = before.text.isspace() or glyph.text.isspace()
        if not blank and glyph.left - before.right > SPACE * max(before.size, glyph.size):
            parts.append(" ")
        parts.append(_as_seen(glyph.text))
    return Piece(
        text=" ".join("".join(parts).split()),
        left=min(glyph.left for glyph in glyphs),
        right=max(glyph.right for glyph in glyphs),
        base=median(glyph.base for glyph in glyphs),
        size=median(glyph.size for glyph in glyphs),
    )


def _as_seen(text: str) -> str:
    """The letters of one glyph as they would stand from left to right."""
    if len(text) > 1 and unicodedata.bidirectional(text[0]) in ("R", "AL"):
        return text[::-1]
    return text


def _with_marks(line: Sequence[Glyph]) -> list[Glyph]:
    """``line`` with vowel marks joined to the letters that they stand on."""
    bases = [glyph for glyph in line if not is_mark(glyph.text)]
    if len(bases) == len(line) or not bases:
        return list(bases)
    letters = [i for i, glyph in enumerate(bases) if not glyph.text.isspace()]
    for mark in (glyph for glyph in line if letters and is_mark(glyph.text)):
        index = min(letters, key=lambda i: _distance(mark, bases[i]))
        base = bases[index]
        bases[index] = replace(base, text=base.text + mark.text)
        if mark.origin == base.origin:  # one glyph, of which pdfium gave each a share
            left, right = min(base.left, mark.left), max(base.right, mark.right)
            bases[index] = replace(bases[index], left=left, right=right)
    return bases


def _distance(mark: Glyph, base: Glyph) -> tuple[bool, float, float]:
    middle = (mark.left + mark.right) / 2
    outside = max(base.left - middle, middle - base.right, 0.0)
    return mark.origin != base.origin, outside, abs(middle - (base.left + base.right) / 2)
