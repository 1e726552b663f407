"""Cells of ``.xlsx`` workbooks, read by openpyxl from a checked copy of the package."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from ingest.core.errors import LoadError
from ingest.core.limits import Limits
from ingest.formats.safe_xml import parse_xml
from ingest.formats.zip_archive import Package, open_document

MAX_COLUMNS = 256

_MAX_SMALL_PART = 8_000_000
"""Bytes of a part that is read into memory whole (styles, list of sheets)."""
_SPOOL_BYTES = 32_000_000
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))
_IGNORED_FOLDERS = tuple(
    f"xl/{name}/"
    for name in (
        *("media", "drawings", "charts", "embeddings", "externalLinks"),
        *("pivotCache", "pivotTables"),  # copies of the data
    )
)


@contextmanager
def open_workbook(path: Path, limits: Limits) -> Iterator[Any]:
    """The openpyxl workbook in ``path``, with the saved values of formulas.

    Raises:
        LoadError: it is none, is broken or too large, or declares XML entities.
    """
    import openpyxl  # not at the start of every command

    with (
        open_document(path, limits, "not_spreadsheet", ".xlsx") as package,
        tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as file,
    ):
        if "xl/workbook.xml" not in package:
            raise LoadError("not_spreadsheet")
        _copy(package, file)
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about unsupported styles and validations
                workbook = openpyxl.load_workbook(
                    file, read_only=True, data_only=True, keep_links=False
                )
        except Exception as error:  # openpyxl raises anything for what Excel does not write
            raise LoadError("broken_spreadsheet") from error
        try:
            yield workbook
        finally:
            workbook.close()


def sheet_rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet with any value, and their numbers in the sheet.

    Raises:
        LoadError: the sheet is broken.
    """
    try:
        sheet.reset_dimensions()  # the size that a sheet declares may be wrong
        rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
        for number, row in enumerate(rows, 1):
            if any(value is not None for value in row):
                yield number, row
    except LoadError:
        raise
    except Exception as error:
        raise LoadError("broken_spreadsheet") from error


def cell_text(value: Any) -> str:
    """A cell's value as text; empty for the errors of formulas."""
    if value is None:
        return ""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return "" if text in _ERRORS else text


def _copy(package: Package, target: IO[bytes]) -> None:
    """Write the parts that openpyxl needs to ``target``, a ZIP whose declared sizes are true."""
    with zipfile.ZipFile(target, "w") as copy:
        for info in package.entries:
            name = info.filename
            if not name.endswith((".xml", ".rels")) or name.startswith(_IGNORED_FOLDERS):
                continue
            large = name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml"
            if not large:
                data = package.read(name, _MAX_SMALL_PART)
                parse_xml(data, name)
                copy.writestr(name, data)
                continue
            with copy.open(name, "w") as part:
                tail = b""
                for chunk in package.chunks(info):
                    ascii_part = tail + chunk.replace(b"\x00", b"")  # also in UTF-16
                    if b"<!DOCTYPE" in ascii_part or b"<!ENTITY" in ascii_part:
                        raise LoadError("xml_doctype", name=name)
                    tail = ascii_part[-len(b"<!DOCTYPE") :]
                    part.write(chunk)
