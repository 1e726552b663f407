"""Divides a page into regions in reading order; columns one after the other, tables whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.lines import Piece, rows_of

MIN_GUTTER = 1.2
"""Least gap between two columns, as a multiple of the font size."""
MIN_NARROW_GUTTER = 0.7
"""Least gap between two long columns."""
MIN_LINES = 3
"""Lines of a column, at least; cells and captions have fewer."""
MIN_LONG_LINES = 4
"""Lines of a long column, at least."""
MIN_LETTERS = 14
"""Median characters of a column's lines, at least; cells of a table have fewer."""
MIN_SECTION_GAP = 1.6
"""Least gap between two regions, as a multiple of the median distance of lines."""
MAX_SPLIT_DEPTH = 12


def regions_of(pieces: Sequence[Piece], right_to_left: bool, depth: int = 0) -> list[list[Piece]]:
    """The regions of ``pieces`` in reading order, by recursive XY cut (Nagy and Seth, 1984)."""
    if len(pieces) < 2 * MIN_LINES or depth >= MAX_SPLIT_DEPTH:
        return [list(pieces)]
    columns = _columns(pieces)
    if len(columns) > 1:
        ordered = columns[::-1] if right_to_left else columns
        return [r for column in ordered for r in regions_of(column, right_to_left, depth + 1)]
    above, below = _split_vertically(pieces)
    if not below:
        return [list(pieces)]
    parts = [*regions_of(above, right_to_left, depth + 1)]
    parts += regions_of(below, right_to_left, depth + 1)
    # A division is kept only if it uncovered columns.
    return parts if any(_is_column(part, pieces) for part in parts) else [list(pieces)]


def _is_column(part: Sequence[Piece], whole: Sequence[Piece]) -> bool:
    beside = {id(piece) for piece in part}
    top, bottom = max(p.base for p in part), min(p.base for p in part)
    return any(bottom <= p.base <= top for p in whole if id(p) not in beside)


def _columns(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The columns of ``pieces`` from left to right; a single one without a gutter."""
    size = median(piece.size for piece in pieces)
    ordered = sorted(pieces, key=lambda p: p.left)
    for gutter, lines in ((MIN_GUTTER, MIN_LINES), (MIN_NARROW_GUTTER, MIN_LONG_LINES)):
        columns, reach = [[ordered[0]]], ordered[0].right
        for piece in ordered[1:]:
            if piece.left - reach >= gutter * size:
                columns.append([])
            columns[-1].append(piece)
            reach = max(reach, piece.right)
        if len(columns) > 1 and all(_is_text(column, lines) for column in columns):
            return columns
    return [list(pieces)]


def _is_text(column: Sequence[Piece], lines: int) -> bool:
    """Whether a column is running text: at least ``lines`` rows, most of them full."""
    rows = rows_of(column)
    if len(rows) < lines:
        return False
    width = max(p.right for p in column) - min(p.left for p in column)
    usual = median(row[-1].right - row[0].left for row in rows)
    letters = median(sum(len(piece.text) for piece in row) for row in rows)
    return letters >= MIN_LETTERS and usual >= 0.6 * width


def _split_vertically(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The pieces above and below the widest gap between lines; none below if all are even."""
    bases = sorted({piece.base for piece in pieces}, reverse=True)
    steps = [(upper - lower, lower) for upper, lower in pairwise(bases)]
    size = median(piece.size for piece in pieces)
    usual = median([step for step, _ in steps if step > 0.5 * size] or [size])
    widest, below = max(steps, default=(0.0, 0.0))
    if widest < MIN_SECTION_GAP * usual:
        # A headline may be as close to the columns below it as their lines are.
        return _split_headline(pieces, bases)
    return (
        [piece for piece in pieces if piece.base > below],
        [piece for piece in pieces if piece.base <= below],
    )


def _split_headline(
    pieces: Sequence[Piece], bases: Sequence[float]
) -> tuple[list[Piece], list[Piece]]:
    """The first rows and the others, if these have columns without the first rows."""
    for base in bases[:4]:
        rest = [piece for piece in pieces if piece.base < base]
        if len(rest) >= 2 * MIN_LINES and len(_columns(rest)) > 1:
            return [piece for piece in pieces if piece.base >= base], rest
    return list(pieces), []
