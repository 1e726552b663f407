"""The catalogue: every article with its full text and passages, in SQLite. It is the truth.

Vectors and the lexical index are derived from it. A passage counts as searchable only while the
catalogue lists it, so one catalogue transaction switches an article from its old version to its
new one for every reader at once.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .types import Article, ArticleInfo, Passage, RetrievedPassage, timestamp


_M001_TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE articles (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, source TEXT,
        author TEXT, published_at TEXT, published_ts INTEGER, language TEXT NOT NULL,
        origin TEXT, original TEXT, metadata TEXT NOT NULL, content_hash TEXT NOT NULL,
        ingested_at TEXT NOT NULL
    )""",
    "CREATE INDEX articles_url ON articles(url) WHERE url IS NOT NULL",
    "CREATE INDEX articles_origin ON articles(origin) WHERE origin IS NOT NULL",
    "CREATE INDEX articles_published ON articles(published_ts)",
    """CREATE TABLE passages (
        id TEXT PRIMARY KEY, article_id TEXT NOT NULL, position INTEGER NOT NULL,
        start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
        UNIQUE (article_id, position)
    ) WITHOUT ROWID""",
    "CREATE TABLE journal (article_id TEXT PRIMARY KEY) WITHOUT ROWID",
)

_MIGRATIONS = (_M001_TABLES,)

_INFO = (
    "a.id, a.title, a.url, a.source, a.author, a.published_at, a.language, a.origin, "
    "length(a.text), a.ingested_at, (SELECT count(*) FROM passages p WHERE p.article_id = a.id)"
)


