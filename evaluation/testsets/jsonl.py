"""Reads and writes test sets as JSON Lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evaluation.core.errors import TestSetError
from evaluation.testsets.items import Item
from evaluation.testsets.validation import ItemCollector

_BOM = b"\xef\xbb\xbf"


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        TestSetError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise TestSetError(f"{path} cannot be read: {error.strerror or error}.") from error


def json_rows(content: bytes, collector: ItemCollector) -> Iterator[tuple[str, dict[str, Any]]]:
    """``("line N", object)`` for each JSON object; other lines are reported to ``collector``."""
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            row = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            collector.reject(place, f"text: is not UTF-8 at byte {error.start + 1}")
        except json.JSONDecodeError as error:
            collector.reject(place, f"JSON: {error.msg} at character {error.pos + 1}")
        except (ValueError, RecursionError) as error:
            collector.reject(place, f"JSON: {error}")
        else:
            if isinstance(row, dict):
                yield place, row
            else:
                collector.reject(place, "JSON: is not an object")


def write_items(path: Path, items: Iterable[Item]) -> None:
    """Write a test set atomically."""
    write_rows(path, ({"id": item.id} | item.model_dump(exclude_unset=True) for item in items))


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write JSON Lines atomically.

    Raises:
        TestSetError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        partial.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        partial.unlink(missing_ok=True)
        raise TestSetError(f"{path} cannot be written: {error}.") from error
