"""Tables of articles: a row each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ingest.articles.builder import article_from_record
from ingest.articles.files import display_path, id_from_path, origin, read_text
from ingest.articles.loader_protocol import LoadResult, failure, unexpected_error
from ingest.core.errors import LoadError
from ingest.loaders.records.columns import HEAD_ROWS, headed, names_texts

_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 10_000_000
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # Excel's own line, above the names


class TableLoader:
    """``.csv`` and ``.tsv``: a row at the top names the columns, in English or Arabic.

    A row without an id or URL gets ``path#n``, n being its row.
    """

    suffixes: tuple[str, ...] = (".csv", ".tsv")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a row that fails does not stop the others."""
        try:
            decoded = read_text(path)
            rows = _rows(decoded.text)
            names = headed(rows)
            empty = True
            for number, row in rows:
                if any(cell.strip() for cell in row):
                    empty = False
                    yield article_of_row(
                        {**decoded.metadata(), **dict(zip(names, row, strict=False))},
                        place=f"{display_path(path)}:{number}",
                        name=f"{id_from_path(path, root)}#{number}",
                        origin=origin(path),
                    )
            if empty:
                raise LoadError("empty_table")
        except LoadError as error:
            yield failure(display_path(path), error)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, numbered as a spreadsheet would show them."""
    csv.field_size_limit(_LONGEST_FIELD)
    lines = text.split("\n", HEAD_ROWS)[:HEAD_ROWS]
    said = _SEPARATOR.fullmatch(lines[0])
    # Above the names may stand a title, without any of these; but so does a single name.
    alone = names_texts([lines[0].strip(' \r"')])
    told = lines[:1] if alone else lines
    first = next((line for line in told if any(mark in line for mark in _DELIMITERS)), "")
    delimiter = said[1] if said else max(_DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from islice(enumerate(rows, 1), 1 if said else 0, None)
    except csv.Error as error:
        raise LoadError("broken_table", reason=str(error)) from error


def article_of_row(record: Mapping[str, Any], *, place: str, name: str, origin: str) -> LoadResult:
    """The article in a row, its cells by their columns' names; or why it is none."""
    kept = {column: value for column, value in record.items() if column and str(value).strip()}
    try:
        article = article_from_record(kept, fallback_id=name, origin=origin)
    except LoadError as error:
        return failure(place, error)
    except Exception as error:  # the world's records: the others are read all the same
        return failure(place, unexpected_error(error))
    return LoadResult(place=place, article=article)
