"""Requests that are avoided or made conditional, by what was fetched before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ingest.core.urls import canonical_url
from ingest.loaders.web.context import WebContext
from ingest.text.dates import parse_date
from vectorstore.core.types import timestamp

if TYPE_CHECKING:
    from ingest.fetching import FetchResult
    from ingest.html.feeds import Entry

POLL_AGE_SHARE = 0.1
"""Share of a page's age after which it is requested again …"""
MAX_POLL_INTERVAL = 86_400.0
"""… and seconds after which it is in any case."""


def fetch_listing(web: WebContext, url: str) -> FetchResult:
    """The feed or sitemap at ``url``; from the cache if the server says that it is unchanged."""
    cached = web.cache.get_listing(url)
    if cached is None:
        return web.fetcher.fetch(url)
    fetched = web.fetcher.fetch(url, etag=cached.etag, modified=cached.modified)
    if not fetched.unchanged:
        return fetched
    # If it has moved, its relative links have another base.
    return cached if fetched.url == cached.url else web.fetcher.fetch(url)


def cache_listing(web: WebContext, url: str, fetched: FetchResult) -> None:
    """Cache a feed or sitemap that is complete; note in ``web.listing`` if it is not."""
    from ingest.html.feeds import is_truncated

    if is_truncated(fetched.data):
        web.listing.is_complete = False
    else:
        web.cache.put_listing(url, fetched)


def fetch_page(web: WebContext, url: str) -> FetchResult | str:
    """The page at ``url``, or the id of its stored article if the server says it is unchanged."""
    cached = web.cached_page(url)
    if cached is None:
        return web.fetcher.fetch(url)
    fetched = web.fetcher.fetch(url, etag=cached.etag, modified=cached.modified)
    if not fetched.unchanged:
        return fetched
    stored = web.catalogue.info(cached.article_id)
    if canonical_url(fetched.url) in (canonical_url(url), stored and stored.url):
        web.cache.touch_page(canonical_url(url))
        return cached.article_id
    return web.fetcher.fetch(url)  # unchanged, but under a new URL


def unchanged_id(web: WebContext, entry: Entry) -> str | None:
    """The id of the stored article of ``entry`` if its page needs no request now.

    Either the feed says that it has not changed since it was fetched; or, with ``poll_by_age``, it
    was fetched less than a tenth of its age and less than a day ago.
    """
    cached = web.cached_page(entry.url or "")
    if cached is None:
        return None
    if entry.changed is not None and timestamp(entry.changed) < cached.at:
        return cached.article_id
    if not web.poll_by_age:
        return None
    published = parse_date(entry.published) if entry.published else None
    if published is None:
        info = web.catalogue.info(cached.article_id)
        published = info.published_at if info else None
    if published is None:
        return None
    now = time.time()
    interval = min(POLL_AGE_SHARE * (now - timestamp(published)), MAX_POLL_INTERVAL)
    return cached.article_id if now - cached.at < interval else None
