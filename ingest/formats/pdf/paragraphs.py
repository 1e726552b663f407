"""From the pieces of a page to its paragraphs, rows of tables and items of lists, as read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.formats.pdf.columns import regions_of
from ingest.formats.pdf.lines import Piece, joined, rows_of
from ingest.text.arabic_text import letter_counts, letters, reading_order, repair_brackets

LEADING = 1.3
"""Times the distance of lines that stand close; a wider one ends a paragraph."""
WIDEST = 2.2
"""Times their size, that lines of a paragraph stand apart at most."""
FULL = 0.8
"""Of a column's width; a shorter line is the last of its paragraph."""
SAME_SIZE = 0.12
"""Of the size, by which lines of one paragraph may differ."""

_ITEM = re.compile(r"(?:[-–•●▪◦‣*·]|[(\[]?\w{1,3}[.)\]-])\s")
_BULLET = re.compile(r"^[•●▪◦‣·]\s*")
_PARTED = re.compile(r"[A-Za-z0-9ß-ÿ]-\n(?=[A-Za-z0-9ß-ÿ])")
_PARTED_WORD = re.compile(r"(?<=[a-zß-ÿ])-\n(?=[a-zß-ÿ])")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or the rows of a table; ``size`` of its letters in points."""

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


def paragraphs_of(pieces: Sequence[Piece], right_to_left: bool) -> list[Paragraph]:
    """The paragraphs of a page in the order of reading.

    ``right_to_left`` is how the document runs; it decides which of two columns comes first.
    """
    return [
        paragraph
        for region in regions_of(pieces, right_to_left)
        for paragraph in _paragraphs(region, right_to_left)
    ]


def _paragraphs(region: Sequence[Piece], right_to_left: bool) -> Iterator[Paragraph]:
    lines = _lines(region, right_to_left)
    if not lines:
        return
    steps = [one.base - other.base for one, other in pairwise(lines)]
    usual = sorted(steps)[len(steps) // 4] if steps else 0.0
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    group = [lines[0]]
    for before, line in pairwise(lines):
        if _goes_on(before, line, usual, left, right, right_to_left):
            group.append(line)
        else:
            yield _paragraph(group)
            group = [line]
    yield _paragraph(group)


def _lines(region: Sequence[Piece], right_to_left: bool) -> list[_Line]:
    rows = [joined(row) for row in rows_of(region)]
    several = [len(row) > 1 for row in rows]
    lines = []
    for index, row in enumerate(rows):
        near = several[max(0, index - 1) : index + 2]
        is_row = several[index] and sum(near) > 1  # one alone is a line with a wide gap
        cells = row[::-1] if right_to_left else row
        texts = [_read(piece.text, right_to_left) for piece in cells]
        lines.append(
            _Line(
                text=(" | " if is_row else " ").join(texts),
                left=row[0].left,
                right=row[-1].right,
                base=max(piece.base for piece in row),
                size=median(piece.size for piece in row),
                is_row=is_row,
            )
        )
    return lines


def _read(text: str, right_to_left: bool) -> str:
    """A piece of a line in the order of reading."""
    arabic, latin = letter_counts(text)
    mixed = 5 * min(arabic, latin) >= arabic + latin
    return letters(reading_order(text, right_to_left if mixed or not arabic else None))


def _goes_on(
    before: _Line, line: _Line, usual: float, left: float, right: float, right_to_left: bool
) -> bool:
    """Whether ``line`` goes on with the paragraph (or table) of the line ``before`` it."""
    if before.is_row or line.is_row:
        return before.is_row and line.is_row
    size = max(before.size, line.size)
    if abs(before.size - line.size) > SAME_SIZE * size or _ITEM.match(line.text):
        return False
    if before.base - line.base > LEADING * min(max(usual, 1.2 * size), WIDEST * size):
        return False
    # Where the first line of a paragraph is indented, the line before need not be a short one.
    if right_to_left:
        indented = right - line.right > size and right - before.right < size
        reached = right - before.left
    else:
        indented = line.left - left > size and before.left - left < size
        reached = before.right - left
    return not indented and reached >= FULL * (right - left)


def _paragraph(lines: Sequence[_Line]) -> Paragraph:
    if lines[0].is_row:
        text = "\n".join(line.text for line in lines)
    else:
        text = _PARTED_WORD.sub("", "\n".join(line.text for line in lines))
        text = _PARTED.sub(lambda parted: parted[0][:-1], text).replace("\n", " ")
    text = _BULLET.sub("- ", repair_brackets(text))
    return Paragraph(text, median(line.size for line in lines))
