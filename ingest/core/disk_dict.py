"""A dictionary on disk, for what a run has to remember of every article it meets."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator, MutableMapping
from typing import TypeVar

V = TypeVar("V")


class DiskDict(MutableMapping[str, V]):
    """Values by name, in a temporary SQLite database that vanishes with the process.

    It keeps little in memory and spills the rest to disk, so that a run of a hundred thousand
    articles takes no more memory than one of a thousand.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")

    def __getitem__(self, name: str) -> V:
        row = self._db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        value: V = pickle.loads(row[0])  # noqa: S301 - our own bytes of a moment ago
        return value

    def __setitem__(self, name: str, value: V) -> None:
        blob = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, blob))

    def __delitem__(self, name: str) -> None:
        if not self._db.execute("DELETE FROM kept WHERE name = ?", (name,)).rowcount:
            raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        row = self._db.execute("SELECT 1 FROM kept WHERE name = ?", (name,)).fetchone()
        return row is not None

    def __iter__(self) -> Iterator[str]:
        for (name,) in self._db.execute("SELECT name FROM kept ORDER BY name"):
            yield name

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM kept").fetchone()[0])

    def close(self) -> None:
        """Let go of the disk space."""
        self._db.close()
