"""What became of each source: a small database beside the store.

It holds when a source was synced last, what went wrong, and which articles it gave, so that what it
names no more can be told. Each sync is written in one transaction: a process that is killed leaves
the state of before. What is lost here only costs a sync of everything.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from ingest.report import Failure
from ingest.sources.source import Source

FILE_NAME = "sync.sqlite3"
FIRST_PAUSE = 300
"""Seconds until a source that failed is tried again, where its interval is not shorter …"""
LONGEST_PAUSE = 86_400
"""… doubled with each failure, up to this, where its interval is not longer."""
SOON = 60
"""Seconds until files that were still being written are looked for again."""
LATE = 3_600
"""Seconds after which a source that is due is overdue, where its interval is not longer."""
MAX_KEPT = 20
"""Failures of a source's articles that are kept with their texts."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY, place TEXT NOT NULL, settings TEXT NOT NULL DEFAULT '',
    ended REAL, succeeded REAL, failures INTEGER NOT NULL DEFAULT 0,
    problem TEXT, remedy TEXT, not_before REAL NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}', failed TEXT NOT NULL DEFAULT '[]',
    told INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS given (
    source TEXT NOT NULL, place TEXT NOT NULL, article_id TEXT NOT NULL, gone REAL,
    PRIMARY KEY (source, place)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS given_article ON given (article_id, source);
"""


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is doing. Times are seconds since the epoch, None for never.

    Attributes:
        ended: When the last sync ended, well or not.
        succeeded: When the last one ended well.
        failures: Syncs in a row that failed.
        problem, remedy: What was wrong with the last one, if it failed.
        not_before: When the server asks to be left alone until; after a success, when files that
            were still being written are looked for.
        counts: What the last successful sync did: ``added``, ``updated`` and so on.
        failed: Articles and files that could not be read in it, the first ``MAX_KEPT``.
        told: The failures have been reported to who looks after the source.
    """

    name: str
    ended: float | None = None
    succeeded: float | None = None
    failures: int = 0
    problem: str | None = None
    remedy: str | None = None
    not_before: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    failed: tuple[Failure, ...] = ()
    told: bool = False

    def due(self, source: Source) -> float:
        """When the next sync is due; 0 when there was none yet."""
        if self.failures and self.ended is not None:
            return max(self.ended + pause_after(self.failures, source.seconds), self.not_before)
        if self.succeeded is None:
            return 0.0
        due = self.succeeded + source.seconds
        return min(due, self.not_before) if self.not_before else due

    def is_overdue(self, source: Source, now: float) -> bool:
        """Whether nothing has synced the source for much longer than it asks for."""
        if self.ended is None or not source.enabled:
            return False
        return now > self.due(source) + max(source.seconds, LATE)

    def status(self, source: Source, now: float | None = None) -> str:
        """How the source is doing, in a word or two of English."""
        if not source.enabled:
            return "off"
        if self.failures:
            return "failing" if self.failures == 1 else f"failing ({self.failures})"
        if self.succeeded is None:
            return "new"
        if self.is_overdue(source, time.time() if now is None else now):
            return "overdue"
        return "partly" if self.counts.get("failed") else "ok"


class Given(NamedTuple):
    """An article that a source gave, and where in it."""

    place: str
    article_id: str


def pause_after(failures: int, every: int) -> float:
    """Seconds from a source's failure to the next try, after so many in a row.

    ``pause_after(1, 3600) == 300``, then 600, 1200 … up to a day.
    """
    first, longest = min(every, FIRST_PAUSE), max(every, LONGEST_PAUSE)
    return float(min(first * 2 ** min(failures - 1, 40), longest))


class SyncState:
    """The state of all sources. A context manager; several processes may use it at once."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            home / FILE_NAME, timeout=60, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # -- how sources are doing ----------------------------------------------------------------

    def of(self, name: str) -> SourceState:
        """How the source is doing; without any figure when it was never synced."""
        fields = "ended, succeeded, failures, problem, remedy, not_before, counts, failed, told"
        sql = f"SELECT {fields} FROM sources WHERE name = ?"  # noqa: S608 - no value is in it
        row = self._db.execute(sql, (name,)).fetchone()
        if row is None:
            return SourceState(name)
        values: dict[str, Any] = dict(zip(fields.split(", "), row, strict=True))
        values["counts"] = json.loads(values["counts"])
        values["failed"] = tuple(Failure(**one) for one in json.loads(values["failed"]))
        return SourceState(name, **{**values, "told": bool(values["told"])})

    def settings_of(self, name: str) -> str:
        """What the source said of its articles (publisher, language) at its last success."""
        row = self._db.execute("SELECT settings FROM sources WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def begin(self, source: Source) -> None:
        """A sync begins. What a source gave when it was another place's name is forgotten."""
        with self._transaction():
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
        texts = [
            {"place": f.place, "problem": f.problem, "remedy": f.remedy}
            for f, _ in zip(failed, range(MAX_KEPT), strict=False)
        ]
        now = time.time()
        self._db.execute(
            "UPDATE sources SET ended = ?, succeeded = ?, failures = 0, problem = NULL, "
            "remedy = NULL, not_before = ?, counts = ?, failed = ?, settings = ? WHERE name = ?",
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

    def fail(self, source: Source, problem: str, remedy: str, wait: float = 0.0) -> None:
        """A sync failed; its server may have asked to ``wait`` so many seconds."""
        now = time.time()
        self._db.execute(
            "UPDATE sources SET ended = ?, failures = failures + 1, problem = ?, remedy = ?, "
            "not_before = ? WHERE name = ?",
            (now, problem, remedy, now + wait if wait else 0.0, source.name),
        )

    def tell(self, name: str, told: bool) -> bool:
        """Note that a source's failure was told, or is over; whether that is new."""
        done = self._db.execute(
            "UPDATE sources SET told = ? WHERE name = ? AND told <> ?", (told, name, told)
        )
        return done.rowcount > 0

    def forget(self, name: str) -> None:
        """Forget all about a source; its articles stay."""
        with self._transaction():
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._db.execute("DELETE FROM given WHERE source = ?", (name,))
        self._db.execute("DELETE FROM sources WHERE name = ?", (name,))

    # -- what they gave -----------------------------------------------------------------------

    def give(self, name: str, met: Iterable[Given]) -> None:
        """Note articles that a source has."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO given VALUES (?, ?, ?, NULL) ON CONFLICT (source, place) DO UPDATE "
                "SET article_id = excluded.article_id, gone = NULL",
                [(name, one.place, one.article_id) for one in met],
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
        with self._transaction():
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


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
