"""Known-item queries: words of one article, and whether that article is found by them."""

from __future__ import annotations

from pathlib import Path

from evaluation.readers.imported import Imported, without_empty
from evaluation.testset_checks import Checks
from evaluation.testset_rows import json_rows

_GENERATED = ("title", "summary")


def read_known_items(path: Path, content: bytes) -> Imported:
    """Lines of ``id``, ``query``, ``kind``, ``relevant`` and ``hide_fields``.

    Raises:
        TestSetError: lines are wrong.
    """
    checks = Checks()
    for place, row in json_rows(content, checks):
        generated = row.get("kind") if row.get("kind") in _GENERATED else None
        checks.add(place, without_empty({"generated": generated} | row))
    return Imported(checks.items(path))
