"""What became of each source: a small database beside the store.

It holds when a source was synced last, what went wrong, and which articles it gave, so that what it
names no more can be told. What a source has is noted while its sync goes on, what it has no more
when that is out of the store, and how the sync went at its end: one that is killed in between is
still due, and meets and misses the same again. What is lost here only costs a sync of everything.
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
MAX_KEPT = 20
"""Failures of a source's articles that are kept with their texts."""

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


class Given(NamedTuple):
    """An article that a source gave, and where in it."""

    place: str
    article_id: str


class SyncState(SQLiteDatabase):
    """The state of all sources. A context manager; several processes may use it at once."""

    def __init__(self, home: Path) -> None:
        """Open it, or make it.

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
        """Bring a database from before errors had codes up to date."""
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(sources)")}
        if "error" not in columns:
            with suppress(sqlite3.OperationalError):  # another process has just added it
                self._db.execute("ALTER TABLE sources ADD COLUMN error TEXT")

    # -- how sources are doing ----------------------------------------------------------------

    def of(self, name: str) -> SourceState:
        """How the source is doing; without any figure when it was never synced."""
        fields = (
            "ended, succeeded, failures, problem, remedy, error, not_before, counts, failed, told"
        )
        sql = f"SELECT {fields} FROM sources WHERE name = ?"  # noqa: S608 - no value is in it
        row = self._db.execute(sql, (name,)).fetchone()
        if row is None:
            return SourceState(name)
        values: dict[str, Any] = dict(zip(fields.split(", "), row, strict=True))
        values["error"] = _error(*(values.pop(n) for n in ("problem", "remedy", "error")))
        values["counts"] = json.loads(values["counts"])
        values["failed"] = tuple(map(Failure.from_json, json.loads(values["failed"])))
        return SourceState(name, **{**values, "told": bool(values["told"])})

    def settings_of(self, name: str) -> str:
        """What the source said of its articles (publisher, language) at its last success."""
        row = self._db.execute("SELECT settings FROM sources WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def begin(self, source: Source) -> None:
        """A sync begins. What a source gave when it was another place's name is forgotten."""
        with self.transaction():
            row = self._db.execute(
                "SELECT place FROM sources WHERE name = ?", (source.name,)
            ).fetchone()
            if row is not None and row[0] != source.where:
                self._forget(source.name)
            self._db.execute(
                "INSERT OR IGNORE INTO sources (name, place) VALUES (?, ?)",
                (source.name, source.where),
            )

    def succeed(
        self,
        source: Source,
        counts: dict[str, int],
        failed: Iterable[Failure],
        settings: str,
        *,
        soon: bool = False,
    ) -> None:
        """A sync ended well, though some of its articles may have ``failed``.

        With ``soon`` the next one is due in a minute: something was still being written.
        """
        texts = [failure.to_json() for failure in islice(failed, MAX_KEPT)]
        now = time.time()
        self._db.execute(
            "UPDATE sources SET ended = ?, succeeded = ?, failures = 0, problem = NULL, "
            "remedy = NULL, error = NULL, not_before = ?, counts = ?, failed = ?, settings = ? "
            "WHERE name = ?",
            (
                now,
                now,
                now + SOON if soon else 0.0,
                json.dumps(counts),
                _json(texts),
                settings,
                source.name,
            ),
        )

    def fail(self, source: Source, error: LoadError, wait: float = 0.0) -> None:
        """A sync failed; its server may have asked to ``wait`` so many seconds."""
        now = time.time()
        self._db.execute(
            "UPDATE sources SET ended = ?, failures = failures + 1, problem = ?, remedy = ?, "
            "error = ?, not_before = ? WHERE name = ?",
            (
                now,
                error.problem,
                error.remedy,
                _json(error.to_json()),
                now + wait if wait else 0.0,
                source.name,
            ),
        )

    def tell(self, name: str, told: bool) -> bool:
        """Note that a source's failure was told, or is over; whether that is new."""
        done = self._db.execute(
            "UPDATE sources SET told = ? WHERE name = ? AND told <> ?", (told, name, told)
        )
        return done.rowcount > 0

    def forget(self, name: str) -> None:
        """Forget all about a source; its articles stay."""
        with self.transaction():
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._db.execute("DELETE FROM given WHERE source = ?", (name,))
        self._db.execute("DELETE FROM sources WHERE name = ?", (name,))

    # -- what they gave -----------------------------------------------------------------------

    def give(self, name: str, met: Iterable[Given]) -> None:
        """Note articles that a source has."""
        with self.transaction():
            self._db.executemany(
                "INSERT INTO given VALUES (?, ?, ?, NULL) ON CONFLICT (source, place) DO UPDATE "
                "SET article_id = excluded.article_id, gone = NULL",
                [(name, one.place, one.article_id) for one in met],
            )

    def drop(self, name: str, article_ids: Iterable[str]) -> None:
        """Forget that a source has articles which a person took out of the store."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM given WHERE source = ? AND article_id = ?",
                [(name, article_id) for article_id in article_ids],
            )

    def given(self, name: str) -> list[Given]:
        """The articles that a source has, as far as is known."""
        rows = self._db.execute(
            "SELECT place, article_id FROM given WHERE source = ? AND gone IS NULL", (name,)
        )
        return [Given(*row) for row in rows]

    def ever_given(self, name: str, article_ids: Collection[str]) -> set[str]:
        """Those of the articles that a source has or had."""
        sql = "SELECT DISTINCT article_id FROM given WHERE source = ?"
        return {row[0] for row in self._db.execute(sql, (name,)) if row[0] in article_ids}

    def take_away(self, name: str, places: Iterable[str]) -> None:
        """Note that a source has the articles at ``places`` no more."""
        now = time.time()
        with self.transaction():
            self._db.executemany(
                "UPDATE given SET gone = ? WHERE source = ? AND place = ?",
                [(now, name, place) for place in places],
            )

    def held(self, article_ids: Collection[str], names: Collection[str]) -> set[str]:
        """Those of the articles that one of the sources ``names`` has."""
        found = set()
        for article_id in article_ids:
            rows = self._db.execute(
                "SELECT source FROM given WHERE article_id = ? AND gone IS NULL", (article_id,)
            )
            if any(row[0] in names for row in rows):
                found.add(article_id)
        return found

    def owner(self, article_id: str, names: Collection[str]) -> str | None:
        """The source of ``names``, the first of them, that has the article."""
        rows = self._db.execute(
            "SELECT DISTINCT source FROM given WHERE article_id = ? AND gone IS NULL", (article_id,)
        )
        having = {row[0] for row in rows}
        return next((name for name in names if name in having), None)

    # -- what people took out and brought back ------------------------------------------------

    def seen_runs(self) -> set[str]:
        """Runs whose removals are known."""
        return {row[0] for row in self._db.execute("SELECT id FROM seen_runs")}

    def see_run(
        self, run_id: str, removed: Mapping[str, str | None], brought_back: Collection[str]
    ) -> None:
        """Note what a person took out, with its content hash, and what came back, in a run."""
        with self.transaction():
            self._db.execute("INSERT OR IGNORE INTO seen_runs VALUES (?)", (run_id,))
            for sql, ids in (
                ("INSERT OR IGNORE INTO unwanted VALUES (?)", removed),
                ("DELETE FROM brought_back WHERE article_id = ?", removed),
                ("DELETE FROM unwanted WHERE article_id = ?", brought_back),
                ("DELETE FROM unwanted_contents WHERE article_id = ?", brought_back),
                ("INSERT OR IGNORE INTO brought_back VALUES (?)", brought_back),
            ):
                self._db.executemany(sql, [(article_id,) for article_id in ids])
            self._db.executemany(
                "INSERT OR IGNORE INTO unwanted_contents VALUES (?, ?)",
                [(article_id, content) for article_id, content in removed.items() if content],
            )

    def unwanted_contents(self) -> set[str]:
        """Content hashes of what people took out."""
        return {row[0] for row in self._db.execute("SELECT content_hash FROM unwanted_contents")}

    def unwanted(self) -> set[str]:
        """Articles that a person took out."""
        return {row[0] for row in self._db.execute("SELECT article_id FROM unwanted")}

    def brought_back(self) -> set[str]:
        """Articles that a person brought back by undoing a run, or gave their earlier version."""
        return {row[0] for row in self._db.execute("SELECT article_id FROM brought_back")}

    def want(self, contents: Mapping[str, str]) -> None:
        """Articles that were taken out are wanted again, as they are: somebody put them in."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM unwanted WHERE article_id = ?", [(one,) for one in contents]
            )
            self._db.executemany(
                "DELETE FROM unwanted_contents WHERE article_id = ? AND content_hash = ?",
                list(contents.items()),
            )


def _error(problem: str | None, remedy: str | None, stored: str | None) -> LoadError | None:
    """A source's last error; a version without codes writes only ``problem`` and ``remedy``."""
    if problem is None:
        return None
    data = json.loads(stored) if stored else {}
    if data.get("problem") == problem:
        return LoadError.from_json(data)
    return LoadError.from_text(problem, remedy or "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
