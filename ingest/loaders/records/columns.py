"""Which column of a table holds what, by the names that people give them in Arabic and English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from ingest.articles.builder import FIELDS
from ingest.core.errors import LoadError
from vectorstore.core.text_analysis import normalise

HEAD_ROWS = 5
"""Rows in which the names of the columns are looked for: a table may have a title above them."""
_SHOWN = 8  # columns that are named where none holds texts

# Besides the names of a record's fields, and in order of preference, as ``_plain`` writes them.
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


def headed(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    """The fields that the first row with names among ``rows`` names; it and those above are taken.

    Raises:
        LoadError: no column holds the articles' texts.
    """
    first: list[str] = []
    for _, row in islice(rows, HEAD_ROWS):
        names = _named(row)
        if _has_texts(names):
            return names
        if len(list(filter(None, row))) > len(list(filter(None, first))):
            first = row
    columns = ", ".join([cell.strip() for cell in first if cell.strip()][:_SHOWN])
    if not columns:
        raise LoadError("no_text_column")
    raise LoadError("no_text_column_among", columns=_cut(columns))


def names_texts(heads: Sequence[str]) -> bool:
    """Whether one of the heads is that of the articles' texts."""
    return _has_texts(_named(heads))


def _has_texts(names: Sequence[str]) -> bool:
    return not {name.lower() for name in names}.isdisjoint(FIELDS["text"])


def _named(heads: Sequence[str]) -> list[str]:
    """The heads of columns, those that say what a field is under the field's name.

    A field that a column is named after already, or a better name, is no other column's.
    """
    names = [head.strip() for head in heads]
    taken = {name.lower() for name in names}
    plain = [_plain(head) for head in heads]
    for field, aliases in _ALIASES.items():
        if not taken.isdisjoint(FIELDS[field]):
            continue
        best = next((alias for alias in aliases if alias in plain), None)
        if best is not None:
            names[plain.index(best)] = field
    return names


def _plain(head: str) -> str:
    """``Publish_Date*`` and ``تاريخ النشر:`` as they are compared."""
    return " ".join(re.findall(r"[^\W_]+", normalise(head)))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"
