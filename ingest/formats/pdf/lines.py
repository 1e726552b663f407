"""Joins glyphs to segments of lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.glyphs import Glyph, is_mark
from ingest.text.arabic_text import letter_counts

# Distances are multiples of the font size.
MAX_LINE_OFFSET = 0.4
"""Largest vertical offset of a glyph from its line."""
MIN_SPACE = 0.25
"""A wider gap is a space, also where none is drawn."""
MIN_HINTED_SPACE = 0.15
"""A wider gap is a space where pdfium has a space without width: one on the page, or a guess."""
MIN_POSSIBLE_GUTTER = 0.7
"""A wider gap may lie between two columns."""
MIN_CERTAIN_GUTTER = 1.8
"""A wider gap lies between two columns or cells."""
_SIZE_SAMPLE = 9  # glyphs from which the font size of a line is computed


@dataclass(frozen=True, slots=True)
class TextSegment:
    """Glyphs of one line without a wide gap between them; ``text`` in visual order."""

    text: str
    left: float
    right: float
    base: float
    size: float


def segments_of(glyphs: Iterable[Glyph]) -> list[TextSegment]:
    """The segments of all lines, from top to bottom and left to right."""
    return [segment for line in _lines(glyphs) for segment in _segments(line)]


def runs_right_to_left(segments: Iterable[TextSegment]) -> bool:
    """Whether at least as many letters are Arabic as Latin."""
    arabic, latin = letter_counts(" ".join(segment.text for segment in segments))
    return arabic > 0 and arabic >= latin


def merge_segments(row: Sequence[TextSegment]) -> list[TextSegment]:
    """The segments of a row, from left to right; those without a wide gap between them as one."""
    segments: list[TextSegment] = []
    for segment in row:
        last = segments[-1] if segments else None
        if last and segment.left - last.right <= MIN_CERTAIN_GUTTER * max(last.size, segment.size):
            text = f"{last.text} {segment.text}"
            size = max((last, segment), key=lambda p: len(p.text)).size
            segments[-1] = replace(last, text=text, right=max(last.right, segment.right), size=size)
        else:
            segments.append(segment)
    return segments


def rows_of(segments: Iterable[TextSegment]) -> list[list[TextSegment]]:
    """The segments by rows, from top to bottom and left to right."""
    rows: list[list[TextSegment]] = []
    for segment in sorted(segments, key=lambda p: -p.base):
        if rows and rows[-1][0].base - segment.base <= MAX_LINE_OFFSET * min(
            segment.size, rows[-1][0].size
        ):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda p: p.left) for row in rows]


def _lines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    lines: list[list[Glyph]] = []
    size = 0.0
    # A hint has no size and is sorted after the glyphs of its line.
    for glyph in sorted(glyphs, key=lambda g: (-g.base, is_hint(g))):
        # The larger size counts, so that marks and superscripts belong to their line.
        if lines and lines[-1][0].base - glyph.base <= MAX_LINE_OFFSET * max(glyph.size, size):
            lines[-1].append(glyph)
            if len(lines[-1]) <= _SIZE_SAMPLE:
                size = median(g.size for g in lines[-1])
        else:
            lines.append([glyph])
            size = glyph.size
    return [sorted(line, key=lambda g: (g.left, g.right)) for line in lines]


def _segments(line: Sequence[Glyph]) -> list[TextSegment]:
    glyphs = _without_hints(_with_marks(line))
    if not glyphs:
        return []
    groups: list[list[Glyph]] = [[glyphs[0]]]
    reach = glyphs[0].right
    for glyph in glyphs[1:]:
        if glyph.left - reach > MIN_POSSIBLE_GUTTER * glyph.size:
            groups.append([])
        groups[-1].append(glyph)
        reach = max(reach, glyph.right)
    return [_segment(trimmed) for group in groups if (trimmed := _trimmed(group))]


def is_hint(glyph: Glyph) -> bool:
    """Whether ``glyph`` is a space without width."""
    return glyph.right <= glyph.left and glyph.text.isspace()


def _without_hints(line: Sequence[Glyph]) -> list[Glyph]:
    """``line`` without hints; where a hint lies in a gap, a space of the gap's width."""
    drawn = [glyph for glyph in line if not is_hint(glyph)]
    hints = [glyph.left for glyph in line if is_hint(glyph)]
    if not hints or not drawn:
        return drawn
    spaced, reach = [drawn[0]], drawn[0].right
    for before, glyph in pairwise(drawn):
        wide = MIN_HINTED_SPACE < (glyph.left - reach) / glyph.size < MIN_POSSIBLE_GUTTER
        words = before.text[-1].isalnum() and glyph.text[0].isalnum()  # punctuation has wider gaps
        # pdfium puts a hint into the gap, or at the origin of a glyph after a jump.
        origins = {before.origin, glyph.origin}
        if wide and words and any(reach <= h <= glyph.left or h in origins for h in hints):
            spaced.append(replace(glyph, text=" ", left=reach, right=glyph.left))
        spaced.append(glyph)
        reach = max(reach, glyph.right)
    return spaced


def _trimmed(glyphs: list[Glyph]) -> list[Glyph]:
    filled = [index for index, glyph in enumerate(glyphs) if not glyph.text.isspace()]
    return glyphs[filled[0] : filled[-1] + 1] if filled else []


def _segment(glyphs: Sequence[Glyph]) -> TextSegment:
    parts = [_visual_order(glyphs[0].text)]
    for before, glyph in pairwise(glyphs):
        blank = before.text.isspace() or glyph.text.isspace()
        if not blank and glyph.left - before.right > MIN_SPACE * max(before.size, glyph.size):
            parts.append(" ")
        parts.append(_visual_order(glyph.text))
    return TextSegment(
        text=" ".join("".join(parts).split()),
        left=min(glyph.left for glyph in glyphs),
        right=max(glyph.right for glyph in glyphs),
        base=median(glyph.base for glyph in glyphs),
        size=median(glyph.size for glyph in glyphs),
    )


def _visual_order(text: str) -> str:
    """The letters of one glyph in visual order, from left to right."""
    if len(text) > 1 and unicodedata.bidirectional(text[0]) in ("R", "AL"):
        return text[::-1]
    return text


def _with_marks(line: Sequence[Glyph]) -> list[Glyph]:
    """``line`` with combining marks joined to their letters."""
    bases = [glyph for glyph in line if not is_mark(glyph.text)]
    if len(bases) == len(line) or not bases:
        return list(bases)
    letters = [i for i, glyph in enumerate(bases) if not glyph.text.isspace()]
    for mark in (glyph for glyph in line if letters and is_mark(glyph.text)):
        index = min(letters, key=lambda i: _distance(mark, bases[i]))
        base = bases[index]
        bases[index] = replace(base, text=base.text + mark.text)
        if mark.origin == base.origin:  # parts of one glyph
            left, right = min(base.left, mark.left), max(base.right, mark.right)
            bases[index] = replace(bases[index], left=left, right=right)
    return bases


def _distance(mark: Glyph, base: Glyph) -> tuple[bool, float, float]:
    middle = (mark.left + mark.right) / 2
    outside = max(base.left - middle, middle - base.right, 0.0)
    return mark.origin != base.origin, outside, abs(middle - (base.left + base.right) / 2)
