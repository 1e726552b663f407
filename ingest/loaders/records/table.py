"""CSV files with an article in each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.articles.files import display_path, id_from_path, origin, read_text
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.formats.csv_table import csv_rows
from ingest.loaders.records.columns import MAX_HEADER_ROWS, is_text_header, read_header
from ingest.loaders.records.record import load_record


class TableLoader:
    """``.csv`` and ``.tsv``: a header row names the columns, in English or Arabic.

    A row without an id or URL gets ``path#n``, n being its row.
    """

    suffixes: tuple[str, ...] = (".csv", ".tsv")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a row that fails does not stop the others."""
        try:
            decoded = read_text(path)
            # A first line without delimiters is a title, or the header of a single column.
            first = decoded.text.partition("\n")[0].strip(' \r"')
            rows = csv_rows(
                decoded.text, header_lines=1 if is_text_header([first]) else MAX_HEADER_ROWS
            )
            columns = read_header(rows)
            empty = True
            for number, row in rows:
                if any(cell.strip() for cell in row):
                    empty = False
                    yield load_row(
                        {**decoded.metadata(), **dict(zip(columns, row, strict=False))},
                        place=f"{display_path(path)}:{number}",
                        fallback_id=f"{id_from_path(path, root)}#{number}",
                        origin=origin(path),
                    )
            if empty:
                raise LoadError("empty_table")
        except LoadError as error:
            yield failure(display_path(path), error)


def load_row(record: Mapping[str, Any], *, place: str, fallback_id: str, origin: str) -> LoadResult:
    """The article in a row, given as its cells by column."""
    filled = {column: value for column, value in record.items() if column and str(value).strip()}
    return load_record(filled, place=place, fallback_id=fallback_id, origin=origin)
