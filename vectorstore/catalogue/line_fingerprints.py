"""Fingerprints of articles' lines, used to detect boilerplate and near-duplicate articles.

Stored per article: 63-bit keys of its title, of lines that may belong to other stories, and of the
bands of its MinHash. A `BoilerplateDetector` computes and classifies them; keeping them here
lets an article that is added later mark a line of an earlier one as boilerplate, or the two as
near-duplicates. All of it derives from the articles and changes in the same transactions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vectorstore.catalogue import schema
from vectorstore.catalogue.database import CatalogueDatabase
from vectorstore.core.types import Article

TITLE, HEADLINE, SENTENCE, BAND, TAIL, LEAD = 1, 2, 3, 4, 5, 6
"""Kinds of fingerprints: an article's title, a headline-like line of its text, another line of it,
a band of its MinHash, a paragraph of its tail that has little in common with it, its lead."""
LINE_KINDS = (HEADLINE, SENTENCE, TAIL, LEAD)
"""Kinds whose verdicts decide how an article is chunked."""

MAX_OCCURRENCES = 200
"""Largest number of articles considered for one key and kind, those stored first."""


class LineFingerprint(NamedTuple):
    """A kind and a 63-bit key that is equal for equal content."""

    kind: int
    key: int


@dataclass(frozen=True, slots=True)
class LineOccurrence:
    """An article with a certain fingerprint."""

    article_id: str
    source: str | None
    title: str


class LineFingerprintTables(CatalogueDatabase):
    """Fingerprints, boilerplate lines and pairs of near-duplicates.

    Methods that write must be called inside a transaction. ``suffix`` selects the staging tables.
    """

    # -- writing ------------------------------------------------------------------------------

    def set_fingerprints(
        self, article: Article, fingerprints: Iterable[LineFingerprint], *, suffix: str = ""
    ) -> None:
        """Replace the fingerprints of an article."""
        self.delete_fingerprints([article.id], suffix=suffix)
        self.write_rows(
            f"INSERT INTO traced{suffix} (article_id, source, title) VALUES (?,?,?)",  # noqa: S608
            [(article.id, article.source, article.title)],
        )
        number = self._numbers([article.id], suffix)[article.id]
        self.write_rows(
            f"INSERT INTO traces{suffix} VALUES (?,?,?)",  # noqa: S608
            [(number, kind, key) for kind, key in fingerprints],
        )

    def delete_fingerprints(self, article_ids: Sequence[str], *, suffix: str = "") -> None:
        """Delete all data of articles; keys they had become pending (see `pending_line_keys`)."""
        numbers = [(n,) for n in self._numbers(article_ids, suffix).values()]
        self.write_rows(
            f"INSERT OR IGNORE INTO unsifted{suffix} "  # noqa: S608
            f"SELECT key FROM traces{suffix} WHERE number = ? AND kind <> {BAND}",
            numbers,
        )
        for table, column in (
            ("traces", "number"),
            ("twins", "number"),
            ("twins", "other"),
            ("traced", "number"),
        ):
            self.write_rows(f"DELETE FROM {table}{suffix} WHERE {column} = ?", numbers)  # noqa: S608

    def add_duplicates(self, article_id: str, others: Collection[str], *, suffix: str = "") -> None:
        """Record ``article_id`` and each of ``others`` as a pair of near-duplicates."""
        numbers = self._numbers([article_id, *others], suffix)
        own = numbers[article_id]
        pairs = [(own, numbers[other]) for other in others]
        self.write_rows(
            f"INSERT OR IGNORE INTO twins{suffix} VALUES (?,?)",  # noqa: S608
            [*pairs, *((b, a) for a, b in pairs)],
        )

    def set_boilerplate(self, verdicts: Mapping[int, bool], *, suffix: str = "") -> None:
        """Record for line keys whether they are boilerplate; they are no longer pending."""
        yes = [(key,) for key, boilerplate in verdicts.items() if boilerplate]
        no = [(key,) for key, boilerplate in verdicts.items() if not boilerplate]
        self.write_rows(f"INSERT OR IGNORE INTO teasers{suffix} VALUES (?)", yes)  # noqa: S608
        self.write_rows(f"DELETE FROM teasers{suffix} WHERE key = ?", no)  # noqa: S608
        self.write_rows(
            f"DELETE FROM unsifted{suffix} WHERE key = ?",  # noqa: S608
            [(key,) for key in verdicts],
        )

    # -- reading ------------------------------------------------------------------------------

    def line_keys(self, article_ids: Sequence[str], *, suffix: str = "") -> set[int]:
        """Keys of the titles and lines of articles."""
        sql = (
            f"SELECT t.key FROM traces{suffix} t JOIN traced{suffix} a USING (number) "  # noqa: S608
            f"WHERE t.kind <> {BAND} AND a.article_id IN"
        )
        return {row[0] for row in self.rows_by_ids(sql, article_ids)}

    def pending_line_keys(self, *, suffix: str = "") -> set[int]:
        """Keys whose occurrences have changed since they were classified."""
        return {row[0] for row in self.rows(f"SELECT key FROM unsifted{suffix}")}  # noqa: S608

    def occurrences(
        self, keys: Collection[int], *, suffix: str = ""
    ) -> dict[int, dict[int, list[LineOccurrence]]]:
        """For each key, its occurrences in titles and lines by kind."""
        found: dict[int, dict[int, list[LineOccurrence]]] = {key: {} for key in keys}
        sql = (
            "SELECT t.key, t.kind, a.article_id, a.source, a.title "  # noqa: S608
            f"FROM traces{suffix} t JOIN traced{suffix} a USING (number) "
            f"WHERE t.kind <> {BAND} AND t.key IN"
        )
        for key, kind, *head in self.rows_by_ids(sql, sorted(keys)):
            same = found[key].setdefault(kind, [])
            if len(same) < MAX_OCCURRENCES:
                same.append(LineOccurrence(*head))
        return found

    def has_old_fingerprints(self) -> bool:
        """Whether an older version computed the fingerprints of an article: its lead is missing."""
        kinds = "SELECT 1 FROM traces t WHERE t.number = a.number AND t.kind"
        return bool(
            self.rows(
                "SELECT EXISTS (SELECT 1 FROM traced a "  # noqa: S608
                f"WHERE EXISTS ({kinds} = {BAND}) AND NOT EXISTS ({kinds} = {LEAD}))"
            )[0][0]
        )

    def boilerplate_among(self, keys: Collection[int], *, suffix: str = "") -> set[int]:
        """Those of ``keys`` that are boilerplate."""
        sql = f"SELECT key FROM teasers{suffix} WHERE key IN"  # noqa: S608
        return {row[0] for row in self.rows_by_ids(sql, sorted(keys))}

    def articles_with_lines(self, keys: Collection[int]) -> list[str]:
        """Sorted ids of the articles that have a line with one of ``keys``."""
        sql = (
            "SELECT a.article_id FROM traces t JOIN traced a USING (number) "  # noqa: S608
            f"WHERE t.kind IN {LINE_KINDS} AND t.key IN"
        )
        return sorted({row[0] for row in self.rows_by_ids(sql, sorted(keys))})

    def duplicate_candidates(self, article_id: str, *, limit: int, suffix: str = "") -> list[str]:
        """Ids of possible near-duplicates, those with most MinHash bands in common first."""
        # CROSS JOIN fixes the join order; SQLite would start with the bands of all articles.
        rows = self.rows(
            f"SELECT b.article_id FROM traced{suffix} a "  # noqa: S608
            f"CROSS JOIN traces{suffix} mine ON mine.number = a.number AND mine.kind = {BAND} "
            f"CROSS JOIN traces{suffix} theirs ON theirs.kind = {BAND} AND theirs.key = mine.key "
            f"AND theirs.number <> mine.number "
            f"CROSS JOIN traced{suffix} b ON b.number = theirs.number "
            "WHERE a.article_id = ? GROUP BY theirs.number ORDER BY count(*) DESC, 1 LIMIT ?",
            (article_id, limit),
        )
        return [row[0] for row in rows]

    def has_duplicates(self, *, suffix: str = "") -> bool:
        """Whether the store has any near-duplicates."""
        return bool(self.rows(f"SELECT EXISTS (SELECT 1 FROM twins{suffix})")[0][0])  # noqa: S608

    def duplicate_groups(
        self, article_ids: Iterable[str], *, suffix: str = ""
    ) -> dict[str, tuple[str, ...]]:
        """The sorted ids of its group, for each article that has near-duplicates."""
        if not self.has_duplicates(suffix=suffix):
            return {}
        sql = (
            f"SELECT DISTINCT a.article_id FROM twins{suffix} t "  # noqa: S608
            f"JOIN traced{suffix} a USING (number) WHERE a.article_id IN"
        )
        paired = [row[0] for row in self.rows_by_ids(sql, sorted(set(article_ids)))]
        found: dict[str, tuple[str, ...]] = {}
        for article_id in paired:
            if article_id not in found:
                group = self._group(article_id, suffix)
                found.update(dict.fromkeys(group, group))
        return {article_id: found[article_id] for article_id in paired}

    def _group(self, article_id: str, suffix: str) -> tuple[str, ...]:
        rows = self.rows(
            "WITH RECURSIVE reached(number) AS ("  # noqa: S608
            f"SELECT number FROM traced{suffix} WHERE article_id = ? "
            f"UNION SELECT t.other FROM twins{suffix} t JOIN reached r ON t.number = r.number) "
            f"SELECT article_id FROM traced{suffix} JOIN reached USING (number) ORDER BY 1",
            (article_id,),
        )
        return tuple(row[0] for row in rows)

    def _numbers(self, article_ids: Sequence[str], suffix: str) -> dict[str, int]:
        sql = f"SELECT article_id, number FROM traced{suffix} WHERE article_id IN"  # noqa: S608
        return dict(self.rows_by_ids(sql, article_ids))

    # -- staging ------------------------------------------------------------------------------

    def stage_fingerprints(self, suffix: str) -> None:
        """Create empty staging tables."""
        self.drop_fingerprints(suffix)
        schema.create_fingerprints(self._db, suffix)

    def switch_fingerprints(self, suffix: str) -> None:
        """Replace the tables by the staging tables."""
        self.drop_fingerprints("")
        for table in schema.FINGERPRINT_TABLES:
            self._db.execute(f"ALTER TABLE {table}{suffix} RENAME TO {table}")

    def drop_fingerprints(self, suffix: str) -> None:
        """Drop the tables with ``suffix``."""
        for table in schema.FINGERPRINT_TABLES:
            self._db.execute(f"DROP TABLE IF EXISTS {table}{suffix}")
