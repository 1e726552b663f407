"""The changes made by each ingest run, so that a run can be undone.

A change is recorded in the same transaction: the previous version of the article, compressed, and
the hash of the new one. So the record of an interrupted run is exact.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from vectorstore.catalogue import schema
from vectorstore.catalogue.database import CatalogueDatabase
from vectorstore.catalogue.rows import ARTICLE_COLUMNS, parse_stored_date, to_article
from vectorstore.core.types import Article

RunKind = Literal["ingest", "telegram", "remove", "undo"]
"""What made the changes: ``rawi ingest``, an editor's job on Telegram, a removal by id, or the undo
of another run."""


@dataclass(frozen=True, slots=True)
class IngestRun:
    """One run. Its id, like ``20261126-0712-a3f``, starts with the UTC time to the minute."""

    id: str
    kind: RunKind
    sources: tuple[str, ...]
    began: datetime


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run and the number of its changes; ``ended`` is None if it is running or was killed."""

    id: str
    kind: str
    sources: tuple[str, ...]
    began: datetime
    ended: datetime | None
    added: int
    updated: int
    removed: int


class ArticleChange(NamedTuple):
    """Content hashes of an article before and after a run; None if it did not exist."""

    article_id: str
    before: str | None
    after: str | None


def pack_article(article: Article) -> bytes:
    """Compressed JSON of an article."""
    values = {f.name: getattr(article, f.name) for f in fields(article)}
    values["metadata"] = dict(article.metadata)
    values["published_at"] = article.published_at and article.published_at.isoformat()
    return zlib.compress(json.dumps(values, ensure_ascii=False, default=str).encode())


def unpack_article(blob: bytes) -> Article:
    """Inverse of `pack_article`."""
    values: dict[str, Any] = json.loads(zlib.decompress(blob))
    values["published_at"] = parse_stored_date(values["published_at"])
    return Article(**values)


