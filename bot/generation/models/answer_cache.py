"""What models wrote, kept on disk for the same prompt: (question, passages, prompt version, model).

Kept is what the model wrote, not what came of it: the check is made anew, so that what it takes out
today it takes out of yesterday's words too. The key is a fingerprint of everything the model was
given; questions and passages are not kept.
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

MOST_KEPT = 5_000
"""Answers that are kept, the newest; about 1 kB each."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote, and what it read and wrote in tokens, where its provider counts."""

    text: str
    read: int | None = None
    written: int | None = None


class AnswerCache:
    """A file of answers. Thread-safe; several processes may share it. A broken file is begun anew.

    Nothing here ever stops an answer: what cannot be read or kept is asked for again.
    """

    def __init__(self, path: Path, days: float, *, clock: Callable[[], float] = time.time) -> None:
        self._path, self._days, self._clock = path, days, clock
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    @staticmethod
    def key(messages: Sequence[Message], *made_of: object) -> str:
        """The fingerprint of a prompt and of whatever else decides what a model writes."""
        parts = json.dumps([list(messages), list(map(str, made_of))], ensure_ascii=True)
        return hashlib.sha256(parts.encode()).hexdigest()

    def get(self, key: str) -> Written | None:
        """What was written for ``key``, unless it is too old."""
        if not self._days:
            return None
        oldest = self._clock() - self._days * _DAY
        query = "SELECT text, read, written FROM answers WHERE key = ? AND at >= ?"
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            found = self._opened().execute(query, (key, oldest)).fetchone()
            return Written(*found) if found else None
        self._begin_anew()
        return None

    def put(self, key: str, written: Written) -> None:
        """Keep ``written``; what is too old or too much goes."""
        if not self._days:
            return
        now = self._clock()
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            db = self._opened()
            with db:
                row = (key, written.text, written.read, written.written, now)
                db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)
                db.execute("DELETE FROM answers WHERE at < ?", (now - self._days * _DAY,))
                db.execute(
                    "DELETE FROM answers WHERE key NOT IN "
                    "(SELECT key FROM answers ORDER BY at DESC LIMIT ?)",
                    (MOST_KEPT,),
                )

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            db = sqlite3.connect(self._path, check_same_thread=False, timeout=5)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, "
                "read INTEGER, written INTEGER, at REAL NOT NULL)"
            )
            self._db = db
        return self._db

    def _begin_anew(self) -> None:
        """Put a file aside that is no database."""
        self.close()
        with self._lock, contextlib.suppress(OSError):
            if self._path.exists() and not self._path.read_bytes().startswith(b"SQLite format 3"):
                self._path.unlink()
