"""The catalogue: all articles with their text, passages and vectors in SQLite; the source of truth.

Chroma and the lexical index can both be rebuilt from it. Search returns a passage only if the
catalogue lists it, so one transaction here replaces an article for all readers at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vectorstore.catalogue.change_log import ChangeLogTables
from vectorstore.catalogue.line_fingerprints import LineFingerprintTables
from vectorstore.catalogue.passages import PassageTables
from vectorstore.catalogue.rows import (
    ARTICLE_COLUMNS,
    INFO_COLUMNS,
    conditions,
    to_article,
    to_info,
)
from vectorstore.core import text_analysis
from vectorstore.core.sections import given_section
from vectorstore.core.types import Article, ArticleInfo, Filters, Passage, timestamp

if TYPE_CHECKING:
    import numpy as np

_ROWS_PER_PAGE = 1_000


class Catalogue(PassageTables, LineFingerprintTables, ChangeLogTables):
    """Articles, and the journal of unfinished writes."""

    # -- journal ------------------------------------------------------------------------------

    def journal(self) -> list[str]:
        """Sorted ids of articles whose entries in the indexes may not agree with the catalogue."""
        return [row[0] for row in self.rows("SELECT article_id FROM journal ORDER BY 1")]

    def open_journal(self, article_ids: Iterable[str]) -> None:
        """Add articles to the journal before they are changed."""
        with self.transaction():
            self.write_rows("INSERT OR IGNORE INTO journal VALUES (?)", [(i,) for i in article_ids])

    def close_journal(self, article_ids: Iterable[str] | None = None) -> None:
        """Remove articles, or all, from the journal; call inside the transaction of the change."""
        if article_ids is None:
            self.rows("DELETE FROM journal")
        else:
            keys = [(i,) for i in article_ids]
            self.write_rows("DELETE FROM journal WHERE article_id = ?", keys)

    # -- writing ------------------------------------------------------------------------------

    def replace(
        self,
        article: Article,
        passages: Sequence[tuple[str, Passage]],
        vectors: np.ndarray,
        section: str | None = None,
    ) -> None:
        """Insert or replace an article, its ``(passage id, passage)`` list and vectors (n, d).

        ``section`` is used if the article's source gives none. Call inside a transaction.
        """
        self.write_rows(
            "INSERT OR REPLACE INTO articles VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
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
                    given_section(article.metadata, article.url) or section,
                )
            ],
        )
        self.replace_passages(article.id, passages, vectors)

    def replace_passages(
        self, article_id: str, passages: Sequence[tuple[str, Passage]], vectors: np.ndarray
    ) -> None:
        """Replace the passages of an article, inside a transaction."""
        self.delete_passages([article_id])
        self.add_passages(article_id, passages, vectors)

    def set_origins(self, origins: dict[str, str | None]) -> None:
        """Update where articles were loaded from; ``origins`` by article id."""
        with self.transaction():
            self.write_rows(
                "UPDATE articles SET origin = ? WHERE id = ?",
                [(origin, article_id) for article_id, origin in origins.items()],
            )

    def delete(self, article_ids: Sequence[str]) -> None:
        """Delete articles with all their data, inside a transaction."""
        self.delete_passages(article_ids)
        self.delete_fingerprints(article_ids)
        self.write_rows("DELETE FROM articles WHERE id = ?", [(i,) for i in article_ids])

    # -- reading ------------------------------------------------------------------------------

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Content hashes by id, of those articles that exist."""
        return dict(
            self.rows_by_ids("SELECT id, content_hash FROM articles WHERE id IN", article_ids)
        )

    def origins_of(self, article_ids: Sequence[str]) -> dict[str, str | None]:
        """Where existing articles were loaded from, by id."""
        return dict(self.rows_by_ids("SELECT id, origin FROM articles WHERE id IN", article_ids))

    def ids_by_title(self, titles: Iterable[str], limit: int = 20) -> set[str]:
        """Ids of articles with one of the non-empty ``titles``, at most ``limit`` for each."""
        sql = "SELECT id FROM articles WHERE title = ? LIMIT ?"
        return {row[0] for t in set(titles) if t for row in self.rows(sql, (t, limit))}

    def id_by_url(self, url: str) -> str | None:
        """The first id of an article with this URL; None if there is none."""
        rows = self.rows("SELECT id FROM articles WHERE url = ? ORDER BY id LIMIT 1", (url,))
        return rows[0][0] if rows else None

    def ids_by_origin(self, origin: str) -> list[str]:
        """Ids of the articles loaded from one file or URL."""
        return [r[0] for r in self.rows("SELECT id FROM articles WHERE origin = ?", (origin,))]

    def origins(self) -> Iterator[tuple[str, str]]:
        """``(origin, article id)`` of all articles with an origin, in order of id.

        Read page by page, to keep memory small.
        """
        rows: Sequence[tuple[str, str]] = [("", "")]
        while rows:
            rows = self.rows(
                "SELECT origin, id FROM articles WHERE id > ? AND origin IS NOT NULL "
                "ORDER BY id LIMIT ?",
                (rows[-1][1], _ROWS_PER_PAGE),
            )
            yield from rows

    def get(self, article_id: str) -> Article | None:
        """The article with its text; None if it does not exist."""
        rows = self.rows(f"SELECT {ARTICLE_COLUMNS} FROM articles a WHERE id = ?", (article_id,))  # noqa: S608
        return to_article(rows[0]) if rows else None

    def article_ids(self) -> list[str]:
        """All ids, sorted."""
        return [row[0] for row in self.rows("SELECT id FROM articles ORDER BY id")]

    def articles_after(self, article_id: str, limit: int) -> list[Article]:
        """The next ``limit`` articles after an id, in order of id; start with ``""``."""
        rows = self.rows(
            f"SELECT {ARTICLE_COLUMNS} FROM articles a WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
            (article_id, limit),
        )
        return [to_article(row) for row in rows]

    def list_articles(
        self,
        *,
        limit: int = -1,
        offset: int = 0,
        search: str | None = None,
        filters: Filters | None = None,
    ) -> list[ArticleInfo]:
        """Articles that match ``filters``, newest first, undated ones last.

        ``search`` holds words that must all occur in the title, id or source, compared in
        normalised spelling. A negative ``limit`` means no limit.
        """
        clause, values = conditions(filters)
        words = text_analysis.normalise(search or "").split()
        place = "instr(normalised(a.title || ' ' || a.id || ' ' || coalesce(a.source, '')), ?)"
        rows = self.rows(
            f"SELECT {INFO_COLUMNS} FROM articles a "  # noqa: S608
            f"WHERE {' AND '.join([place] * len(words)) or 'true'} {clause} "
            "ORDER BY a.published_ts IS NULL, a.published_ts DESC, a.id LIMIT ? OFFSET ?",
            [*words, *values, limit, offset],
        )
        return [to_info(row) for row in rows]

    def newest(self, filters: Filters | None, limit: int) -> list[ArticleInfo]:
        """The ``limit`` newest dated articles that match ``filters``, newest first."""
        clause, values = conditions(filters)
        rows = self.rows(
            f"SELECT {INFO_COLUMNS} FROM articles a WHERE a.published_ts IS NOT NULL {clause} "  # noqa: S608
            "ORDER BY a.published_ts DESC, a.id LIMIT ?",
            [*values, limit],
        )
        return [to_info(row) for row in rows]

    def info(self, article_id: str) -> ArticleInfo | None:
        """An article without its text; None if it does not exist."""
        rows = self.rows(f"SELECT {INFO_COLUMNS} FROM articles a WHERE a.id = ?", (article_id,))  # noqa: S608
        return to_info(rows[0]) if rows else None

    def infos(self, article_ids: Sequence[str]) -> dict[str, ArticleInfo]:
        """Existing articles without their texts, by id."""
        sql = f"SELECT {INFO_COLUMNS} FROM articles a WHERE a.id IN"  # noqa: S608
        return {info.id: info for info in map(to_info, self.rows_by_ids(sql, article_ids))}

    def sources(self) -> list[tuple[str, int]]:
        """``(source, number of articles)``, largest first."""
        return self.rows(
            "SELECT source, count(*) FROM articles WHERE source IS NOT NULL "
            "GROUP BY source ORDER BY 2 DESC, 1"
        )

    def sections(self, filters: Filters | None = None) -> list[tuple[str, int]]:
        """``(section, number of articles)``, largest first; not of articles without one."""
        clause, values = conditions(filters)
        return self.rows(
            "SELECT a.section, count(*) FROM articles a WHERE a.section IS NOT NULL "  # noqa: S608
            f"{clause} GROUP BY 1 ORDER BY 2 DESC, 1",
            values,
        )

    def languages(self) -> list[tuple[str, int]]:
        """``(language, number of articles)``, largest first."""
        return self.rows("SELECT language, count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1")

    def count(self, filters: Filters | None = None) -> int:
        """Number of articles that match ``filters``."""
        clause, values = conditions(filters)
        sql = f"SELECT count(*) FROM articles a WHERE true {clause}"  # noqa: S608
        return int(self.rows(sql, values)[0][0])

    def counts(self) -> dict[str, Any]:
        """Numbers of articles, passages and characters, and the first and last date (ISO 8601)."""
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
        """Messages about damage that SQLite finds, and passages that do not fit their article."""
        problems = [r[0] for r in self.rows("PRAGMA quick_check") if r[0] != "ok"]
        orphans = self.rows(
            "SELECT count(*) FROM passages WHERE article_id NOT IN (SELECT id FROM articles)"
        )[0][0]
        if orphans:
            problems.append(f"{orphans} passages without an article")
        if missing := self.passages_without_vector():
            problems.append(f"{missing} passages without a vector; `rawi store rebuild` repairs it")
        shifted = self.rows(
            "SELECT count(*) FROM passages p JOIN articles a ON a.id = p.article_id "
            'WHERE substr(a.text, p.start + 1, p."end" - p.start) <> p.text'
        )[0][0]
        if shifted:
            problems.append(f"{shifted} passages whose offsets do not give their text")
        return problems
