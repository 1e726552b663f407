"""The catalogue: every article with its full text and passages, in SQLite. It is the truth.

Vectors are kept beside their passages, so Chroma and the lexical index can both be derived from
here. A passage counts as searchable only while the catalogue lists it, so one catalogue transaction
switches an article from its old version to its new one for every reader at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vectorstore.catalogue.change_log import ChangeLogTables
from vectorstore.catalogue.line_fingerprints import LineFingerprintTables
from vectorstore.catalogue.passages import PassageTables
from vectorstore.catalogue.rows import ARTICLE, INFO, conditions, to_article, to_info
from vectorstore.core import text_analysis
from vectorstore.core.types import Article, ArticleInfo, Filters, Passage, timestamp

if TYPE_CHECKING:
    import numpy as np

_PAGE = 1_000


class Catalogue(PassageTables, LineFingerprintTables, ChangeLogTables):
    """Articles, passages and vectors, and the journal of writes under way."""

    # -- journal ------------------------------------------------------------------------------

    def journal(self) -> list[str]:
        """Articles whose vectors or lexical entries may not agree with the catalogue."""
        return [row[0] for row in self.rows("SELECT article_id FROM journal ORDER BY 1")]

    def open_journal(self, article_ids: Iterable[str]) -> None:
        """Say, before touching anything, which articles are about to change."""
        with self.transaction():
            self.write_rows("INSERT OR IGNORE INTO journal VALUES (?)", [(i,) for i in article_ids])

    def close_journal(self, article_ids: Iterable[str] | None = None) -> None:
        """Say, inside a transaction, that all three parts agree again; None: about everything."""
        if article_ids is None:
            self._db.execute("DELETE FROM journal")
        else:
            keys = [(i,) for i in article_ids]
            self.write_rows("DELETE FROM journal WHERE article_id = ?", keys)

    # -- writing ------------------------------------------------------------------------------

    def replace(
        self, article: Article, passages: Sequence[tuple[str, Passage]], vectors: np.ndarray
    ) -> None:
        """Write an article, its ``(passage id, passage)`` list and vectors over an old version."""
        self.write_rows(
            "INSERT OR REPLACE INTO articles VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [
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
                )
            ],
        )
        self.replace_passages(article.id, passages, vectors)

    def replace_passages(
        self, article_id: str, passages: Sequence[tuple[str, Passage]], vectors: np.ndarray
    ) -> None:
        """Let an article that stays as it is have other passages, inside a transaction."""
        self.delete_passages([article_id])
        self.add_passages(article_id, passages, vectors)

    def set_origins(self, origins: dict[str, str | None]) -> None:
        """Unchanged articles were found at other places: origin per article id."""
        with self.transaction():
            self.write_rows(
                "UPDATE articles SET origin = ? WHERE id = ?",
                [(origin, article_id) for article_id, origin in origins.items()],
            )

    def delete(self, article_ids: Sequence[str]) -> None:
        """Remove articles with their passages, vectors and traces, inside a transaction."""
        self.delete_passages(article_ids)
        self.delete_fingerprints(article_ids)
        self.write_rows("DELETE FROM articles WHERE id = ?", [(i,) for i in article_ids])

    # -- reading ------------------------------------------------------------------------------

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Content hash per known id."""
        return dict(self.by_ids("SELECT id, content_hash FROM articles WHERE id IN", article_ids))

    def origins_of(self, article_ids: Sequence[str]) -> dict[str, str | None]:
        """Where known articles were loaded from."""
        return dict(self.by_ids("SELECT id, origin FROM articles WHERE id IN", article_ids))

    def ids_by_title(self, titles: Iterable[str], limit: int = 20) -> set[str]:
        """Articles that have one of ``titles``, a few for each; none without a title."""
        sql = "SELECT id FROM articles WHERE title = ? LIMIT ?"
        return {row[0] for t in set(titles) if t for row in self.rows(sql, (t, limit))}

    def id_by_url(self, url: str) -> str | None:
        """The article that already has this URL."""
        rows = self.rows("SELECT id FROM articles WHERE url = ? ORDER BY id LIMIT 1", (url,))
        return rows[0][0] if rows else None

    def ids_by_origin(self, origin: str) -> list[str]:
        """Articles loaded from one file."""
        return [r[0] for r in self.rows("SELECT id FROM articles WHERE origin = ?", (origin,))]

    def origins(self) -> Iterator[tuple[str, str]]:
        """``(origin, article id)`` of every article that has an origin, in order of id.

        A page is read at a time, so that they are never all in memory.
        """
        rows: Sequence[tuple[str, str]] = [("", "")]
        while rows:
            rows = self.rows(
                "SELECT origin, id FROM articles WHERE id > ? AND origin IS NOT NULL "
                "ORDER BY id LIMIT ?",
                (rows[-1][1], _PAGE),
            )
            yield from rows

    def get(self, article_id: str) -> Article | None:
        """The whole article."""
        rows = self.rows(f"SELECT {ARTICLE} FROM articles WHERE id = ?", (article_id,))  # noqa: S608
        return to_article(rows[0]) if rows else None

    def article_ids(self) -> list[str]:
        """All ids, sorted."""
        return [row[0] for row in self.rows("SELECT id FROM articles ORDER BY id")]

    def articles_after(self, article_id: str, limit: int) -> list[Article]:
        """The next ``limit`` whole articles in order of id; begin with ``""``."""
        rows = self.rows(
            f"SELECT {ARTICLE} FROM articles WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
            (article_id, limit),
        )
        return [to_article(row) for row in rows]

    def list_articles(
        self, *, limit: int = -1, offset: int = 0, search: str | None = None
    ) -> list[ArticleInfo]:
        """Newest first (undated last); ``search``: words that title, id or source contain.

        Spelling differences that readers do not hear (hamza, diacritics, digits) do not count.
        """
        words = text_analysis.normalise(search or "").split()
        place = "instr(normalised(a.title || ' ' || a.id || ' ' || coalesce(a.source, '')), ?)"
        rows = self.rows(
            f"SELECT {INFO} FROM articles a "  # noqa: S608
            f"WHERE {' AND '.join([place] * len(words)) or 'true'} "
            "ORDER BY a.published_ts IS NULL, a.published_ts DESC, a.id LIMIT ? OFFSET ?",
            [*words, limit, offset],
        )
        return [to_info(row) for row in rows]

    def newest(self, filters: Filters | None, limit: int) -> list[ArticleInfo]:
        """The ``limit`` newest dated articles that pass ``filters``, newest first."""
        clause, values = conditions(filters)
        rows = self.rows(
            f"SELECT {INFO} FROM articles a WHERE a.published_ts IS NOT NULL {clause} "  # noqa: S608
            "ORDER BY a.published_ts DESC, a.id LIMIT ?",
            [*values, limit],
        )
        return [to_info(row) for row in rows]

    def info(self, article_id: str) -> ArticleInfo | None:
        """What is shown of one article."""
        rows = self.rows(f"SELECT {INFO} FROM articles a WHERE a.id = ?", (article_id,))  # noqa: S608
        return to_info(rows[0]) if rows else None

    def infos(self, article_ids: Sequence[str]) -> dict[str, ArticleInfo]:
        """What is shown of some articles."""
        sql = f"SELECT {INFO} FROM articles a WHERE a.id IN"  # noqa: S608
        return {row[0]: to_info(row) for row in self.by_ids(sql, article_ids)}

    def sources(self) -> list[tuple[str, int]]:
        """``(source, articles)``, most articles first."""
        return self.rows(
            "SELECT source, count(*) FROM articles WHERE source IS NOT NULL "
            "GROUP BY source ORDER BY 2 DESC, 1"
        )

    def languages(self) -> list[tuple[str, int]]:
        """``(language, articles)``, most articles first."""
        return self.rows("SELECT language, count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1")

    def counts(self) -> dict[str, Any]:
        """Articles, passages, characters, and the dates of the oldest and the newest article."""
        articles, characters = self.rows(
            "SELECT count(*), coalesce(sum(length(text)), 0) FROM articles"
        )[0]
        span = [
            self.rows(
                "SELECT published_at FROM articles WHERE published_ts IS NOT NULL "  # noqa: S608
                f"ORDER BY published_ts {order} LIMIT 1"
            )
            for order in ("ASC", "DESC")
        ]
        return {
            "articles": articles,
            "passages": self.passage_count(),
            "characters": characters,
            "oldest": span[0][0][0] if span[0] else None,
            "newest": span[1][0][0] if span[1] else None,
        }

    def integrity_problems(self) -> list[str]:
        """What SQLite itself finds wrong, and passages whose offsets do not fit their article."""
        problems = [r[0] for r in self.rows("PRAGMA quick_check") if r[0] != "ok"]
        orphans = self.rows(
            "SELECT count(*) FROM passages WHERE article_id NOT IN (SELECT id FROM articles)"
        )[0][0]
        if orphans:
            problems.append(f"{orphans} passages without an article")
        if bare := self.passages_without_vector():
            problems.append(f"{bare} passages without a vector; `rawi store rebuild` mends it")
        shifted = self.rows(
            "SELECT count(*) FROM passages p JOIN articles a ON a.id = p.article_id "
            'WHERE substr(a.text, p.start + 1, p."end" - p.start) <> p.text'
        )[0][0]
        if shifted:
            problems.append(f"{shifted} passages whose offsets do not give their text")
        return problems
