"""The catalogue's passages and their vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vectorstore.catalogue import schema
from vectorstore.catalogue.database import CatalogueDatabase
from vectorstore.catalogue.rows import (
    RETRIEVED_COLUMNS,
    as_matrix,
    as_vector,
    conditions,
    to_retrieved,
)
from vectorstore.core.types import Filters, Passage, RetrievedPassage

if TYPE_CHECKING:
    import numpy as np

STAGING_SUFFIX = "_next"
"""Suffix of the staging tables that a rebuild fills."""

MAX_EMBEDDED_TITLE_LENGTH = 200
"""Longest part of a title that is embedded, so that the passage stays in the model's window."""

EMBEDDED_TITLES_KEY = "embedded_titles"
"""Metadata key for the `MAX_EMBEDDED_TITLE_LENGTH` of the stored vectors. Not set for older stores,
whose vectors include whole titles and are only reused if the title is short enough."""

TextKey = tuple[str, str, str]
"""Article id, title and text of a passage; equal keys have equal vectors."""


class PassageTables(CatalogueDatabase):
    """Passages, their vectors, and staging tables for both."""

    # -- passages -----------------------------------------------------------------------------

    def add_passages(
        self,
        article_id: str,
        passages: Sequence[tuple[str, Passage]],
        vectors: np.ndarray,
        *,
        suffix: str = "",
    ) -> None:
        """Insert passages and their vectors (n, d), inside a transaction."""
        self.write_rows(
            f"INSERT INTO passages{suffix} VALUES (?,?,?,?,?,?)",  # noqa: S608
            [(pid, article_id, p.index, p.start, p.end, p.text) for pid, p in passages],
        )
        self.write_rows(
            f"INSERT OR REPLACE INTO vectors{suffix} VALUES (?,?)",  # noqa: S608
            [
                (pid, row.astype("<f4").tobytes())
                for (pid, _), row in zip(passages, vectors, strict=True)
            ],
        )

    def delete_passages(self, article_ids: Sequence[str]) -> None:
        """Delete the passages of articles and their vectors, inside a transaction."""
        keys = [(i,) for i in article_ids]
        self.write_rows(
            "DELETE FROM vectors WHERE passage_id IN "
            "(SELECT id FROM passages WHERE article_id = ?)",
            keys,
        )
        self.write_rows("DELETE FROM passages WHERE article_id = ?", keys)

    def passages_of(self, article_id: str) -> list[tuple[str, Passage]]:
        """``(passage id, passage)`` of an article in reading order."""
        return self.passages_of_all([article_id])[article_id]

    def passages_of_all(self, article_ids: Sequence[str]) -> dict[str, list[tuple[str, Passage]]]:
        """`passages_of` for several articles at once."""
        found: dict[str, list[tuple[str, Passage]]] = {i: [] for i in article_ids}
        sql = (
            'SELECT article_id, id, position, start, "end", text FROM passages WHERE article_id IN'
        )
        for row in self.rows_by_ids(sql, article_ids):
            found[row[0]].append((row[1], Passage(row[2], row[3], row[4], row[5])))
        for passages in found.values():
            passages.sort(key=lambda item: item[1].index)
        return found

    def passage_counts(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Number of passages by article, without articles that have none."""
        sql = "SELECT article_id FROM passages WHERE article_id IN"
        return Counter(row[0] for row in self.rows_by_ids(sql, article_ids))

    def passage_count(self) -> int:
        """Number of all passages."""
        return int(self.rows("SELECT count(*) FROM passages")[0][0])

    def passage_ids(self) -> set[str]:
        """Ids of all passages."""
        return {row[0] for row in self.rows("SELECT id FROM passages")}

    def passage_ids_of(self, article_ids: Sequence[str]) -> set[str]:
        """Ids of the passages of some articles."""
        sql = "SELECT id FROM passages WHERE article_id IN"
        return {row[0] for row in self.rows_by_ids(sql, article_ids)}

    def existing(self, passage_ids: Sequence[str]) -> set[str]:
        """Those of ``passage_ids`` that exist."""
        sql = "SELECT id FROM passages WHERE id IN"
        return {row[0] for row in self.rows_by_ids(sql, passage_ids)}

    def retrieve(self, passage_ids: Sequence[str]) -> dict[str, RetrievedPassage]:
        """Existing passages of ``passage_ids`` by id, without scores."""
        sql = (
            f"SELECT {RETRIEVED_COLUMNS} FROM passages p "  # noqa: S608
            "JOIN articles a ON a.id = p.article_id WHERE p.id IN"
        )
        return {p.id: p for p in map(to_retrieved, self.rows_by_ids(sql, passage_ids))}

    # -- vectors ------------------------------------------------------------------------------

    def vectors_of(self, passage_ids: Sequence[str]) -> dict[str, np.ndarray]:
        """Vectors (d,) by passage id, without passages that have none."""
        sql = "SELECT passage_id, vector FROM vectors WHERE passage_id IN"
        return {pid: as_vector(blob) for pid, blob in self.rows_by_ids(sql, passage_ids)}

    def vectors_by_text(self, article_ids: Sequence[str]) -> dict[TextKey, np.ndarray]:
        """Vectors of the passages of articles, by what they were computed from."""
        rows = self.rows_by_ids(
            "SELECT a.id, a.title, p.text, v.vector FROM passages p JOIN articles a "
            "ON a.id = p.article_id JOIN vectors v ON v.passage_id = p.id WHERE a.id IN",
            article_ids,
        )
        return {(row[0], row[1], row[2]): as_vector(row[3]) for row in rows}

    def reusable_vectors(self, article_ids: Sequence[str]) -> dict[TextKey, np.ndarray]:
        """`vectors_by_text`, without vectors that would be computed from another text today."""
        found = self.vectors_by_text(article_ids)
        if self.meta(EMBEDDED_TITLES_KEY) == str(MAX_EMBEDDED_TITLE_LENGTH):
            return found
        return {key: row for key, row in found.items() if len(key[1]) <= MAX_EMBEDDED_TITLE_LENGTH}

    def outdated_vectors(self) -> int:
        """Number of articles whose vectors would be computed from another text today."""
        if self.meta(EMBEDDED_TITLES_KEY) == str(MAX_EMBEDDED_TITLE_LENGTH):
            return 0
        sql = "SELECT count(*) FROM articles WHERE length(title) > ?"
        return int(self.rows(sql, (MAX_EMBEDDED_TITLE_LENGTH,))[0][0])

    def matrix_of(self, passage_ids: Sequence[str]) -> tuple[list[str], np.ndarray]:
        """Those ids that have a vector, and their vectors (n, d) in the same order."""
        sql = "SELECT passage_id, vector FROM vectors WHERE passage_id IN"
        rows = list(self.rows_by_ids(sql, passage_ids))
        return [row[0] for row in rows], as_matrix([row[1] for row in rows])

    def all_vectors(self) -> tuple[list[str], np.ndarray]:
        """The sorted ids of all passages, and their vectors (n, d) in the same order."""
        rows = self.rows("SELECT passage_id, vector FROM vectors ORDER BY passage_id")
        return [row[0] for row in rows], as_matrix([row[1] for row in rows])

    def passages_without_vector(self) -> int:
        """Number of passages without a vector."""
        sql = "SELECT count(*) FROM passages WHERE id NOT IN (SELECT passage_id FROM vectors)"
        return int(self.rows(sql)[0][0])

    # -- filters ------------------------------------------------------------------------------

    def filtered_ids(
        self, filters: Filters | None, passage_ids: Sequence[str] | None = None
    ) -> list[str]:
        """Ids of all passages, or those of ``passage_ids``, whose articles match ``filters``."""
        where, values = conditions(filters)
        sql = (
            "SELECT p.id FROM articles a JOIN passages p ON p.article_id = a.id "  # noqa: S608
            f"WHERE true {where}"
        )
        if passage_ids is None:
            return [row[0] for row in self.rows(sql, values)]
        return [row[0] for row in self.rows_by_ids(f"{sql} AND p.id IN", passage_ids, values)]

    def passage_filter_values(self) -> dict[str, tuple[int | None, str | None, str | None]]:
        """Date (seconds since the epoch), source and section of every passage's article, by id."""
        # Four statements answered by indexes; one join would read the text of every article.
        dates = dict(self.rows("SELECT id, published_ts FROM articles"))
        sources = dict(self.rows("SELECT id, source FROM articles"))
        sections = dict(self.rows("SELECT id, section FROM articles"))
        owners = self.rows("SELECT id, article_id FROM passages")
        return {
            pid: (dates.get(owner), sources.get(owner), sections.get(owner))
            for pid, owner in owners
        }

    def selectivity(self, filters: Filters) -> float:
        """The share of all articles that match ``filters``, in [0, 1]."""
        where, values = conditions(filters)
        passing, total = self.rows(
            f"SELECT (SELECT count(*) FROM articles a WHERE true {where}), "  # noqa: S608
            "(SELECT count(*) FROM articles)",
            values,
        )[0]
        return passing / total if total else 0.0

    # -- staging ------------------------------------------------------------------------------

    def has_staging(self) -> bool:
        """Whether there are staging tables."""
        sql = "SELECT count(*) FROM sqlite_master WHERE name IN ('passages_next', 'vectors_next')"
        return bool(self.rows(sql)[0][0])

    def begin_staging(self) -> None:
        """Create empty staging tables of passages and vectors."""
        with self.transaction():
            self._drop(STAGING_SUFFIX)
            schema.create_passages(self._db, f"passages{STAGING_SUFFIX}")
            schema.create_vectors(self._db, f"vectors{STAGING_SUFFIX}")

    def drop_staging(self) -> None:
        """Drop the staging tables of passages and vectors."""
        with self.transaction():
            self._drop(STAGING_SUFFIX)

    def switch_staging(self) -> None:
        """Replace passages and vectors by the staging tables, inside a transaction."""
        self._drop("")
        for table in ("passages", "vectors"):
            self._db.execute(f"ALTER TABLE {table}{STAGING_SUFFIX} RENAME TO {table}")

    def _drop(self, suffix: str) -> None:
        for table in ("passages", "vectors"):
            self._db.execute(f"DROP TABLE IF EXISTS {table}{suffix}")
