"""Collects the items of a test set and the problems of its lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evaluation.core.errors import TestSetError
from evaluation.testsets.items import (
    ConversationItem,
    Item,
    parse_item,
    turn_id,
    validation_problems,
)

MAX_LISTED = 50
"""Further problems are only counted."""


class ItemCollector:
    """Collects valid items, and the problems of the other rows.

    ``place`` locates a row for people: ``line 3``, ``row 12``.
    """

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._problems: list[str] = []
        self._places: dict[str, str] = {}

    def add(self, place: str, row: Any) -> None:
        """Add ``row`` as an item, or record its problems."""
        try:
            item = parse_item(row)
        except ValidationError as error:
            for problem in validation_problems(error):
                self.reject(place, problem)
            return
        for name in _ids(item):
            if name in self._places:
                self.reject(place, f"id: {name!r} is on {self._places[name]} already")
            else:
                self._places[name] = place
        self._items.append(item)

    def reject(self, place: str, problem: str) -> None:
        """Record a problem: ``field: reason``."""
        self._problems.append(f"{place}: {problem}")

    def items(self, path: Path) -> list[Item]:
        """All items, in order.

        Raises:
            TestSetError: the file ``path`` has problems, or no questions.
        """
        if self._problems:
            raise TestSetError(self._message(path))
        if not self._items:
            raise TestSetError(f"{path} holds no questions.")
        return self._items

    def _message(self, path: Path) -> str:
        count = len(self._problems)
        lines = [f"{path} has {count} problem{'s' if count > 1 else ''}:"]
        lines += [f"  {problem}" for problem in self._problems[:MAX_LISTED]]
        if count > MAX_LISTED:
            lines.append(f"  … and {count - MAX_LISTED} more")
        return "\n".join(lines)


def _ids(item: Item) -> list[str]:
    """The ids of the item and its turns in a run."""
    turns = len(item.turns) if isinstance(item, ConversationItem) else 0
    return [item.id, *(turn_id(item, turn) for turn in range(1, turns + 1))]
