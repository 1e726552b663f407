"""What was fetched before: so that a page or a feed that has not changed is not sent again."""

from __future__ import annotations

import time
import zlib
from pathlib import Path
from typing import NamedTuple

from ingest.fetching.fetcher import FetchResult
from vectorstore.core.sqlite import SQLiteDatabase

FILE_NAME = "fetched.sqlite3"
_LISTINGS_KEPT = 30 * 86_400.0
"""Seconds after which a feed that was not asked for again is dropped: they may be megabytes."""


class CachedPage(NamedTuple):
    """A page as it was fetched last: which article it held, and when (seconds, epoch)."""

    article_id: str
    etag: str | None
    modified: str | None
    at: float


class HttpCache(SQLiteDatabase):
    """A small database beside the store. What is lost here is only fetched once more.

    How a page was fetched is held back until its article is in the store: were it written down
    before, a run that is killed in between would never have the page sent again.
    """

    def __init__(self, home: Path) -> None:
        self._held: dict[str, CachedPage] = {}
        self._of_article: dict[str, set[str]] = {}
        super().__init__(home / FILE_NAME)
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS fetched (url TEXT PRIMARY KEY, article_id TEXT NOT NULL, "
            "etag TEXT, modified TEXT, at REAL NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS listings (asked TEXT PRIMARY KEY, url TEXT NOT NULL, "
            "charset TEXT, etag TEXT, modified TEXT, at REAL NOT NULL, data BLOB NOT NULL)"
        )

    def recall(self, url: str) -> CachedPage | None:
        """How ``url`` was fetched last, by this run or one before."""
        if url in self._held:
            return self._held[url]
        row = self._db.execute(
            "SELECT article_id, etag, modified, at FROM fetched WHERE url = ?", (url,)
        ).fetchone()
        return CachedPage(*row) if row else None

    def hold(self, url: str, article_id: str, fetched: FetchResult) -> None:
        """Note that ``url`` held an article, to be remembered once that ``is_stored``."""
        self._held[url] = CachedPage(article_id, fetched.etag, fetched.modified, time.time())
        self._of_article.setdefault(article_id, set()).add(url)

    def is_stored(self, article_id: str) -> None:
        """Remember how the article was fetched: it is in the store as it was held."""
        for url in self._of_article.pop(article_id, ()):
            if url in self._held and self._held[url].article_id == article_id:
                self._db.execute(
                    "INSERT OR REPLACE INTO fetched VALUES (?,?,?,?,?)", (url, *self._held.pop(url))
                )

    def touch(self, url: str) -> None:
        """Remember that ``url`` still holds what it held."""
        if url in self._held:  # which is not yet what the store has
            return
        self._db.execute("UPDATE fetched SET at = ? WHERE url = ?", (time.time(), url))

    def recall_listing(self, asked: str) -> FetchResult | None:
        """The feed or sitemap at ``asked`` as it was sent last: a server may say it still is."""
        row = self._db.execute(
            "SELECT url, charset, etag, modified, data FROM listings WHERE asked = ?", (asked,)
        ).fetchone()
        if row is None:
            return None
        url, charset, etag, modified, data = row
        try:
            content = zlib.decompress(data)
        except zlib.error:  # a damaged file: fetched whole once more
            return None
        return FetchResult(url, content, charset=charset, etag=etag, modified=modified)

    def keep_listing(self, asked: str, fetched: FetchResult) -> None:
        """Remember the feed or sitemap at ``asked``, where its server can tell it from a newer."""
        self._db.execute("DELETE FROM listings WHERE at < ?", (time.time() - _LISTINGS_KEPT,))
        if not (fetched.etag or fetched.modified):
            self._db.execute("DELETE FROM listings WHERE asked = ?", (asked,))
            return
        row = (asked, fetched.url, fetched.charset, fetched.etag, fetched.modified, time.time())
        data = zlib.compress(fetched.data)
        self._db.execute("INSERT OR REPLACE INTO listings VALUES (?,?,?,?,?,?,?)", (*row, data))

    def forget_all(self) -> None:
        """Remember nothing any more."""
        self._db.execute("DELETE FROM fetched")
        self._db.execute("DELETE FROM listings")


def clear_cache(home: Path) -> None:
    """Have every page fetched whole the next time: the store is not what it was."""
    if (home / FILE_NAME).exists():
        with HttpCache(home) as memory:
            memory.forget_all()
