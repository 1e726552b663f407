"""Known-item queries: a title or summary whose article is to be found."""

from __future__ import annotations

from pathlib import Path

from evaluation.testsets.jsonl import json_rows
from evaluation.testsets.readers.imported import ImportedTestSet, drop_empty
from evaluation.testsets.validation import ItemCollector

_GENERATED = ("title", "summary")


def read_known_items(path: Path, content: bytes) -> ImportedTestSet:
    """Lines of ``id``, ``query``, ``kind``, ``relevant`` and ``hide_fields``.

    Raises:
        TestSetError: lines are invalid.
    """
    collector = ItemCollector()
    for place, row in json_rows(content, collector):
        generated = row.get("kind") if row.get("kind") in _GENERATED else None
        collector.add(place, drop_empty({"generated": generated} | row))
    return ImportedTestSet(collector.items(path))
