"""Header rows: which column holds which field, by its Arabic or English name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ingest.articles.builder import FIELD_NAMES
from ingest.core.errors import LoadError
from vectorstore.core.text_analysis import normalise

MAX_HEADER_ROWS = 5
"""First rows that may be the header: a table may have a title above it."""
_MAX_NAMED = 8  # columns named in an error
_MAX_NAMES_LENGTH = 200

# Names besides those of ``FIELD_NAMES``, the preferred ones first, normalised as by ``_words``.
_ALIASES = {
    "title": (
        *("العنوان", "عنوان", "عنوان الخبر", "عنوان المقال", "عنوان الماده", "عنوان النص"),
        *("post title", "article title", "news title", "story title"),
    ),
    "text": (
        *("النص", "نص", "نص الخبر", "نص المقال", "نص الماده", "النص الكامل", "متن الخبر", "المتن"),
        *("المحتوي", "محتوي الخبر", "محتوي المقال", "المقال", "الخبر", "التفاصيل"),
        *("full text", "article text", "article body", "main text", "body text", "post content"),
        *("article content", "news text", "news body", "story"),
    ),
    "date": (
        *("التاريخ", "تاريخ", "تاريخ النشر", "تاريخ الخبر", "تاريخ المقال", "وقت النشر"),
        *("publish date", "publication date", "published date", "date published", "published on"),
        *("published at", "pub date", "post date", "article date", "news date"),
    ),
    "url": (
        *("الرابط", "رابط", "رابط الخبر", "رابط المقال", "رابط الماده"),
        *("permalink", "article url", "post url", "page url", "news url", "article link"),
    ),
    "source": ("المصدر", "مصدر", "مصدر الخبر", "الصحيفه", "الجريده", "الوكاله", "newspaper"),
    "author": (
        *("الكاتب", "كاتب", "اسم الكاتب", "المحرر", "الصحفي", "الصحافي", "بقلم", "المراسل"),
        *("author name", "post author", "article author", "writer", "reporter"),
    ),
    "id": ("المعرف", "معرف", "رقم الخبر", "رقم المقال", "post id", "article id", "news id"),
    "language": ("اللغه", "لغه"),
}


def read_header(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """The field of each column, from the first row that has a text column; consumes that row.

    Raises:
        LoadError: none of the first ``MAX_HEADER_ROWS`` rows has a text column.
    """
    fullest: list[str] = []
    for _, row in islice(rows, MAX_HEADER_ROWS):
        fields = _fields(row)
        if _has_text(fields):
            return fields
        fullest = max(fullest, row, key=lambda cells: sum(map(bool, cells)))
    columns = " ".join(", ".join([c.strip() for c in fullest if c.strip()][:_MAX_NAMED]).split())
    if not columns:
        raise LoadError("no_text_column")
    if len(columns) > _MAX_NAMES_LENGTH:
        columns = f"{columns[: _MAX_NAMES_LENGTH - 1]}…"
    raise LoadError("no_text_column_among", columns=columns)


def is_text_header(header: Sequence[str]) -> bool:
    """Whether one of the columns is named as the articles' text."""
    return _has_text(_fields(header))


def _has_text(fields: Sequence[str]) -> bool:
    return not {field.lower() for field in fields}.isdisjoint(FIELD_NAMES["text"])


def _fields(header: Sequence[str]) -> list[str]:
    """The column names, known ones replaced by the field's name.

    Only the column with a field's best name stands for it, and none where a column already has
    the field's own name.
    """
    fields = [name.strip() for name in header]
    own_names = {field.lower() for field in fields}
    words = [_words(name) for name in header]
    for field, aliases in _ALIASES.items():
        if not own_names.isdisjoint(FIELD_NAMES[field]):
            continue
        best = next((alias for alias in aliases if alias in words), None)
        if best is not None:
            fields[words.index(best)] = field
    return fields


def _words(name: str) -> str:
    """The words of ``Publish_Date*`` or ``تاريخ النشر:``, normalised."""
    return " ".join(re.findall(r"[^\W_]+", normalise(name)))
