"""What articles show of one another: lines that several carry, headlines of others, copies.

An article leaves *traces*: the keys of its title, of lines that may be other stories' teasers, and
the bands of its MinHash. Ingest computes and judges them (its ``Sifter``); here they are kept, so
that an article that comes later can prove a line of an earlier one to be a teaser, or the two to
be twins: copies of one story. All of it is derived from the articles and changes with them, in the
same transactions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from vectorstore.catalogue import schema
from vectorstore.catalogue.database import CatalogueDatabase
from vectorstore.core.types import Article, Passage

TITLE, HEADLINE, SENTENCE, BAND = 1, 2, 3, 4
"""Kinds of traces: an article's title, a line of its text that looks like the headline of another,
another line of it, a band of its MinHash."""
LINES = (HEADLINE, SENTENCE)

MOST_HOLDERS = 200
"""Articles that are looked at for one key, at most; the first by number."""


class LineFingerprint(NamedTuple):
    """One trace: its kind and a key of 63 bits that equal things share."""

    kind: int
    key: int


@dataclass(frozen=True, slots=True)
class Holder:
    """An article that left a trace."""

    article_id: str
    source: str | None
    title: str


class BoilerplateDetector(Protocol):
    """Ingest's knowledge of texts, as the store needs it while it writes."""

    def traces(self, article: Article) -> Set[LineFingerprint]:
        """All traces of an article."""

    def is_teaser(self, held: Mapping[int, Sequence[Holder]], twins: Mapping[str, str]) -> bool:
        """Whether lines of one key are no part of the articles that have them.

        ``held`` are the articles by the kind of trace; ``twins`` names, per article that has
        copies, the group of them.
        """

    def are_twins(self, one: Article, other: Article) -> bool:
        """Whether two articles are copies of one story."""

    def cut(self, article: Article, teasers: Set[int]) -> Sequence[Passage]:
        """The passages of an article without the lines whose keys are ``teasers``."""


