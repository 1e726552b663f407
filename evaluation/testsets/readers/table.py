"""Test sets from spreadsheets: a row per question, the columns named in its first row.

Column names are those of the format, in English or Arabic. Several values of one cell stand apart
by ``|`` or on lines of their own. Rows with the same ``conversation`` are its turns, in order.
Columns of other names are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evaluation.core.errors import TestSetError
from evaluation.core.normalise import normalise
from evaluation.testsets.readers.imported import ImportedTestSet
from evaluation.testsets.readers.spreadsheet import Row, csv_rows, xlsx_rows
from evaluation.testsets.validation import ItemCollector

_LISTS = {
    *("answers", "relevant_ids", "acceptable_ids", "forbidden_ids"),
    *("quotes", "hide_fields"),
}
_NAMES = {
    "id": ("id", "المعرف", "الرقم"),
    "question": ("question", "query", "السؤال"),
    "answers": ("answers", "answer", "الأجوبة", "الإجابات", "الجواب", "الإجابة"),
    "relevant_ids": ("relevant_ids", "relevant", "article_id", "معرف المقال", "المقال", "المقالات"),
    "acceptable_ids": ("acceptable_ids", "acceptable", "مقالات مقبولة"),
    "forbidden_ids": ("forbidden_ids", "forbidden", "مقالات ممنوعة"),
    "quotes": ("quotes", "quote", "الاقتباس", "الاقتباسات"),
    "answerable": ("answerable", "له جواب"),
    "kind": ("kind", "النوع"),
    "language": ("language", "lang", "اللغة"),
    "conversation": ("conversation", "المحادثة"),
    "standalone": ("standalone", "السؤال المستقل"),
    "hide_fields": ("hide_fields",),
    "generated": ("generated",),
}
_COLUMNS = {normalise(name): field for field, names in _NAMES.items() for name in names}
_SEPARATOR = re.compile(r"[|\n]")
_ANSWERABLE = {
    **dict.fromkeys(("true", "yes", "y", "1", "نعم"), True),
    **dict.fromkeys(("false", "no", "n", "0", "لا"), False),
    **dict.fromkeys(("null", "unknown", "?", "غير معروف"), None),
}


def read_csv(path: Path, content: bytes) -> ImportedTestSet:
    """Questions of a CSV file. Raises ``TestSetError`` with every row that is wrong."""
    return _read(path, csv_rows(path, content))


def read_xlsx(path: Path, content: bytes) -> ImportedTestSet:
    """Questions of a workbook's first sheet. Raises ``TestSetError`` with every wrong row."""
    return _read(path, xlsx_rows(path))


def _read(path: Path, rows: Iterable[Row]) -> ImportedTestSet:
    columns: list[str] = []
    checks = ItemCollector()
    # A conversation's turns may stand apart; it is checked where its first turn stands.
    conversations: dict[str, tuple[str, dict[str, Any]]] = {}
    waiting: list[tuple[str, dict[str, Any]]] = []
    for place, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = _columns(path, cells)
            continue
        row = _row(place, dict(zip(columns, cells, strict=False)), checks)
        name = row.pop("conversation", None)
        if name is None:
            waiting.append((place, {"id": place.replace(" ", "-")} | row))
        elif name in conversations:
            _add_turn(conversations[name][1], row)
        else:
            conversations[name] = (place, {"id": name, "turns": []})
            _add_turn(conversations[name][1], row)
            waiting.append(conversations[name])
    for place, row in waiting:
        checks.add(place, row)
    return ImportedTestSet(checks.items(path))


def _columns(path: Path, heading: list[str]) -> list[str]:
    """The field that each column holds; unknown names stay as they are, empty ones are ``""``."""
    columns = [_COLUMNS.get(normalise(name), name.strip()) for name in heading]
    if "question" not in columns:
        found = ", ".join(name for name in columns if name) or "none"
        raise TestSetError(f"{path} has no column 'question'. Columns in its first row: {found}.")
    named = [name for name in columns if name]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise TestSetError(f"{path} has two columns for {twice[0]!r}.")
    return columns


def _row(place: str, cells: dict[str, str], checks: ItemCollector) -> dict[str, Any]:
    """The fields of one row; empty cells are left out."""
    row: dict[str, Any] = {}
    for field, cell in cells.items():
        value = cell.strip()
        if not field or not value:
            continue
        if field in _LISTS:
            row[field] = [part.strip() for part in _SEPARATOR.split(value) if part.strip()]
        elif field != "answerable":
            row[field] = value
        elif value.lower() in _ANSWERABLE:
            row[field] = _ANSWERABLE[value.lower()]
        else:
            checks.refuse(place, f"answerable: must be yes, no or empty, not {value!r}")
    return row


def _add_turn(conversation: dict[str, Any], row: dict[str, Any]) -> None:
    """Put ``row`` in as a turn; what belongs to the whole conversation goes to it."""
    row.pop("id", None)
    for field in ("hide_fields", "generated"):
        if field in row:
            conversation[field] = row.pop(field)
    conversation["turns"].append(row)