class Catalogue:
    """One SQLite file. Thread-safe; readers of other processes never block (WAL)."""

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
        if create:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._migrate()
        # A commit must be on disk before Chroma's leftovers are deleted on its strength.
        self._db.execute("PRAGMA synchronous=FULL")

    def _migrate(self) -> None:
        done = self._db.execute("PRAGMA user_version").fetchone()[0]
        if done >= len(_MIGRATIONS):
            return
        with self.transaction():
            done = self._db.execute("PRAGMA user_version").fetchone()[0]
            for number, statements in enumerate(_MIGRATIONS[done:], done + 1):
                for statement in statements:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={number}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

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

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # -- meta ---------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A value kept beside the articles (fingerprint, generation, folder names)."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Write a value; inside a transaction when it belongs to one."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """Grows with every commit that changes what can be found."""
        return int(self.meta("generation") or 0)

    def bump_generation(self) -> None:
        """Tell every reader to look again. Call inside the transaction of the change."""
        self.set_meta("generation", str(self.generation + 1))

    # -- journal ------------------------------------------------------------------------------

    def journal(self) -> list[str]:
        """Articles whose vectors or lexical entries may not agree with the catalogue."""
        return [row[0] for row in self._rows("SELECT article_id FROM journal ORDER BY 1")]

    def open_journal(self, article_ids: Iterable[str]) -> None:
        """Say, before touching anything, which articles are about to change."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO journal VALUES (?)", [(i,) for i in article_ids]
            )

    def close_journal(self, article_ids: Iterable[str]) -> None:
        """Say that all three parts agree again."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM journal WHERE article_id = ?", [(i,) for i in article_ids]
            )

    # -- writing ------------------------------------------------------------------------------

    def replace(self, article: Article, passages: Sequence[tuple[str, Passage]]) -> None:
        """Write an article and its ``(passage id, passage)`` list over any old version."""
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO articles VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    article.id,
                    article.title,
                    article.text,
                    article.url,
                    article.source,
                    article.author,
                    article.published_at.isoformat() if article.published_at else None,
                    timestamp(article.published_at) if article.published_at else None,
                    article.language,
                    article.origin,
                    article.original,
                    json.dumps(dict(article.metadata), ensure_ascii=False, default=str),
                    article.content_hash,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                ),
            )
            self.replace_passages(article.id, passages)

    def replace_passages(self, article_id: str, passages: Sequence[tuple[str, Passage]]) -> None:
        """Write only the passages of an article (when the chunker changed)."""
        with self._lock:
            self._db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
            self._db.executemany(
                "INSERT INTO passages VALUES (?,?,?,?,?,?)",
                [(pid, article_id, p.index, p.start, p.end, p.text) for pid, p in passages],
            )

    def set_origin(self, article_id: str, origin: str | None) -> None:
        """An unchanged article was found at another place."""
        with self._lock:
            self._db.execute("UPDATE articles SET origin = ? WHERE id = ?", (origin, article_id))

    def delete(self, article_id: str) -> None:
        """Remove an article and its passages."""
        with self._lock:
            self._db.execute("DELETE FROM passages WHERE article_id = ?", (article_id,))
            self._db.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    # -- reading ------------------------------------------------------------------------------

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Content hash per known id."""
        found: dict[str, str] = {}
        for part in _slices(article_ids):
            rows = self._rows(
                f"SELECT id, content_hash FROM articles WHERE id IN ({_marks(part)})",  # noqa: S608
                part,
            )
            found.update(rows)
        return found

    def origin_of(self, article_id: str) -> str | None:
        """Where a known article was loaded from."""
        rows = self._rows("SELECT origin FROM articles WHERE id = ?", (article_id,))
        return rows[0][0] if rows else None

    def id_by_url(self, url: str) -> str | None:
        """The article that already has this URL."""
        rows = self._rows("SELECT id FROM articles WHERE url = ? ORDER BY id LIMIT 1", (url,))
        return rows[0][0] if rows else None

    def ids_by_origin(self, origin: str) -> list[str]:
        """Articles loaded from one file."""
        return [r[0] for r in self._rows("SELECT id FROM articles WHERE origin = ?", (origin,))]

    def origins(self) -> list[tuple[str, str]]:
        """``(origin, article id)`` of every article that has an origin."""
        return self._rows("SELECT origin, id FROM articles WHERE origin IS NOT NULL ORDER BY id")

    def get(self, article_id: str) -> Article | None:
        """The whole article."""
        rows = self._rows(
            "SELECT id, title, text, url, source, author, published_at, language, origin, "
            "original, metadata FROM articles WHERE id = ?",
            (article_id,),
        )
        if not rows:
            return None
        row = rows[0]
        return Article(
            id=row[0],
            title=row[1],
            text=row[2],
            url=row[3],
            source=row[4],
            author=row[5],
            published_at=_moment(row[6]),
            language=row[7],
            origin=row[8],
            original=row[9],
            metadata=json.loads(row[10]),
        )

    def article_ids(self) -> list[str]:
        """All ids, sorted."""
        return [row[0] for row in self._rows("SELECT id FROM articles ORDER BY id")]

    def list_articles(
        self, *, limit: int = -1, offset: int = 0, search: str | None = None
    ) -> list[ArticleInfo]:
        """Newest first (undated last); ``search`` matches words of title, id or source."""
        where, values = "", []
        if search:
            like = "%" + search.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
            where = (
                "WHERE a.title LIKE ? ESCAPE '!' OR a.id LIKE ? ESCAPE '!' "
                "OR a.source LIKE ? ESCAPE '!'"
            )
            values = [like] * 3
        rows = self._rows(
            f"SELECT {_INFO} FROM articles a {where} "  # noqa: S608
            "ORDER BY a.published_ts IS NULL, a.published_ts DESC, a.id LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [_info(row) for row in rows]

    def info(self, article_id: str) -> ArticleInfo | None:
        """What is shown of one article."""
        rows = self._rows(f"SELECT {_INFO} FROM articles a WHERE a.id = ?", (article_id,))  # noqa: S608
        return _info(rows[0]) if rows else None

    def sources(self) -> list[tuple[str, int]]:
        """``(source, articles)``, most articles first."""
        return self._rows(
            "SELECT source, count(*) FROM articles WHERE source IS NOT NULL "
            "GROUP BY source ORDER BY 2 DESC, 1"
        )

    def counts(self) -> dict[str, Any]:
        """Articles, passages, characters and the span of dates."""
        row = self._rows(
            "SELECT count(*), coalesce(sum(length(text)), 0), min(published_at), max(published_at) "
            "FROM articles"
        )[0]
        passages = self._rows("SELECT count(*) FROM passages")[0][0]
        return {
            "articles": row[0],
            "passages": passages,
            "characters": row[1],
            "oldest": row[2],
            "newest": row[3],
        }

    def passages_of(self, article_id: str) -> list[tuple[str, Passage]]:
        """``(passage id, passage)`` of an article in reading order."""
        rows = self._rows(
            'SELECT id, position, start, "end", text FROM passages WHERE article_id = ? '
            "ORDER BY position",
            (article_id,),
        )
        return [(r[0], Passage(index=r[1], start=r[2], end=r[3], text=r[4])) for r in rows]

    def passage_ids(self) -> set[str]:
        """Ids of all passages."""
        return {row[0] for row in self._rows("SELECT id FROM passages")}

    def retrieve(self, passage_ids: Sequence[str]) -> dict[str, RetrievedPassage]:
        """Passages with their articles' heads; ids the catalogue does not list are left out."""
        found = {}
        for part in _slices(passage_ids):
            rows = self._rows(
                'SELECT p.id, p.position, p.start, p."end", p.text, '  # noqa: S608
                "a.id, a.title, a.url, a.source, a.author, a.published_at, a.language, a.origin "
                "FROM passages p JOIN articles a ON a.id = p.article_id "
                f"WHERE p.id IN ({_marks(part)})",
                part,
            )
            for r in rows:
                article = ArticleInfo(
                    id=r[5],
                    title=r[6],
                    url=r[7],
                    source=r[8],
                    author=r[9],
                    published_at=_moment(r[10]),
                    language=r[11],
                    origin=r[12],
                )
                found[r[0]] = RetrievedPassage(
                    id=r[0], article=article, index=r[1], start=r[2], end=r[3], text=r[4]
                )
        return found

    def integrity_problems(self) -> list[str]:
        """What SQLite itself finds wrong, and passages whose offsets do not fit their article."""
        problems = [r[0] for r in self._rows("PRAGMA quick_check") if r[0] != "ok"]
        orphans = self._rows(
            "SELECT count(*) FROM passages WHERE article_id NOT IN (SELECT id FROM articles)"
        )[0][0]
        if orphans:
            problems.append(f"{orphans} passages without an article")
        shifted = self._rows(
            "SELECT count(*) FROM passages p JOIN articles a ON a.id = p.article_id "
            'WHERE substr(a.text, p.start + 1, p."end" - p.start) <> p.text'
        )[0][0]
        if shifted:
            problems.append(f"{shifted} passages whose offsets do not give their text")
        return problems


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _info(row: Any) -> ArticleInfo:
    return ArticleInfo(
        id=row[0],
        title=row[1],
        url=row[2],
        source=row[3],
        author=row[4],
        published_at=_moment(row[5]),
        language=row[6],
        origin=row[7],
        characters=row[8],
        ingested_at=_moment(row[9]),
        passages=row[10],
    )


def _slices(values: Sequence[str], size: int = 500) -> Iterator[list[str]]:
    for i in range(0, len(values), size):
        yield list(values[i : i + size])


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
