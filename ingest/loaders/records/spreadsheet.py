"""Spreadsheets with an article in each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.articles.files import display_path, id_from_path, origin
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.core.limits import Limits
from ingest.formats.spreadsheets import cell_text, open_workbook, sheet_rows
from ingest.loaders.records.columns import read_header
from ingest.loaders.records.table import load_row


@dataclass(slots=True)
class SpreadsheetLoader:
    """``.xlsx``: a header row names the columns, in English or Arabic, as in CSV.

    A row without an id or URL gets ``path#n`` on the first sheet and ``path#sheet!n`` on others, n
    being its row. A sheet without a text column is ignored if another sheet has one.
    """

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm")
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a row that fails does not stop the others."""
        try:
            with open_workbook(path, self.limits) as workbook:
                yield from _load_sheets(workbook, path, root)
        except LoadError as error:
            yield failure(display_path(path), error)


def _load_sheets(workbook: Any, path: Path, root: Path) -> Iterator[LoadResult]:
    problem: LoadError | None = None
    empty = True
    for index, sheet in enumerate(workbook.worksheets):
        prefix = "" if index == 0 else f"{sheet.title}!"
        rows = ((number, list(map(cell_text, row))) for number, row in sheet_rows(sheet))
        try:
            columns = read_header(rows)
        except LoadError as error:
            problem = problem or error
            continue
        for number, row in rows:
            empty = False
            yield load_row(
                dict(zip(columns, row, strict=False)),
                place=f"{display_path(path)}:{prefix}{number}",
                fallback_id=f"{id_from_path(path, root)}#{prefix}{number}",
                origin=origin(path),
            )
    if empty:
        raise problem or LoadError("empty_table")
