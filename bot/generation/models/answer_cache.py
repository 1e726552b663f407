"""Disk cache of the raw output of chat models.

The output is cached before the support check, so that a changed check applies to it as well. The
key is a hash of all the model was given; questions and passages are not stored.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.generation.core.prompt import Message
from vectorstore.core.sqlite import SQLiteDatabase

MAX_ANSWERS = 5_000
"""Cached answers, the newest; about 1 kB each."""
_DAY = 86_400.0
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, "
    "read INTEGER, written INTEGER, at REAL NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """The output of a model, and its tokens if the provider counts them."""

    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None


class AnswerCache:
    """Cached answers of the last ``days`` days; 0 caches nothing.

    Thread-safe, and several processes may share the file. A file that is not a database is
    replaced; other errors of reading and writing are ignored.
    """

    def __init__(self, path: Path, days: float, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._days, self._clock = path, days, clock
        self._lock = threading.Lock()
        self._db: SQLiteDatabase | None = None

    @staticmethod
    def key(messages: Sequence[Message], *parameters: object) -> str:
        """The cache key: SHA-256 of a prompt and of the other parameters of the output."""
        parts = json.dumps([list(messages), list(map(str, parameters))], ensure_ascii=True)
        return hashlib.sha256(parts.encode()).hexdigest()

    def get(self, key: str) -> CachedAnswer | None:
        """The answer cached for ``key``, unless it has expired."""
        if not self._days:
            return None
        query = "SELECT text, read, written FROM answers WHERE key = ? AND at >= ?"
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            rows = self._open().rows(query, (key, self._oldest()))
            return CachedAnswer(*rows[0]) if rows else None
        self._remove_if_corrupt()
        return None

    def put(self, key: str, answer: CachedAnswer) -> None:
        """Cache ``answer``, and delete the expired and those over `MAX_ANSWERS`."""
        if not self._days:
            return
        row = (key, answer.text, answer.input_tokens, answer.output_tokens, self._clock())
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            db = self._open()
            with db.transaction():
                db.rows("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)
                db.rows("DELETE FROM answers WHERE at < ?", (self._oldest(),))
                db.rows(
                    "DELETE FROM answers WHERE key NOT IN "
                    "(SELECT key FROM answers ORDER BY at DESC LIMIT ?)",
                    (MAX_ANSWERS,),
                )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _oldest(self) -> float:
        return self._clock() - self._days * _DAY

    def _open(self) -> SQLiteDatabase:
        if self._db is None:
            self._db = SQLiteDatabase(self._path, timeout=5)
            self._db.rows(_SCHEMA)
        return self._db

    def _remove_if_corrupt(self) -> None:
        self.close()
        with self._lock, contextlib.suppress(OSError):
            if self._path.exists() and not self._path.read_bytes().startswith(b"SQLite format 3"):
                self._path.unlink()
