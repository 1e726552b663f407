"""A SQLite file that threads and processes share."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self


class SQLiteDatabase:
    """One SQLite file in WAL mode, with which readers never block. Thread-safe; a context manager.

    A statement outside of `transaction` is committed when it returns.

    Args:
        path: The file.
        create: Create the file and its folder if they do not exist.
        timeout: Seconds that a writer waits for another one.

    Raises:
        OSError, sqlite3.Error: The file cannot be opened.
    """

    def __init__(self, path: Path, *, create: bool = True, timeout: float = 60) -> None:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
            uri=True,
            timeout=timeout,
            check_same_thread=False,
            isolation_level=None,
        )
        self._lock = threading.RLock()
        if create:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of one statement."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all statements inside together, or none if an error is raised."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
