"""Which pieces of lines belong together: columns one after the other, tables as they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.lines import Piece, rows_of

GUTTER = 1.2
"""Of the size of the text: the room between two columns …"""
NARROW_GUTTER = 0.7
"""… and what there is of it, at least, where both are so long that it can be no chance."""
LEAST_LINES = 3
"""Lines of a column; fewer beside each other are cells or captions."""
LONG = 4
"""Lines of a column that is long."""
LEAST_LETTERS = 14
"""Characters of a column's usual line; cells of a table have fewer."""
PARTED = 1.6
"""Times the usual distance between lines; a wider one parts what stands above from what is below.
"""
MAX_DEPTH = 12


def regions_of(pieces: Sequence[Piece], right_to_left: bool, depth: int = 0) -> list[list[Piece]]:
    """``pieces`` in groups, in the order in which the groups are read (recursive XY cut)."""
    if len(pieces) < 2 * LEAST_LINES or depth >= MAX_DEPTH:
        return [list(pieces)]
    columns = _columns(pieces)
    if len(columns) > 1:
        ordered = columns[::-1] if right_to_left else columns
        return [r for column in ordered for r in regions_of(column, right_to_left, depth + 1)]
    above, below = _parted(pieces)
    if not below:
        return [list(pieces)]
    parts = [*regions_of(above, right_to_left, depth + 1)]
    parts += regions_of(below, right_to_left, depth + 1)
    # Where no part fell into columns, nothing is gained by having cut.
    return parts if any(_is_column(part, pieces) for part in parts) else [list(pieces)]


def _is_column(part: Sequence[Piece], whole: Sequence[Piece]) -> bool:
    beside = {id(piece) for piece in part}
    top, bottom = max(p.base for p in part), min(p.base for p in part)
    return any(bottom <= p.base <= top for p in whole if id(p) not in beside)


def _columns(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """``pieces`` from left to right in the columns that white stripes part; one where none does."""
    size = median(piece.size for piece in pieces)
    ordered = sorted(pieces, key=lambda p: p.left)
    for gutter, lines in ((GUTTER, LEAST_LINES), (NARROW_GUTTER, LONG)):
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
    """Whether a column is one of running text: lines that fill it, so many of them."""
    rows = rows_of(column)
    if len(rows) < lines:
        return False
    width = max(p.right for p in column) - min(p.left for p in column)
    usual = median(row[-1].right - row[0].left for row in rows)
    letters = median(sum(len(piece.text) for piece in row) for row in rows)
    return letters >= LEAST_LETTERS and usual >= 0.6 * width


def _parted(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """What stands above and below the widest gap between lines; nothing below where all is even."""
    bases = sorted({piece.base for piece in pieces}, reverse=True)
    steps = [(upper - lower, lower) for upper, lower in pairwise(bases)]
    size = median(piece.size for piece in pieces)
    usual = median([step for step, _ in steps if step > 0.5 * size] or [size])
    widest, below = max(steps, default=(0.0, 0.0))
    if widest < PARTED * usual:
        # A headline over two columns may stand as close as their lines do.
        return _headline(pieces, bases)
    return (
        [piece for piece in pieces if piece.base > below],
        [piece for piece in pieces if piece.base <= below],
    )


def _headline(pieces: Sequence[Piece], bases: Sequence[float]) -> tuple[list[Piece], list[Piece]]:
    """The first rows apart from the others, if these fall into columns without them."""
    for base in bases[:4]:
        rest = [piece for piece in pieces if piece.base < base]
        if len(rest) >= 2 * LEAST_LINES and len(_columns(rest)) > 1:
            return [piece for piece in pieces if piece.base >= base], rest
    return list(pieces), []
