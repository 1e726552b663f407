"""Removes running headers, footers and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.formats.pdf.lines import TextSegment, rows_of

EDGE_ROWS = 3
"""Rows at the top and bottom of a page that may be headers and footers."""
MIN_REPEATED_SHARE = 0.4
"""Share of the pages with a repeated row; headers of left and right pages differ."""
MIN_PAGES = 3

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p|صفحة|ةحفص|ص)?[\W_]*#[\W_]*(?:(?:of|من|نم)?[\W_]*#)?[\W_]*"
    r"(?:page|صفحة|ةحفص|ص)?[\W_]*",
    re.IGNORECASE,
)
# Browsers print date and title above a page, URL and page number below.
_BROWSER_FOOT = re.compile(r"(?:#/#.*)?(?:file|https?)://\S+(?:.*#/#)?$")
_BROWSER_HEAD = re.compile(r"#[/.]#[/.]#,? #:#")


def without_headers_footers(pages: Sequence[Sequence[TextSegment]]) -> list[list[TextSegment]]:
    """The segments of each page, without rows that repeat at the edges of pages."""
    whole = [_without_print_marks(page) for page in pages]
    edges = [_edges(page) for page in whole]
    counts = Counter(key for page in edges for key in {_key(row) for row in page})
    least = max(min(MIN_PAGES, len(pages)), MIN_REPEATED_SHARE * len(pages))
    remaining = []
    for page, rows in zip(whole, edges, strict=True):
        removed: set[int] = set()
        if len(pages) > 1:
            for row in rows:
                key = _key(row)
                if counts[key] >= least or (_PAGE_NUMBER.fullmatch(key) and _is_last(row, page)):
                    removed |= {id(segment) for segment in row}
        remaining.append([segment for segment in page if id(segment) not in removed])
    # Identical pages (forms, tickets) would become empty.
    return remaining if any(remaining) else whole


def _without_print_marks(page: Sequence[TextSegment]) -> list[TextSegment]:
    rows = rows_of(page)
    if len(rows) < 3 or not _BROWSER_FOOT.match(_key(rows[-1])):
        return list(page)
    rows = rows[1:-1] if _BROWSER_HEAD.search(_key(rows[0])) else rows[:-1]
    return [segment for row in rows for segment in row]


def _edges(page: Sequence[TextSegment]) -> list[list[TextSegment]]:
    rows = rows_of(page)
    if len(rows) <= 2 * EDGE_ROWS:
        return rows if len(rows) > 1 else []
    return [*rows[:EDGE_ROWS], *rows[-EDGE_ROWS:]]


def _key(row: Sequence[TextSegment]) -> str:
    return _DIGITS.sub("#", " ".join(segment.text for segment in row))


def _is_last(row: Sequence[TextSegment], page: Sequence[TextSegment]) -> bool:
    bases = [segment.base for segment in page]
    return row[0].base in (min(bases), max(bases)) or row[-1].base in (min(bases), max(bases))
