"""Importers of test sets in other formats: SQuAD, flat files, known items, spreadsheets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from evaluation.core.errors import TestSetError
from evaluation.testsets.jsonl import read_bytes
from evaluation.testsets.readers.flat import read_flat
from evaluation.testsets.readers.imported import ImportedTestSet
from evaluation.testsets.readers.known_item import read_known_items
from evaluation.testsets.readers.squad import parse_document, read_squad
from evaluation.testsets.readers.table import read_csv, read_xlsx
from evaluation.testsets.testsets import TestSet, read_testset

__all__ = [
    "FORMATS",
    "Format",
    "ImportedTestSet",
    "detect_format",
    "import_testset",
    "read_any_testset",
]

Format = Literal["squad", "flat", "known-item", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = get_args(Format)

_READERS: dict[Format, Callable[[Path, bytes], ImportedTestSet]] = {
    "squad": read_squad,
    "flat": read_flat,
    "known-item": read_known_items,
    "csv": read_csv,
    "xlsx": read_xlsx,
}
_SUFFIXES: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx"}


def import_testset(path: Path, file_format: Format | None = None) -> ImportedTestSet:
    """Read a file in the format ``file_format``, else in the detected one.

    Raises:
        TestSetError: it cannot be read, or has invalid questions, all of which are listed.
    """
    content = read_bytes(path)
    return _READERS[file_format or detect_format(path, content)](path, content)


def read_any_testset(path: Path) -> TestSet:
    """Read a test set, or a file in another format that does not bring its own articles.

    Raises:
        TestSetError: it cannot be read, has invalid questions, all of which are listed, or brings
            articles of its own, which have to be ingested first.
    """
    content = read_bytes(path)
    file_format = _import_format(path, content)
    if file_format is None:
        return read_testset(path)
    imported = _READERS[file_format](path, content)
    if imported.articles:
        raise TestSetError(
            f"{path} brings articles of its own. Write both down first: "
            f"`rawi evaluate import {path} --out TESTSET.jsonl --articles ARTICLES.jsonl`."
        )
    return TestSet(imported.items, path, hashlib.sha256(content).hexdigest())


def _import_format(path: Path, content: bytes) -> Format | None:
    """The detected format; None for a test set, and for an unknown format."""
    try:
        return detect_format(path, content)
    except TestSetError:
        return None


def detect_format(path: Path, content: bytes) -> Format:
    """Detect the format of a file by its suffix and its first line.

    Raises:
        TestSetError: the format is unknown, or the file needs no import.
    """
    if by_suffix := _SUFFIXES.get(path.suffix.lower()):
        return by_suffix
    if parse_document(content) is not None:
        return "squad"
    fields = _first_fields(content)
    if "context" in fields:
        return "squad"
    if "passage_id" in fields:
        if "question" in fields:
            return "flat"
        raise TestSetError(f"{path} holds passages, no questions: `rawi ingest {path}` reads it.")
    if {"query", "relevant"} <= fields:
        return "known-item"
    if fields & {"question", "turns"}:
        raise TestSetError(f"{path} is a test set already: `rawi evaluate run {path}` reads it.")
    raise TestSetError(
        f"{path} is in no format that is known here. Name it with --format: {', '.join(FORMATS)}."
    )


def _first_fields(content: bytes) -> set[str]:
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n", 100)[:100]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            return set(row)
    return set()
