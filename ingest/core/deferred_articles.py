"""Articles set aside on disk."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator

from vectorstore.core.types import Article


class DeferredArticles:
    """Changed articles that wait for the end of a run, in case a newer version follows.

    They lie in a temporary SQLite database, which keeps little in memory, spills the rest to disk
    and vanishes with the process.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE waiting (id TEXT PRIMARY KEY, size INTEGER, article BLOB)")

    def put(self, article: Article, size: int) -> int:
        """Set ``article`` aside; the size of the older version that it replaces, 0 without one."""
        replaced = self.drop(article.id)
        self._db.execute(
            "INSERT INTO waiting VALUES (?, ?, ?)", (article.id, size, pickle.dumps(article))
        )
        return replaced

    def drop(self, article_id: str) -> int:
        """Forget a version that is not wanted any more; its size, 0 when there was none."""
        row = self._db.execute(
            "DELETE FROM waiting WHERE id = ? RETURNING size", (article_id,)
        ).fetchone()
        return int(row[0]) if row else 0

    def __iter__(self) -> Iterator[tuple[Article, int]]:
        """Articles and their sizes, in the order in which they came."""
        for blob, size in self._db.execute("SELECT article, size FROM waiting ORDER BY rowid"):
            yield pickle.loads(blob), size  # noqa: S301 - our own bytes of a moment ago

    def close(self) -> None:
        """Let go of the disk space."""
        self._db.close()
