"""Test sets from spreadsheets: a row per question, with a header row.

Column names are those of the format, in English or Arabic. Several values in a cell are separated
by ``|`` or line breaks. Rows with the same ``conversation`` are its turns, in order. Other columns
are preserved.
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
    """Questions of a CSV file. Raises ``TestSetError`` listing all invalid rows."""
    return _read(path, csv_rows(path, content))


def read_xlsx(path: Path, content: bytes) -> ImportedTestSet:
    """Questions of a workbook's first sheet. Raises ``TestSetError`` listing all invalid rows."""
    return _read(path, xlsx_rows(path))


def _read(path: Path, rows: Iterable[Row]) -> ImportedTestSet:
    columns: list[str] = []
    collector = ItemCollector()
    # The turns of a conversation need not be adjacent; it takes the place of its first turn.
    conversations: dict[str, tuple[str, dict[str, Any]]] = {}
    items: list[tuple[str, dict[str, Any]]] = []
    for place, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns = _columns(path, cells)
            continue
        row = _fields(place, dict(zip(columns, cells, strict=False)), collector)
        conversation = row.pop("conversation", None)
        if conversation is None:
            items.append((place, {"id": place.replace(" ", "-")} | row))
        elif conversation in conversations:
            _add_turn(conversations[conversation][1], row)
        else:
            conversations[conversation] = (place, {"id": conversation, "turns": []})
            _add_turn(conversations[conversation][1], row)
            items.append(conversations[conversation])
    for place, row in items:
        collector.add(place, row)
    return ImportedTestSet(collector.items(path))


def _columns(path: Path, heading: list[str]) -> list[str]:
    """The field of each column; unknown names are preserved, empty ones are ``""``."""
    columns = [_COLUMNS.get(normalise(name), name.strip()) for name in heading]
    if "question" not in columns:
        found = ", ".join(name for name in columns if name) or "none"
        raise TestSetError(f"{path} has no column 'question'. Columns in its first row: {found}.")
    named = [name for name in columns if name]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise TestSetError(f"{path} has two columns for {twice[0]!r}.")
    return columns


def _fields(place: str, cells: dict[str, str], collector: ItemCollector) -> dict[str, Any]:
    """The fields of one row without empty cells."""
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
            collector.reject(place, f"answerable: must be yes, no or empty, not {value!r}")
    return row


def _add_turn(conversation: dict[str, Any], row: dict[str, Any]) -> None:
    """Append ``row`` as a turn; fields of the whole conversation are moved to it."""
    row.pop("id", None)
    for field in ("hide_fields", "generated"):
        if field in row:
            conversation[field] = row.pop(field)
    conversation["turns"].append(row)
