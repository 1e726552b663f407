"""The catalogue's SQLite file: connection, transactions, and values kept beside the articles."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vectorstore.catalogue import schema
from vectorstore.core import text_analysis
from vectorstore.core.fingerprint import Fingerprint

_VARIABLES = 500  # ids in one statement; SQLite's own limit is far higher

_CACHE_KIB = 32 * 1024


class State(NamedTuple):
    """What the catalogue says of the whole store, read at one moment."""

    generation: int
    vectors_folder: str
    lexical_folder: str
    fingerprint: str | None


class CatalogueDatabase:
    """One SQLite file. Thread-safe; readers of other processes never block (WAL).

    Raises:
        StoreError: without ``create``, when there is nothing to read yet; or when another version
            of Rawi wrote the file.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        mode = "rwc" if create else "rw"
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=60,
            check_same_thread=False,
            isolation_level=None,
        )
        self._lock = threading.RLock()
        try:
            self._prepare(create=create)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, *, create: bool) -> None:
        schema.require_known(self._db, writable=create)
        if create:
            self._db.execute("PRAGMA journal_mode=WAL")
            if schema.version(self._db) < len(schema.MIGRATIONS):
                with self.transaction():
                    schema.migrate(self._db)
            if not schema.has_indexes(self._db):
                with self.transaction():
                    schema.add_indexes(self._db)
        # A commit must be on disk before Chroma's leftovers are deleted on its strength.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._db.create_function("normalised", 1, text_analysis.normalise, deterministic=True)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Write all of the file, as of one moment, over what ``other`` holds.

        Other processes may read and write meanwhile; ``other`` gets it in one transaction.
        """
        with self._lock:
            self._db.backup(other)

    def overwrite_with(self, other: CatalogueDatabase) -> None:
        """Let all that ``other`` holds take the place of what is here, in one transaction."""
        with self._lock:
            other.copy_to(self._db)
            # All of it lies in the log now; a reader that is busy lets it stay there.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also across a kill."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of one statement; for the store's own modules."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def write_rows(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows, inside a transaction; for the store's own modules."""
        with self._lock:
            self._db.executemany(sql, rows)

    # -- meta ---------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept beside the articles (fingerprint, generation, folder names)."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Write a value; inside a transaction when it belongs to one."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def state(self) -> State:
        """Generation, folders and fingerprint in one statement, so that they belong together."""
        rows = self.rows("SELECT key, value FROM meta")
        meta: dict[str, str] = dict(rows)
        return State(
            int(meta.get("generation", 0)),
            meta.get("vectors_folder", "vectors-1"),
            meta.get("lexical_folder", "lexical-1"),
            meta.get("fingerprint"),
        )

    def stored_fingerprint(self) -> Fingerprint | None:
        """The fingerprint that the store was written with; None while it is empty."""
        text = self.meta("fingerprint")
        return Fingerprint.from_json(text) if text else None

    @property
    def generation(self) -> int:
        """Grows with every commit that changes what can be found."""
        return int(self.meta("generation") or 0)

    def bump_generation(self) -> None:
        """Tell every reader to look again. Call inside the transaction of the change."""
        self.set_meta("generation", str(self.generation + 1))

    def by_ids(self, sql: str, ids: Sequence[Any], values: Sequence[Any] = ()) -> Iterator[Any]:
        """Rows of ``sql``, which ends in ``IN``, for any number of ids; ``values`` come first."""
        for i in range(0, len(ids), _VARIABLES):
            part = ids[i : i + _VARIABLES]
            yield from self.rows(f"{sql} ({','.join('?' * len(part))})", [*values, *part])
