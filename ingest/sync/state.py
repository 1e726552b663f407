"""The state of sources and the articles each of them has, in ``sync.sqlite3`` beside the store.

The articles found at a source are recorded during a sync, those that are gone after their removal
from the store, and the result at the end. An aborted sync therefore stays due, and repeating it is
safe. Deleting the file costs a full sync of every source and nothing else.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ingest.core.errors import LoadError
from ingest.core.report import Failure
from ingest.sync.health import SOON, SourceState
from ingest.sync.sources_file import Source
from vectorstore.core.errors import RawiError
from vectorstore.core.sqlite import SQLiteDatabase

FILE_NAME = "sync.sqlite3"
MAX_LISTED = 20
"""Failures of a source's articles that are stored with their texts."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY, place TEXT NOT NULL, settings TEXT NOT NULL DEFAULT '',
    ended REAL, succeeded REAL, failures INTEGER NOT NULL DEFAULT 0,
    problem TEXT, remedy TEXT, error TEXT, not_before REAL NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}', failed TEXT NOT NULL DEFAULT '[]',
    told INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS given (
    source TEXT NOT NULL, place TEXT NOT NULL, article_id TEXT NOT NULL, gone REAL,
    PRIMARY KEY (source, place)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS given_article ON given (article_id, source);
CREATE TABLE IF NOT EXISTS unwanted (article_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unwanted_contents (
    article_id TEXT NOT NULL, content_hash TEXT NOT NULL, PRIMARY KEY (article_id, content_hash)
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS brought_back (article_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen_runs (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class SourceArticle(NamedTuple):
    """An article of a source and its place there: a URL, or the article's id for files."""

    place: str
    article_id: str


class SyncState(SQLiteDatabase):
    """The state of all sources; several processes may use it at once."""

    def __init__(self, home: Path) -> None:
        """Open the database, which is created if missing.

        Raises:
            RawiError: it cannot be opened.
        """
        path = home / FILE_NAME
        try:
            super().__init__(path)
            self._db.executescript(_SCHEMA)
            self._add_error_column()
        except (OSError, sqlite3.Error) as error:
            raise RawiError(
                f"{path} cannot be opened: {error}. If it is damaged, move it away: sources are "
                "then synced as if for the first time, and nothing else is lost."
            ) from error

    def _add_error_column(self) -> None:
        """Migrate a database from before errors had codes."""
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(sources)")}
        if "error" not in columns:
            with suppress(sqlite3.OperationalError):  # another process has just added it
                self._db.execute("ALTER TABLE sources ADD COLUMN error TEXT")

    def _column(self, sql: str, *values: str) -> list[str]:
        """The first column of the rows that ``sql`` selects."""
        return [row[0] for row in self._db.execute(sql, values)]

    # -- sources ------------------------------------------------------------------------------

    def get(self, name: str) -> SourceState:
        """The state of a source; empty if it was never synced."""
        sql = (
            "SELECT problem, remedy, error, ended, succeeded, failures, not_before, counts, "
            "failed, told FROM sources WHERE name = ?"
        )
        row = self._db.execute(sql, (name,)).fetchone()
        if row is None:
            return SourceState(name)
        problem, remedy, error, ended, succeeded, failures, not_before, counts, failed, told = row
        return SourceState(
            name,
            ended,
            succeeded,
            failures,
            _error(problem, remedy, error),
            not_before,
            json.loads(counts),
            tuple(map(Failure.from_json, json.loads(failed))),
            bool(told),
        )

    def labels(self, name: str) -> str:
        """The ``labels`` of the source at its last successful sync; empty before one."""
        return next(iter(self._column("SELECT settings FROM sources WHERE name = ?", name)), "")

    def begin(self, source: Source) -> None:
        """Record that a sync begins. If the name stood for another place before, forget that."""
        with self.transaction():
            before = self._column("SELECT place FROM sources WHERE name = ?", source.name)
            if before and before[0] != source.where:
                self._delete(source.name)
            self._db.execute(
                "INSERT OR IGNORE INTO sources (name, place) VALUES (?, ?)",
                (source.name, source.where),
            )

    def record_success(
        self,
        source: Source,
        counts: Mapping[str, int],
        failed: Iterable[Failure],
        labels: str,
        *,
        soon: bool = False,
    ) -> None:
        """Record a successful sync, in which single articles may have ``failed``.

        ``labels`` are the publisher and language that its articles got. With ``soon`` the next
        sync is due in ``SOON`` seconds, because files were still being written.
        """
        listed = [failure.to_json() for failure in islice(failed, MAX_LISTED)]
        now = time.time()
        self._db.execute(
            "UPDATE sources SET ended = ?, succeeded = ?, failures = 0, problem = NULL, "
            "remedy = NULL, error = NULL, not_before = ?, counts = ?, failed = ?, settings = ? "
            "WHERE name = ?",
            (
                now,
                now,
                now + SOON if soon else 0.0,
                _json(counts),
                _json(listed),
                labels,
                source.name,
            ),
        )

    def record_failure(self, source: Source, error: LoadError, retry_after: float = 0.0) -> None:
        """Record a failed sync; ``retry_after`` are the seconds that the server asked to wait."""
        now = time.time()
        self._db.execute(
            "UPDATE sources SET ended = ?, failures = failures + 1, problem = ?, remedy = ?, "
            "error = ?, not_before = ? WHERE name = ?",
            (
                now,
                error.problem,
                error.remedy,
                _json(error.to_json()),
                now + retry_after if retry_after else 0.0,
                source.name,
            ),
        )

    def set_notified(self, name: str, notified: bool) -> bool:
        """Record whether editors know that a source is failing; whether that is a change."""
        done = self._db.execute(
            "UPDATE sources SET told = ? WHERE name = ? AND told <> ?", (notified, name, notified)
        )
        return done.rowcount > 0

    def delete(self, name: str) -> None:
        """Delete the state of a source; its articles stay in the store."""
        with self.transaction():
            self._delete(name)

    def _delete(self, name: str) -> None:
        self._db.execute("DELETE FROM given WHERE source = ?", (name,))
        self._db.execute("DELETE FROM sources WHERE name = ?", (name,))

    # -- articles of sources ------------------------------------------------------------------

    def add_articles(self, name: str, articles: Iterable[SourceArticle]) -> None:
        """Record articles that a source has."""
        with self.transaction():
            self._db.executemany(
                "INSERT INTO given VALUES (?, ?, ?, NULL) ON CONFLICT (source, place) DO UPDATE "
                "SET article_id = excluded.article_id, gone = NULL",
                [(name, article.place, article.article_id) for article in articles],
            )

    def forget_articles(self, name: str, article_ids: Iterable[str]) -> None:
        """Forget articles of a source that an editor removed from the store."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM given WHERE source = ? AND article_id = ?",
                [(name, article_id) for article_id in article_ids],
            )

    def mark_gone(self, name: str, places: Iterable[str]) -> None:
        """Record that a source no longer has the articles at ``places``."""
        now = time.time()
        with self.transaction():
            self._db.executemany(
                "UPDATE given SET gone = ? WHERE source = ? AND place = ?",
                [(now, name, place) for place in places],
            )

    def articles(self, name: str) -> list[SourceArticle]:
        """The articles that a source has, as far as is known."""
        sql = "SELECT place, article_id FROM given WHERE source = ? AND gone IS NULL"
        return [SourceArticle(*row) for row in self._db.execute(sql, (name,))]

    def known_ids(self, name: str, article_ids: Collection[str]) -> set[str]:
        """Those of the articles that a source has or had."""
        sql = "SELECT DISTINCT article_id FROM given WHERE source = ?"
        return set(article_ids).intersection(self._column(sql, name))

    def ids_of_sources(self, article_ids: Collection[str], names: Collection[str]) -> set[str]:
        """Those of the articles that at least one of the sources ``names`` has."""
        return {one for one in article_ids if self.first_source(one, names) is not None}

    def first_source(self, article_id: str, names: Collection[str]) -> str | None:
        """The first of the sources ``names`` that has the article."""
        sql = "SELECT DISTINCT source FROM given WHERE article_id = ? AND gone IS NULL"
        having = set(self._column(sql, article_id))
        return next((name for name in names if name in having), None)

    # -- articles that editors removed or restored --------------------------------------------

    def processed_runs(self) -> set[str]:
        """Runs whose removals are recorded here."""
        return set(self._column("SELECT id FROM seen_runs"))

    def record_run(
        self, run_id: str, removed: Mapping[str, str | None], restored: Collection[str]
    ) -> None:
        """Record the articles that an editor's run removed, with content hashes, and restored."""
        with self.transaction():
            self._db.execute("INSERT OR IGNORE INTO seen_runs VALUES (?)", (run_id,))
            for sql, ids in (
                ("INSERT OR IGNORE INTO unwanted VALUES (?)", removed),
                ("DELETE FROM brought_back WHERE article_id = ?", removed),
                ("DELETE FROM unwanted WHERE article_id = ?", restored),
                ("DELETE FROM unwanted_contents WHERE article_id = ?", restored),
                ("INSERT OR IGNORE INTO brought_back VALUES (?)", restored),
            ):
                self._db.executemany(sql, [(article_id,) for article_id in ids])
            self._db.executemany(
                "INSERT OR IGNORE INTO unwanted_contents VALUES (?, ?)",
                [(article_id, content) for article_id, content in removed.items() if content],
            )

    def removed_ids(self) -> set[str]:
        """Articles that an editor removed."""
        return set(self._column("SELECT article_id FROM unwanted"))

    def removed_hashes(self) -> set[str]:
        """Content hashes of the articles that editors removed."""
        return set(self._column("SELECT content_hash FROM unwanted_contents"))

    def restored_ids(self) -> set[str]:
        """Articles that an editor restored, or reset to an earlier version, by undoing a run."""
        return set(self._column("SELECT article_id FROM brought_back"))

    def readmit(self, contents: Mapping[str, str]) -> None:
        """Forget the removal of articles (content hash by id) that were ingested again since."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM unwanted WHERE article_id = ?", [(one,) for one in contents]
            )
            self._db.executemany(
                "DELETE FROM unwanted_contents WHERE article_id = ? AND content_hash = ?",
                list(contents.items()),
            )


def _error(problem: str | None, remedy: str | None, stored: str | None) -> LoadError | None:
    """A source's last error; versions without codes write only ``problem`` and ``remedy``."""
    if problem is None:
        return None
    data = json.loads(stored) if stored else {}
    if data.get("problem") == problem:
        return LoadError.from_json(data)
    return LoadError.from_text(problem, remedy or "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
