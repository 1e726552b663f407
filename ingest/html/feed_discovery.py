"""Which feeds a page of a site names, so that an editor may give the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from ingest.core.errors import LoadError
from ingest.core.urls import is_url
from ingest.html.encoding import decode_page

_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
}
_COMMENTS = re.compile(r"comment|تعليقات", re.IGNORECASE)
_MOST = 20


@dataclass(frozen=True, slots=True)
class NamedFeed:
    """A feed that a page names."""

    url: str
    title: str


def feeds_of_page(data: bytes, url: str, charset: str | None = None) -> list[NamedFeed]:
    """The feeds in the head of a page, in its order; feeds of comments are left out.

    Of https://www.rssboard.org/rss-autodiscovery what sites really write: any ``link`` of a feed's
    type, whatever its ``rel`` besides "alternate".
    """
    from lxml import etree, html

    try:
        tree = html.document_fromstring(decode_page(data, charset).text)
    except (etree.LxmlError, ValueError, AssertionError):
        return []
    found: dict[str, NamedFeed] = {}
    for link in tree.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        rel = (link.get("rel") or "").lower().split()
        href, title = (link.get("href") or "").strip(), (link.get("title") or "").strip()
        if kind not in _FEED_TYPES or not href or ("alternate" not in rel and "feed" not in rel):
            continue
        if not _COMMENTS.search(f"{href} {title}"):
            address = _address(url, href)
            if address is not None:
                found.setdefault(address, NamedFeed(address, title))
    return list(found.values())[:_MOST]


def front_page_error(data: bytes, url: str, charset: str | None = None) -> LoadError:
    """What to say of a site's front page where an article's address or a feed's is wanted."""
    feeds = feeds_of_page(data, url, charset)
    if not feeds:
        return LoadError("front_page")
    return LoadError("front_page_with_feed", feed=feeds[0].url)


def _address(url: str, href: str) -> str | None:
    """Where ``href`` leads, ``feed:`` being an old way to say it; None for no web address."""
    href = re.sub(r"^feed:(?=https?:)", "", href, flags=re.IGNORECASE)
    href = re.sub(r"^feed://", "http://", href, flags=re.IGNORECASE)
    try:
        address = urljoin(url, href)
    except ValueError:  # http://[
        return None
    return address if is_url(address) else None
