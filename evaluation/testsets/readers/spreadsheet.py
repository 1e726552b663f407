"""The rows of a CSV file or of a workbook's first sheet, as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any

from evaluation.core.errors import TestSetError
from ingest.core.errors import LoadError
from ingest.core.settings import IngestSettings
from ingest.formats.csv_table import csv_rows as table_rows
from ingest.formats.spreadsheets import cell_text, open_workbook, sheet_rows
from ingest.text.encodings import decode

Row = tuple[str, list[str]]
"""Its place (``row 12``, as the spreadsheet numbers it) and its cells."""


def csv_rows(path: Path, content: bytes) -> Iterator[Row]:
    """The rows of a CSV file in any of the usual encodings.

    Raises:
        TestSetError: it is no text or no CSV.
    """
    try:
        for number, row in table_rows(decode(content).text, strict=True):
            yield f"row {number}", row
    except LoadError as error:
        raise TestSetError(f"{path} is {error}.") from error


def xlsx_rows(path: Path) -> Iterator[Row]:
    """The rows of the first sheet; formulas as their saved values.

    Raises:
        TestSetError: it is not an .xlsx workbook.
    """
    try:
        with open_workbook(path, IngestSettings().limits) as workbook:
            for number, row in sheet_rows(workbook.worksheets[0]):
                yield f"row {number}", [_cell_text(cell) for cell in row]
    except LoadError as error:
        raise TestSetError(
            f"{path} is not an .xlsx workbook ({error.problem}). Save it again as .xlsx or .csv."
        ) from error


def _cell_text(cell: Any) -> str:
    """A cell as the sheet shows it: booleans in lower case, dates without midnight."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell_text(cell)
