"""The paragraphs, table rows and list items of a page, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.columns import regions_of
from ingest.formats.pdf.lines import TextSegment, merge_segments, rows_of
from ingest.text.arabic_text import (
    expand_presentation_forms,
    letter_counts,
    repair_brackets,
    to_logical_order,
)

MAX_LEADING = 1.3
"""Largest distance of a paragraph's lines, as a multiple of the distance of close lines."""
MAX_LINE_DISTANCE = 2.2
"""Largest distance of a paragraph's lines, as a multiple of the font size."""
MIN_FULL_LINE_SHARE = 0.8
"""Share of a column's width; a shorter line ends its paragraph."""
MAX_SIZE_DIFFERENCE = 0.12
"""Largest difference in font size within a paragraph, as a share of the size."""

_ITEM = re.compile(r"(?:[-–•●▪◦‣*·]|[(\[]?\w{1,3}[.)\]-])\s")
_BULLET = re.compile(r"^[•●▪◦‣·]\s*")
_HYPHENATED = re.compile(r"[A-Za-z0-9ß-ÿ]-\n(?=[A-Za-z0-9ß-ÿ])")
_HYPHENATED_WORD = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or the rows of a table; ``size`` is the font size in points."""

    text: str
    size: float


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    left: float
    right: float
    base: float
    size: float
    is_row: bool


def paragraphs_of(segments: Sequence[TextSegment], right_to_left: bool) -> list[Paragraph]:
    """The paragraphs of a page in reading order.

    ``right_to_left`` is the direction of the document; it decides which column comes first.
    """
    return [
        paragraph
        for region in regions_of(segments, right_to_left)
        for paragraph in _paragraphs(region, right_to_left)
    ]


def _paragraphs(region: Sequence[TextSegment], right_to_left: bool) -> Iterator[Paragraph]:
    lines = _lines(region, right_to_left)
    if not lines:
        return
    steps = [one.base - other.base for one, other in pairwise(lines)]
    usual = sorted(steps)[len(steps) // 4] if steps else 0.0
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    group = [lines[0]]
    for before, line in pairwise(lines):
        if _continues(before, line, usual, left, right, right_to_left):
            group.append(line)
        else:
            yield _paragraph(group)
            group = [line]
    yield _paragraph(group)


def _lines(region: Sequence[TextSegment], right_to_left: bool) -> list[_Line]:
    rows = [merge_segments(row) for row in rows_of(region)]
    several = [len(row) > 1 for row in rows]
    lines = []
    for index, row in enumerate(rows):
        near = several[max(0, index - 1) : index + 2]
        is_row = several[index] and sum(near) > 1  # a single one is a line with a wide gap
        cells = row[::-1] if right_to_left else row
        texts = [_logical_order(segment.text, right_to_left) for segment in cells]
        lines.append(
            _Line(
                text=(" | " if is_row else " ").join(texts),
                left=row[0].left,
                right=row[-1].right,
                base=max(segment.base for segment in row),
                size=median(segment.size for segment in row),
                is_row=is_row,
            )
        )
    return lines


def _logical_order(text: str, right_to_left: bool) -> str:
    """The text of a segment in reading order."""
    arabic, latin = letter_counts(text)
    mixed = 5 * min(arabic, latin) >= arabic + latin
    return expand_presentation_forms(
        to_logical_order(text, right_to_left if mixed or not arabic else None)
    )


def _continues(
    before: _Line, line: _Line, usual: float, left: float, right: float, right_to_left: bool
) -> bool:
    """Whether ``line`` belongs to the paragraph or table of the line ``before`` it."""
    if before.is_row or line.is_row:
        return before.is_row and line.is_row
    size = max(before.size, line.size)
    if abs(before.size - line.size) > MAX_SIZE_DIFFERENCE * size or _ITEM.match(line.text):
        return False
    if before.base - line.base > MAX_LEADING * min(
        max(usual, 1.2 * size), MAX_LINE_DISTANCE * size
    ):
        return False
    # An indented line begins a paragraph, also after a full line.
    if right_to_left:
        indented = right - line.right > size and right - before.right < size
        reached = right - before.left
    else:
        indented = line.left - left > size and before.left - left < size
        reached = before.right - left
    return not indented and reached >= MIN_FULL_LINE_SHARE * (right - left)


def _paragraph(lines: Sequence[_Line]) -> Paragraph:
    if lines[0].is_row:
        text = "\n".join(line.text for line in lines)
    else:
        text = _HYPHENATED_WORD.sub("", "\n".join(line.text for line in lines))
        text = _HYPHENATED.sub(lambda match: match[0][:-1], text).replace("\n", " ")
    text = _BULLET.sub("- ", repair_brackets(text))
    return Paragraph(text, median(line.size for line in lines))
