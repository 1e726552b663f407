"""Tables of articles: a row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.errors import LoadError
from ingest.loaders.files import identity, origin, read_text, shown
from ingest.loaders.protocol import Loaded, broken_loader, failure
from ingest.loaders.records import FIELDS, article_from_record

_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 10_000_000
# Headings as people write them, besides the names of a record's fields.
_HEADINGS = {
    "العنوان": "title",
    "عنوان": "title",
    "النص": "text",
    "نص": "text",
    "المقال": "text",
    "المحتوى": "text",
    "التاريخ": "date",
    "تاريخ النشر": "date",
    "الرابط": "url",
    "المصدر": "source",
    "الكاتب": "author",
    "المعرف": "id",
    "اللغة": "language",
}


class TableLoader:
    """``.csv`` and ``.tsv``: the first row names the columns, in English or Arabic.

    A row without an id or URL gets ``path#n``, n being its row.
    """

    suffixes: tuple[str, ...] = (".csv", ".tsv")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[Loaded]:
        """See `Loader.load`; a row that fails does not stop the others."""
        try:
            decoded = read_text(path)
            rows = _rows(decoded.text)
            names = column_names(next(rows, []))
            empty = True
            for number, row in enumerate(rows, 2):
                if any(cell.strip() for cell in row):
                    empty = False
                    yield article_of_row(
                        {**decoded.remarks(), **dict(zip(names, row, strict=False))},
                        place=f"{shown(path)}:{number}",
                        name=f"{identity(path, root)}#{number}",
                        origin=origin(path),
                    )
            if empty:
                raise LoadError("a table without rows", "put articles in it or leave it out")
        except LoadError as error:
            yield failure(shown(path), error)


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise LoadError(f"a broken table ({error})", "save it again as CSV") from error


def column_names(heads: Sequence[str]) -> list[str]:
    """The fields that the first row of a table names.

    Raises:
        LoadError: none is the articles' text.
    """
    names = [_HEADINGS.get(head.strip(), head.strip()) for head in heads]
    if {name.lower() for name in names}.isdisjoint(FIELDS["text"]):
        raise LoadError(
            "no column with the articles' text", f"name it one of {', '.join(FIELDS['text'])}"
        )
    return names


def article_of_row(record: Mapping[str, Any], *, place: str, name: str, origin: str) -> Loaded:
    """The article in a row, its cells by their columns' names; or why it is none."""
    kept = {column: value for column, value in record.items() if column and str(value).strip()}
    try:
        article = article_from_record(kept, fallback_id=name, origin=origin)
    except LoadError as error:
        return failure(place, error)
    except Exception as error:  # the world's records: the others are read all the same
        return failure(place, broken_loader(error))
    return Loaded(place=place, article=article)
