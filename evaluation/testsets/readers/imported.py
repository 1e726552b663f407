"""The result of importing a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evaluation.testsets.items import Item

IMPOSSIBLE = "impossible"
"""Kind of a question that its own passage does not answer; another article may."""


@dataclass(frozen=True, slots=True)
class ImportedTestSet:
    """Items of a test set, and the articles that the file brings, if any.

    ``articles`` are rows for ``rawi ingest``: ``id``, ``title``, ``text``.
    """

    items: list[Item]
    articles: list[dict[str, str]] = field(default_factory=list)


def drop_empty(row: dict[str, Any]) -> dict[str, Any]:
    """``row`` without empty fields."""
    return {name: value for name, value in row.items() if value not in (None, "", [])}
