"""The cells of a CSV file or of a workbook's first sheet, as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from evaluation.core.errors import TestSetError
from ingest.core.errors import LoadError
from ingest.text.encodings import decode

Row = tuple[str, list[str]]
"""Where it stands (``row 12``, as the spreadsheet numbers it) and its cells."""

_DELIMITERS = ",;\t"


def csv_rows(path: Path, content: bytes) -> Iterator[Row]:
    """The rows of a CSV file in any of the usual encodings, apart by ``,``, ``;`` or tabs.

    Raises:
        TestSetError: it is no text or no CSV.
    """
    try:
        text = decode(content).text
    except LoadError as error:
        raise TestSetError(f"{path} is {error}.") from error
    heading = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            yield f"row {number}", row
    except csv.Error as error:
        raise TestSetError(f"{path} is not CSV: {error}.") from error


def xlsx_rows(path: Path, content: bytes) -> Iterator[Row]:
    """The rows of the first sheet; of formulas, the values that were saved with them.

    Raises:
        TestSetError: it is not an .xlsx workbook.
    """
    import warnings

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validation that are not read here
            book = load_workbook(io.BytesIO(content), data_only=True)
        sheet = book.worksheets[0]
    except Exception as error:  # a damaged workbook fails in as many ways as it has parts
        raise TestSetError(
            f"{path} is not an .xlsx workbook ({error}). Save it again as .xlsx or .csv."
        ) from error
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        yield f"row {number}", [_as_text(cell) for cell in row]


def _as_text(cell: Any) -> str:
    """A cell as a person reads it in the sheet, as far as can be told without its format."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
