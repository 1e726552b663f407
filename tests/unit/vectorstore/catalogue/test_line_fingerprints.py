"""The query for near-duplicates reads the bands of one article, not those of all."""

from __future__ import annotations

from pathlib import Path

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.line_fingerprints import BAND, LineFingerprint
from vectorstore.core.types import Article


def test_the_query_for_duplicates_starts_with_one_article(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue.sqlite3")
    with catalogue.transaction():
        for n in range(400):
            article = Article(id=f"a{n}", title="", text="")
            catalogue.set_fingerprints(
                article, [LineFingerprint(BAND, n // 2 * 100 + i) for i in range(20)]
            )
    plans: list[str] = []
    rows = catalogue.rows

    def explained(sql: str, values: tuple[object, ...] = ()) -> list[object]:
        plans.extend(row[3] for row in rows(f"EXPLAIN QUERY PLAN {sql}", values))
        return rows(sql, values)

    catalogue.rows = explained  # type: ignore[method-assign,assignment]
    assert catalogue.duplicate_candidates("a6", limit=5) == ["a7"]
    (theirs,) = [step for step in plans if "SEARCH theirs" in step]
    assert "kind=? AND key=?" in theirs
    catalogue.close()
