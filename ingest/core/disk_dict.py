"""A dictionary on disk, for per-article state of a run."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator, MutableMapping
from typing import TypeVar

V = TypeVar("V")


class DiskDict(MutableMapping[str, V]):
    """A mapping in a temporary SQLite database, which is deleted with the process.

    SQLite keeps little of it in memory and spills the rest to disk, so the memory of a run does
    not grow with the number of articles. Iterates in the order in which values were set last.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB)")

    def __getitem__(self, key: str) -> V:
        row = self._db.execute("SELECT value FROM entries WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        value: V = pickle.loads(row[0])  # noqa: S301 - written by this process
        return value

    def __setitem__(self, key: str, value: V) -> None:
        blob = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", (key, blob))

    def __delitem__(self, key: str) -> None:
        if not self._db.execute("DELETE FROM entries WHERE key = ?", (key,)).rowcount:
            raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        for (key,) in self._db.execute("SELECT key FROM entries ORDER BY rowid"):
            yield key

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM entries").fetchone()[0])

    def close(self) -> None:
        """Free the disk space."""
        self._db.close()