class ChangeLogTables(CatalogueDatabase):
    """Runs and their changes. The tables are created with the first run."""

    # -- writing ------------------------------------------------------------------------------

    def begin_run(self, kind: RunKind, sources: Sequence[str]) -> IngestRun:
        """Insert a new run."""
        with self.transaction():
            while True:
                now = datetime.now(UTC).replace(microsecond=0)
                run_id = f"{now:%Y%m%d-%H%M}-{secrets.token_hex(2)[:3]}"
                run = IngestRun(run_id, kind, tuple(sources), now)
                if self._insert_run(run):
                    return run

    def record_changes(self, run: IngestRun, after: Mapping[str, str | None]) -> None:
        """Record the current versions of articles, inside the transaction that changes them.

        ``after`` holds their new content hashes, None for a removal. Of an article that a run
        changes twice, the first version is kept.
        """
        self._insert_run(run)
        number = self.rows("SELECT number FROM runs WHERE id = ?", (run.id,))[0][0]
        sql = f"SELECT {ARTICLE_COLUMNS}, a.content_hash FROM articles a WHERE a.id IN"  # noqa: S608
        stored = {row[0]: row for row in self.rows_by_ids(sql, list(after))}
        rows = []
        for article_id, new_hash in after.items():
            row = stored.get(article_id)
            old = (row[-1], pack_article(to_article(row))) if row is not None else (None, None)
            rows.append((number, article_id, old[0], new_hash, old[1]))
        self.write_rows(
            "INSERT INTO run_changes (run, article_id, before_hash, after_hash, before) "
            "VALUES (?,?,?,?,?) "
            "ON CONFLICT (run, article_id) DO UPDATE SET after_hash = excluded.after_hash",
            rows,
        )
        self.write_rows(
            "DELETE FROM run_changes WHERE run = ? AND article_id = ? "
            "AND before_hash IS after_hash",
            [(number, article_id) for article_id in after],
        )

    def end_run(self, run: IngestRun) -> None:
        """Set the time at which a run ended."""
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        with self.transaction():
            self.write_rows("UPDATE runs SET ended = ? WHERE id = ?", [(ended, run.id)])

    def prune_runs(self, *, keep: int, days: float) -> None:
        """Delete all but the last ``keep`` runs of the last ``days`` days.

        Runs without changes are counted separately.
        """
        if not self._has_runs():
            return
        since = datetime.now(UTC) - timedelta(days=days)
        changed = "EXISTS (SELECT 1 FROM run_changes WHERE run = number)"
        recent = " UNION ALL ".join(
            f"SELECT * FROM (SELECT number FROM runs WHERE {which} "  # noqa: S608
            f"ORDER BY number DESC LIMIT {int(keep)})"
            for which in (changed, f"NOT {changed}")
        )
        with self.transaction():
            self.write_rows(
                f"DELETE FROM runs WHERE began < ? OR number NOT IN ({recent})",  # noqa: S608
                [(since.isoformat(timespec="seconds"),)],
            )
            self.write_rows(
                "DELETE FROM run_changes WHERE run NOT IN (SELECT number FROM runs)", [()]
            )

    def _insert_run(self, run: IngestRun) -> bool:
        """Insert a run, inside a transaction; False if its id exists."""
        schema.add_runs(self._db)
        sources = json.dumps(run.sources, ensure_ascii=False)
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO runs (id, kind, sources, began) VALUES (?,?,?,?)",
            (run.id, run.kind, sources, run.began.isoformat()),
        )
        return cursor.rowcount > 0

    # -- reading ------------------------------------------------------------------------------

    def runs(self, *, limit: int = -1, run_id: str | None = None) -> list[RunInfo]:
        """Runs, the last one first; only ``run_id`` if it is given."""
        if not self._has_runs():
            return []
        rows = self.rows(
            "SELECT r.id, r.kind, r.sources, r.began, r.ended, "
            "coalesce(sum(c.before_hash IS NULL AND c.after_hash IS NOT NULL), 0), "
            "coalesce(sum(c.before_hash IS NOT NULL AND c.after_hash IS NOT NULL), 0), "
            "coalesce(sum(c.before_hash IS NOT NULL AND c.after_hash IS NULL), 0) "
            "FROM (SELECT * FROM runs WHERE ?1 IS NULL OR id = ?1 "
            "ORDER BY number DESC LIMIT ?2) r LEFT JOIN run_changes c ON c.run = r.number "
            "GROUP BY r.number ORDER BY r.number DESC",
            (run_id, limit),
        )
        return [
            RunInfo(
                row[0],
                row[1],
                tuple(json.loads(row[2])),
                datetime.fromisoformat(row[3]),
                parse_stored_date(row[4]),
                *row[5:],
            )
            for row in rows
        ]

    def changes(self, run_id: str) -> list[ArticleChange]:
        """The changes of a run, in order of article id."""
        if not self._has_runs():
            return []
        rows = self.rows(
            "SELECT article_id, before_hash, after_hash FROM run_changes "
            "JOIN runs ON number = run WHERE id = ? ORDER BY 1",
            (run_id,),
        )
        return [ArticleChange(*row) for row in rows]

    def versions_before(self, run_id: str, article_ids: Sequence[str]) -> dict[str, Article]:
        """Articles as they were before a run, by id; without those that it added."""
        sql = (
            "SELECT article_id, before FROM run_changes JOIN runs ON number = run "
            "WHERE before IS NOT NULL AND id = ? AND article_id IN"
        )
        return {
            row[0]: unpack_article(row[1]) for row in self.rows_by_ids(sql, article_ids, [run_id])
        }

    def removed_version(self, article_id: str) -> Article | None:
        """The last version of a removed article, as long as its removal can be undone."""
        if not self._has_runs():
            return None
        rows = self.rows(
            "SELECT before FROM run_changes WHERE article_id = ? AND after_hash IS NULL "
            "AND before IS NOT NULL ORDER BY run DESC LIMIT 1",
            (article_id,),
        )
        return unpack_article(rows[0][0]) if rows else None

    def _has_runs(self) -> bool:
        """Whether the tables exist."""
        sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'run_changes'"
        return bool(self.rows(sql)[0][0])
