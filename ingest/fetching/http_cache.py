"""Cache of HTTP validators (ETag, Last-Modified), for conditional requests in later runs."""

from __future__ import annotations

import sqlite3
import time
import zlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from ingest.fetching.fetcher import FetchResult

CACHE_FILE_NAME = "fetched.sqlite3"
_LISTING_LIFETIME = 30 * 86_400.0
"""Seconds after which a feed that was not requested again is dropped: they may be megabytes."""


class CachedPage(NamedTuple):
    """The last fetch of a page: the article on it, its validators, the time (epoch seconds)."""

    article_id: str
    etag: str | None
    modified: str | None
    at: float


class HttpCache(AbstractContextManager["HttpCache"]):
    """An SQLite database beside the store. Losing it only means that pages are fetched again.

    A page is pending until its article is stored (`commit_article`): if a run is killed in between,
    the page must be sent again. Of feeds and sitemaps the content is kept as well.
    """

    def __init__(self, home: Path) -> None:
        self._pending: dict[str, CachedPage] = {}
        self._pending_urls: dict[str, set[str]] = {}  # by article id
        home.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(home / CACHE_FILE_NAME, timeout=60, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS fetched (url TEXT PRIMARY KEY, article_id TEXT NOT NULL, "
            "etag TEXT, modified TEXT, at REAL NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS listings (asked TEXT PRIMARY KEY, url TEXT NOT NULL, "
            "charset TEXT, etag TEXT, modified TEXT, at REAL NOT NULL, data BLOB NOT NULL)"
        )

    def __exit__(self, *exception: object) -> None:
        self._db.close()

    def get_page(self, url: str) -> CachedPage | None:
        """The last fetch of ``url``, by this run or an earlier one."""
        if url in self._pending:
            return self._pending[url]
        row = self._db.execute(
            "SELECT article_id, etag, modified, at FROM fetched WHERE url = ?", (url,)
        ).fetchone()
        return CachedPage(*row) if row else None

    def add_pending(self, url: str, article_id: str, fetched: FetchResult) -> None:
        """Record the fetch of a page whose article is not stored yet."""
        self._pending[url] = CachedPage(article_id, fetched.etag, fetched.modified, time.time())
        self._pending_urls.setdefault(article_id, set()).add(url)

    def commit_article(self, article_id: str) -> None:
        """Persist the pending fetches of an article that is stored now."""
        for url in self._pending_urls.pop(article_id, ()):
            if url in self._pending and self._pending[url].article_id == article_id:
                self._db.execute(
                    "INSERT OR REPLACE INTO fetched VALUES (?,?,?,?,?)",
                    (url, *self._pending.pop(url)),
                )

    def touch_page(self, url: str) -> None:
        """Record that ``url`` was found unchanged now, unless a newer version is pending."""
        if url not in self._pending:
            self._db.execute("UPDATE fetched SET at = ? WHERE url = ?", (time.time(), url))

    def get_listing(self, requested_url: str) -> FetchResult | None:
        """The feed or sitemap that ``requested_url`` last led to."""
        row = self._db.execute(
            "SELECT url, charset, etag, modified, data FROM listings WHERE asked = ?",
            (requested_url,),
        ).fetchone()
        if row is None:
            return None
        url, charset, etag, modified, data = row
        try:
            content = zlib.decompress(data)
        except zlib.error:  # a damaged database: fetched again
            return None
        return FetchResult(url, content, charset=charset, etag=etag, modified=modified)

    def put_listing(self, requested_url: str, fetched: FetchResult) -> None:
        """Store a feed or sitemap if it has validators; otherwise delete its older version."""
        now = time.time()
        self._db.execute("DELETE FROM listings WHERE at < ?", (now - _LISTING_LIFETIME,))
        if not (fetched.etag or fetched.modified):
            self._db.execute("DELETE FROM listings WHERE asked = ?", (requested_url,))
            return
        row = (requested_url, fetched.url, fetched.charset, fetched.etag, fetched.modified, now)
        data = zlib.compress(fetched.data)
        self._db.execute("INSERT OR REPLACE INTO listings VALUES (?,?,?,?,?,?,?)", (*row, data))

    def clear(self) -> None:
        """Delete all entries."""
        self._db.execute("DELETE FROM fetched")
        self._db.execute("DELETE FROM listings")


def clear_cache(home: Path) -> None:
    """Clear the cache of ``home``, for example after the store was restored from a backup."""
    if (home / CACHE_FILE_NAME).exists():
        with HttpCache(home) as cache:
            cache.clear()
