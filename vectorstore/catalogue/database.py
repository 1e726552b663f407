"""The catalogue's SQLite file: schema, metadata and queries by id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vectorstore.catalogue import schema
from vectorstore.core import text_analysis
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.sections import given_section_json
from vectorstore.core.sqlite import SQLiteDatabase

_IDS_PER_STATEMENT = 500  # SQLite's own limit is far higher

_CACHE_KIB = 32 * 1024


class CatalogueState(NamedTuple):
    """The state of the whole store, read at one moment."""

    generation: int
    vectors_folder: str
    lexical_folder: str
    fingerprint: str | None


class CatalogueDatabase(SQLiteDatabase):
    """The catalogue's file, migrated to the current schema if ``create``.

    Raises:
        StoreError: Another version of Rawi wrote the file; or, without ``create``, it is empty.
        sqlite3.Error: The file cannot be opened.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        super().__init__(path, create=create)
        try:
            self._prepare(create=create)
        except BaseException:
            self.close()
            raise

    def _prepare(self, *, create: bool) -> None:
        schema.require_known(self._db, writable=create)
        self._db.create_function("normalised", 1, text_analysis.normalise, deterministic=True)
        self._db.create_function("given_section", 2, given_section_json, deterministic=True)
        if create:
            if schema.schema_version(self._db) < len(schema.MIGRATIONS):
                from vectorstore.core.section_model import predicted_section  # readers need none

                self._db.create_function("predicted_section", 2, predicted_section)
                with self.transaction():
                    schema.migrate(self._db)
            if not schema.has_indexes(self._db):
                with self.transaction():
                    schema.add_indexes(self._db)
        elif schema.schema_version(self._db) < len(schema.MIGRATIONS):
            schema.add_sections_view(self._db)
        # A commit must be on disk before the passages that it replaced are deleted from Chroma.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Overwrite ``other`` by a snapshot of this file, in one transaction.

        Other processes may read and write this file meanwhile.
        """
        with self._lock:
            self._db.backup(other)

    def overwrite_with(self, other: CatalogueDatabase) -> None:
        """Replace all content by that of ``other``, in one transaction."""
        with self._lock:
            other.copy_to(self._db)
            # All of it is in the WAL now; a busy reader may keep it there.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def write_rows(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for many rows."""
        with self._lock:
            self._db.executemany(sql, rows)

    def rows_by_ids(
        self, sql: str, ids: Sequence[Any], values: Sequence[Any] = ()
    ) -> Iterator[Any]:
        """Rows of ``sql``, which ends in ``IN``, for any number of ids.

        ``values`` are those of the placeholders before ``IN``.
        """
        for i in range(0, len(ids), _IDS_PER_STATEMENT):
            part = ids[i : i + _IDS_PER_STATEMENT]
            yield from self.rows(f"{sql} ({','.join('?' * len(part))})", [*values, *part])

    # -- metadata -----------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A metadata value, such as the fingerprint; None if it is not set."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Set a metadata value."""
        self.rows("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def state(self) -> CatalogueState:
        """Generation, index folders and fingerprint, read in one statement."""
        meta: dict[str, str] = dict(self.rows("SELECT key, value FROM meta"))
        return CatalogueState(
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
        """A counter that grows with every commit that changes search results."""
        return int(self.meta("generation") or 0)

    def bump_generation(self) -> None:
        """Make all readers reopen the indexes. Call inside the transaction of the change."""
        self.set_meta("generation", str(self.generation + 1))
