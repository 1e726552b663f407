"""Spreadsheets of articles: a row each."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from ingest.articles.files import display_path, id_from_path, origin
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.core.limits import Limits
from ingest.formats.safe_xml import parse_xml
from ingest.formats.zip_archive import Package, open_document
from ingest.loaders.records.columns import headed
from ingest.loaders.records.table import article_of_row

MAX_COLUMNS = 256
"""That are read of a sheet."""

_SMALL_PARTS = 8_000_000
"""Bytes of the parts that are read into memory whole (styles, the list of sheets)."""
_SPOOLED = 32_000_000
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))
_UNREAD = tuple(
    f"xl/{name}/"
    for name in (
        *("media", "drawings", "charts", "embeddings", "externalLinks"),
        *("pivotCache", "pivotTables"),  # which hold a copy of the data
    )
)


@dataclass(slots=True)
class SpreadsheetLoader:
    """``.xlsx``: a row at the top of a sheet names the columns, in English or Arabic, as in CSV.

    A row without an id or URL gets ``path#n`` on the first sheet and ``path#sheet!n`` on others, n
    being its row. Sheets without a column of texts are passed over if another has one.
    """

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm")
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a row that fails does not stop the others."""
        try:
            with (
                open_document(path, self.limits, "not_spreadsheet", ".xlsx") as package,
                _workbook(package) as workbook,
            ):
                yield from _sheets(workbook, path, root)
        except LoadError as error:
            yield failure(display_path(path), error)


@contextmanager
def _workbook(package: Package) -> Iterator[Any]:
    """The workbook, from a copy that holds what is needed and whose sizes are true.

    Raises:
        LoadError: it is none, is broken, or declares entities.
    """
    import openpyxl

    if "xl/workbook.xml" not in package:
        raise LoadError("not_spreadsheet")
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as file:
        _copy(package, file)
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and validations that it does not know
                workbook = openpyxl.load_workbook(
                    file, read_only=True, data_only=True, keep_links=False
                )
        except Exception as error:  # it expects what Excel writes, and meets it with anything
            raise _broken() from error
        try:
            yield workbook
        finally:
            workbook.close()


def _copy(package: Package, target: IO[bytes]) -> None:
    with zipfile.ZipFile(target, "w") as copy:
        for info in package.entries:
            name = info.filename
            if not name.endswith((".xml", ".rels")) or name.startswith(_UNREAD):
                continue
            large = name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml"
            if not large:
                data = package.read(name, _SMALL_PARTS)
                parse_xml(data, name)
                copy.writestr(name, data)
                continue
            with copy.open(name, "w") as part:
                before = b""
                for chunk in package.chunks(info):
                    bare = before + chunk.replace(b"\x00", b"")  # also in UTF-16
                    if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
                        raise LoadError("xml_doctype", name=name)
                    before = bare[-len(b"<!DOCTYPE") :]
                    part.write(chunk)


def _sheets(workbook: Any, path: Path, root: Path) -> Iterator[LoadResult]:
    problem: LoadError | None = None
    articles = False
    for index, sheet in enumerate(workbook.worksheets):
        mark = "" if index == 0 else f"{sheet.title}!"
        rows = _rows(sheet)
        try:
            names = headed(rows)
        except LoadError as error:
            problem = problem or error
            continue
        for number, row in rows:
            articles = True
            yield article_of_row(
                dict(zip(names, row, strict=False)),
                place=f"{display_path(path)}:{mark}{number}",
                name=f"{id_from_path(path, root)}#{mark}{number}",
                origin=origin(path),
            )
    if not articles:
        raise problem or LoadError("empty_table")


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, numbered as in the sheet, their cells as text."""
    try:
        sheet.reset_dimensions()  # what a sheet says of its size need not be so
        rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
        for number, row in enumerate(rows, 1):
            if any(value is not None for value in row):
                yield number, [_text(value) for value in row]
    except LoadError:
        raise
    except Exception as error:
        raise _broken() from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return "" if text in _ERRORS else text


def _broken() -> LoadError:
    return LoadError("broken_spreadsheet")
