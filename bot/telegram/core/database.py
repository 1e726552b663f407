"""The bot's SQLite file ``telegram.sqlite3`` under RAWI_HOME.

Received updates are stored until they are handled, so that killing the process loses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vectorstore.core.sqlite import SQLiteDatabase

_SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY, payload TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    received REAL NOT NULL);
CREATE INDEX IF NOT EXISTS unfinished ON updates (id) WHERE payload IS NOT NULL;
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY, language TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS threads (
    thread TEXT NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (thread, person));
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, person INTEGER NOT NULL, thread TEXT NOT NULL,
    question_message INTEGER, question TEXT NOT NULL, standalone TEXT NOT NULL, text TEXT NOT NULL,
    language TEXT NOT NULL, refused INTEGER NOT NULL, citations TEXT NOT NULL,
    milliseconds REAL NOT NULL, asked REAL NOT NULL);
CREATE INDEX IF NOT EXISTS answers_question ON answers (chat, question_message);
CREATE TABLE IF NOT EXISTS messages (
    chat INTEGER NOT NULL, message INTEGER NOT NULL, answer INTEGER NOT NULL,
    PRIMARY KEY (chat, message));
CREATE INDEX IF NOT EXISTS messages_answer ON messages (answer);
CREATE TABLE IF NOT EXISTS feedback (
    answer INTEGER NOT NULL, person INTEGER NOT NULL, verdict INTEGER NOT NULL, reason TEXT,
    given REAL NOT NULL, PRIMARY KEY (answer, person));
CREATE TABLE IF NOT EXISTS offers (
    id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS notes (
    key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, topic INTEGER, message INTEGER,
    language TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS migrated (
    old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
"""


class BotDatabase(SQLiteDatabase):
    """The bot's file; only its owner can read it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # it holds users' questions
        path.chmod(0o600)
        super().__init__(path, timeout=30)
        # A killed process loses nothing; a power failure may lose the last statements.
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.executescript(_SCHEMA)

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Insert one row; its id."""
        with self._lock:
            return self._db.execute(sql, values).lastrowid or 0
