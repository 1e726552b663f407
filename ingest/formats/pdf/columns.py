"""Divides a page into regions in reading order; columns one after the other, tables whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.lines import TextSegment, rows_of

MIN_GUTTER = 1.2
"""Least gap between two columns, as a multiple of the font size."""
MIN_NARROW_GUTTER = 0.7
"""Least gap between two long columns."""
MIN_LINES = 3
"""Fewest lines of a column; cells and captions have fewer."""
MIN_LONG_LINES = 4
"""Fewest lines of a long column."""
MIN_LETTERS = 14
"""Least median length of a column's lines in characters; cells of a table have fewer."""
MIN_SECTION_GAP = 1.6
"""Least gap between two regions, as a multiple of the median distance of lines."""
MAX_SPLIT_DEPTH = 12


def regions_of(
    segments: Sequence[TextSegment], right_to_left: bool, depth: int = 0
) -> list[list[TextSegment]]:
    """The regions of ``segments`` in reading order, by recursive XY cut (Nagy and Seth, 1984)."""
    if len(segments) < 2 * MIN_LINES or depth >= MAX_SPLIT_DEPTH:
        return [list(segments)]
    columns = _columns(segments)
    if len(columns) > 1:
        ordered = columns[::-1] if right_to_left else columns
        return [r for column in ordered for r in regions_of(column, right_to_left, depth + 1)]
    above, below = _split_vertically(segments)
    if not below:
        return [list(segments)]
    parts = [*regions_of(above, right_to_left, depth + 1)]
    parts += regions_of(below, right_to_left, depth + 1)
    # A division is kept only if it uncovered columns.
    return parts if any(_is_column(part, segments) for part in parts) else [list(segments)]


def _is_column(part: Sequence[TextSegment], whole: Sequence[TextSegment]) -> bool:
    beside = {id(segment) for segment in part}
    top, bottom = max(p.base for p in part), min(p.base for p in part)
    return any(bottom <= p.base <= top for p in whole if id(p) not in beside)


def _columns(segments: Sequence[TextSegment]) -> list[list[TextSegment]]:
    """The columns of ``segments`` from left to right; a single one without a gutter."""
    size = median(segment.size for segment in segments)
    ordered = sorted(segments, key=lambda p: p.left)
    for gutter, lines in ((MIN_GUTTER, MIN_LINES), (MIN_NARROW_GUTTER, MIN_LONG_LINES)):
        columns, reach = [[ordered[0]]], ordered[0].right
        for segment in ordered[1:]:
            if segment.left - reach >= gutter * size:
                columns.append([])
            columns[-1].append(segment)
            reach = max(reach, segment.right)
        if len(columns) > 1 and all(_is_text(column, lines) for column in columns):
            return columns
    return [list(segments)]


def _is_text(column: Sequence[TextSegment], lines: int) -> bool:
    """Whether a column is running text: at least ``lines`` rows, most of them full."""
    rows = rows_of(column)
    if len(rows) < lines:
        return False
    width = max(p.right for p in column) - min(p.left for p in column)
    usual = median(row[-1].right - row[0].left for row in rows)
    letters = median(sum(len(segment.text) for segment in row) for row in rows)
    return letters >= MIN_LETTERS and usual >= 0.6 * width


def _split_vertically(
    segments: Sequence[TextSegment],
) -> tuple[list[TextSegment], list[TextSegment]]:
    """The segments above and below the widest gap between lines; none below if all are even."""
    bases = sorted({segment.base for segment in segments}, reverse=True)
    steps = [(upper - lower, lower) for upper, lower in pairwise(bases)]
    size = median(segment.size for segment in segments)
    usual = median([step for step, _ in steps if step > 0.5 * size] or [size])
    widest, below = max(steps, default=(0.0, 0.0))
    if widest < MIN_SECTION_GAP * usual:
        # A headline may be as close to the columns below it as their lines are.
        return _split_headline(segments, bases)
    return (
        [segment for segment in segments if segment.base > below],
        [segment for segment in segments if segment.base <= below],
    )


def _split_headline(
    segments: Sequence[TextSegment], bases: Sequence[float]
) -> tuple[list[TextSegment], list[TextSegment]]:
    """The first rows and the others, if these have columns without the first rows."""
    for base in bases[:4]:
        rest = [segment for segment in segments if segment.base < base]
        if len(rest) >= 2 * MIN_LINES and len(_columns(rest)) > 1:
            return [segment for segment in segments if segment.base >= base], rest
    return list(segments), []
