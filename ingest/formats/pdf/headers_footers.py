"""What stands on every page and belongs to none: running heads, feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.formats.pdf.lines import Piece, rows_of

EDGE_ROWS = 3
"""Rows at the top and at the bottom of a page in which running heads and feet are looked for."""
SHARE = 0.4
"""Of all pages, on which a line stands that is one: heads of left and right pages differ."""
LEAST_PAGES = 3

_FIGURES = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p|صفحة|ةحفص|ص)?[\W_]*#[\W_]*(?:(?:of|من|نم)?[\W_]*#)?[\W_]*"
    r"(?:page|صفحة|ةحفص|ص)?[\W_]*",
    re.IGNORECASE,
)
# What browsers print around a page: its address and number below, when and what above.
_BROWSER_FOOT = re.compile(r"(?:#/#.*)?(?:file|https?)://\S+(?:.*#/#)?$")
_BROWSER_HEAD = re.compile(r"#[/.]#[/.]#,? #:#")


def without_furniture(pages: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """The pieces of each page, without those that repeat at its edges from page to page."""
    whole = [_without_print_marks(page) for page in pages]
    edges = [_edges(page) for page in whole]
    counts = Counter(key for page in edges for key in {_key(row) for row in page})
    least = max(min(LEAST_PAGES, len(pages)), SHARE * len(pages))
    kept = []
    for page, rows in zip(whole, edges, strict=True):
        gone: set[int] = set()
        if len(pages) > 1:
            for row in rows:
                key = _key(row)
                if counts[key] >= least or (_PAGE_NUMBER.fullmatch(key) and _is_last(row, page)):
                    gone |= {id(piece) for piece in row}
        kept.append([piece for piece in page if id(piece) not in gone])
    # Pages that all say the same (forms, tickets) consist of nothing else.
    return kept if any(kept) else whole


def _without_print_marks(page: Sequence[Piece]) -> list[Piece]:
    rows = rows_of(page)
    if len(rows) < 3 or not _BROWSER_FOOT.match(_key(rows[-1])):
        return list(page)
    rows = rows[1:-1] if _BROWSER_HEAD.search(_key(rows[0])) else rows[:-1]
    return [piece for row in rows for piece in row]


def _edges(page: Sequence[Piece]) -> list[list[Piece]]:
    rows = rows_of(page)
    if len(rows) <= 2 * EDGE_ROWS:
        return rows if len(rows) > 1 else []
    return [*rows[:EDGE_ROWS], *rows[-EDGE_ROWS:]]


def _key(row: Sequence[Piece]) -> str:
    return _FIGURES.sub("#", " ".join(piece.text for piece in row))


def _is_last(row: Sequence[Piece], page: Sequence[Piece]) -> bool:
    bases = [piece.base for piece in page]
    return row[0].base in (min(bases), max(bases)) or row[-1].base in (min(bases), max(bases))
