"""Finds the feeds that a page links to (RSS autodiscovery)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from ingest.core.errors import LoadError
from ingest.core.urls import is_url
from ingest.html.page_encoding import decode_page

_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_COMMENTS = re.compile(r"comment|تعليقات", re.IGNORECASE)
_MAX_FEEDS = 20


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page links to."""

    url: str
    title: str


def discover_feeds(data: bytes, url: str, charset: str | None = None) -> list[FeedLink]:
    """The feeds in the head of a page in their order, without feeds of comments.

    See https://www.rssboard.org/rss-autodiscovery; ``rel="feed"`` is accepted too.
    """
    from lxml import etree, html

    try:
        tree = html.document_fromstring(decode_page(data, charset).text)
    except (etree.LxmlError, ValueError, AssertionError):
        return []
    found: dict[str, FeedLink] = {}
    for link in tree.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        rel = (link.get("rel") or "").lower().split()
        href, title = (link.get("href") or "").strip(), (link.get("title") or "").strip()
        if kind not in _FEED_TYPES or not href or ("alternate" not in rel and "feed" not in rel):
            continue
        if not _COMMENTS.search(f"{href} {title}"):
            address = _absolute_url(url, href)
            if address is not None:
                found.setdefault(address, FeedLink(address, title))
    return list(found.values())[:_MAX_FEEDS]


def front_page_error(data: bytes, url: str, charset: str | None = None) -> LoadError:
    """The error for a front page in the place of an article or feed; names a feed of the site."""
    feeds = discover_feeds(data, url, charset)
    if not feeds:
        return LoadError("front_page")
    return LoadError("front_page_with_feed", feed=feeds[0].url)


def _absolute_url(url: str, href: str) -> str | None:
    """The URL of ``href``, also with the old ``feed:`` scheme; None if it is no HTTP URL."""
    href = re.sub(r"^feed:(?=https?:)", "", href, flags=re.IGNORECASE)
    href = re.sub(r"^feed://", "http://", href, flags=re.IGNORECASE)
    try:
        address = urljoin(url, href)
    except ValueError:  # http://[
        return None
    return address if is_url(address) else None