class LineFingerprintTables(CatalogueDatabase):
    """Traces, lines known to be teasers, and twins."""

    # -- writing, inside a transaction --------------------------------------------------------

    def set_traces(
        self, article: Article, traces: Iterable[LineFingerprint], *, suffix: str = ""
    ) -> None:
        """Let ``traces`` take the place of what the article left before."""
        self.forget_traces([article.id], suffix=suffix)
        self.write_rows(
            f"INSERT INTO traced{suffix} (article_id, source, title) VALUES (?,?,?)",  # noqa: S608
            [(article.id, article.source, article.title)],
        )
        number = self._numbers([article.id], suffix)[article.id]
        self.write_rows(
            f"INSERT INTO traces{suffix} VALUES (?,?,?)",  # noqa: S608
            [(number, trace.kind, trace.key) for trace in traces],
        )

    def forget_traces(self, article_ids: Sequence[str], *, suffix: str = "") -> None:
        """Remove what articles left; what their traces proved is to be judged again."""
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

    def add_twins(self, article_id: str, others: Collection[str], *, suffix: str = "") -> None:
        """Note that two and two articles are copies of one story."""
        numbers = self._numbers([article_id, *others], suffix)
        own = numbers[article_id]
        pairs = [(own, numbers[other]) for other in others]
        self.write_rows(
            f"INSERT OR IGNORE INTO twins{suffix} VALUES (?,?)",  # noqa: S608
            [*pairs, *((b, a) for a, b in pairs)],
        )

    def set_teasers(self, verdicts: Mapping[int, bool], *, suffix: str = "") -> None:
        """Note of keys of lines whether they are teasers; with that they are judged."""
        yes = [(key,) for key, teaser in verdicts.items() if teaser]
        no = [(key,) for key, teaser in verdicts.items() if not teaser]
        self.write_rows(f"INSERT OR IGNORE INTO teasers{suffix} VALUES (?)", yes)  # noqa: S608
        self.write_rows(f"DELETE FROM teasers{suffix} WHERE key = ?", no)  # noqa: S608
        self.write_rows(
            f"DELETE FROM unsifted{suffix} WHERE key = ?",  # noqa: S608
            [(key,) for key in verdicts],
        )

    # -- reading ------------------------------------------------------------------------------

    def line_keys(self, article_ids: Sequence[str], *, suffix: str = "") -> set[int]:
        """Keys of the articles' titles and lines."""
        sql = (
            f"SELECT t.key FROM traces{suffix} t JOIN traced{suffix} a USING (number) "  # noqa: S608
            f"WHERE t.kind <> {BAND} AND a.article_id IN"
        )
        return {row[0] for row in self.by_ids(sql, article_ids)}

    def unsifted(self, *, suffix: str = "") -> set[int]:
        """Keys of lines whose holders have changed since they were judged."""
        return {row[0] for row in self.rows(f"SELECT key FROM unsifted{suffix}")}  # noqa: S608

    def holders(
        self, keys: Collection[int], *, suffix: str = ""
    ) -> dict[int, dict[int, list[Holder]]]:
        """Per key of a title or line, the articles that left it by the kind of trace."""
        found: dict[int, dict[int, list[Holder]]] = {key: {} for key in keys}
        sql = (
            "SELECT t.key, t.kind, a.article_id, a.source, a.title "  # noqa: S608
            f"FROM traces{suffix} t JOIN traced{suffix} a USING (number) "
            f"WHERE t.kind IN ({TITLE}, {HEADLINE}, {SENTENCE}) AND t.key IN"
        )
        for key, kind, *head in self.by_ids(sql, sorted(keys)):
            same = found[key].setdefault(kind, [])
            if len(same) < MOST_HOLDERS:
                same.append(Holder(*head))
        return found

    def teasers_among(self, keys: Collection[int], *, suffix: str = "") -> set[int]:
        """Those of ``keys`` that are known to be teasers."""
        sql = f"SELECT key FROM teasers{suffix} WHERE key IN"  # noqa: S608
        return {row[0] for row in self.by_ids(sql, sorted(keys))}

    def holding(self, keys: Collection[int]) -> list[str]:
        """Articles that have a line of one of ``keys``, sorted."""
        sql = (
            "SELECT a.article_id FROM traces t JOIN traced a USING (number) "  # noqa: S608
            f"WHERE t.kind IN ({HEADLINE}, {SENTENCE}) AND t.key IN"
        )
        return sorted({row[0] for row in self.by_ids(sql, sorted(keys))})

    def sharing_bands(self, article_id: str, *, limit: int, suffix: str = "") -> list[str]:
        """Other articles that may be copies of this one, those with most bands in common first."""
        # CROSS JOIN keeps SQLite to this order; its own begins with every article's bands.
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

    def has_twins(self, *, suffix: str = "") -> bool:
        """Whether there are any copies at all."""
        return bool(self.rows(f"SELECT EXISTS (SELECT 1 FROM twins{suffix})")[0][0])  # noqa: S608

    def twins(self, article_ids: Iterable[str], *, suffix: str = "") -> dict[str, tuple[str, ...]]:
        """The whole group, sorted, of each of some articles that has copies."""
        if not self.has_twins(suffix=suffix):
            return {}
        sql = (
            f"SELECT DISTINCT a.article_id FROM twins{suffix} t "  # noqa: S608
            f"JOIN traced{suffix} a USING (number) WHERE a.article_id IN"
        )
        paired = [row[0] for row in self.by_ids(sql, sorted(set(article_ids)))]
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
        return dict(self.by_ids(sql, article_ids))

    # -- staging ------------------------------------------------------------------------------

    def stage_traces(self, suffix: str) -> None:
        """Empty tables beside the others."""
        self.drop_traces(suffix)
        schema.create_traces(self._db, suffix)

    def switch_traces(self, suffix: str) -> None:
        """Let the staged tables take the place of the others."""
        self.drop_traces("")
        for table in schema.TRACES:
            self._db.execute(f"ALTER TABLE {table}{suffix} RENAME TO {table}")

    def drop_traces(self, suffix: str) -> None:
        """Remove tables."""
        for table in schema.TRACES:
            self._db.execute(f"DROP TABLE IF EXISTS {table}{suffix}")
