"""Parses feeds and sitemaps into entries.

RSS, RDF and Atom by feedparser; JSON Feed (jsonfeed.org); sitemaps and sitemap indexes, with the
fields of news sitemaps. Feeds are decoded as pages are, because they may declare no encoding or a
wrong one.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Literal
from urllib.parse import urljoin

from ingest.core.errors import LoadError
from ingest.html.page_encoding import decode_page
from ingest.text.dates import parse_date
from vectorstore.core.sections import FEED_CATEGORIES
from vectorstore.core.types import timestamp

WebDocumentKind = Literal["feed", "sitemap", "page"]

MIN_FULL_TEXT = 500
"""Fewest characters of an entry's content that is the whole article."""
_SNIFFED_BYTES = 2_048
_XML_FEED = re.compile(r"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_JSON_FEED = re.compile(r'^\s*\{[\s\S]*"https?://jsonfeed\.org/version')
_NEWS = re.compile(r"news|latest|akhbar", re.IGNORECASE)
"""Names of sitemaps with the latest news."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_LAST_TAG = re.compile(
    rb"</(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)\s*>|<(?:\w+:)?urlset(?:\s[^<>]*)?/>"
)
_TAIL_BYTES = 65_536
"""Bytes at the end of a feed or sitemap that contain its closing tag."""
_MAX_UNPACKED = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article listed by a feed or sitemap.

    Attributes:
        content: The article's text, or a part of it, as HTML or plain text.
        changed: When the article changed last.
        categories: Names of sections and tags.
    """

    url: str | None
    id: str | None = None
    title: str | None = None
    content: str | None = None
    summary: str | None = None
    author: str | None = None
    published: str | None = None
    changed: datetime | None = None
    source: str | None = None
    categories: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether ``content`` is long enough to be the whole text."""
        return len(re.sub(r"<[^<>]+>", "", self.content or "")) >= MIN_FULL_TEXT

    def record(self) -> dict[str, Any]:
        """The fields of a record, see `article_from_record`."""
        fields = {
            "title": self.title,
            "text": self.content or self.summary,
            "summary": self.summary,
            "url": self.url,
            "author": self.author,
            "date": self.published,
            "source": self.source,
            "id": None if self.url else self.id,
            FEED_CATEGORIES: list(self.categories),
        }
        return {name: value for name, value in fields.items() if value}


def detect_document_kind(data: bytes) -> WebDocumentKind:
    """Whether ``data`` is a feed, a sitemap or neither, by its beginning."""
    head = gunzip(data[:_SNIFFED_BYTES], partial=True)[:_SNIFFED_BYTES]
    start = head.replace(b"\x00", b"").decode("latin-1")
    if _XML_FEED.search(start) or _JSON_FEED.match(start):
        return "feed"
    return "sitemap" if _SITEMAP.search(start) else "page"


def gunzip(data: bytes, *, partial: bool = False) -> bytes:
    """``data``, decompressed if it is gzip, as sitemaps often are.

    Raises:
        LoadError: it is damaged or too large, or truncated and not ``partial``.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpack = zlib.decompressobj(47)
    try:
        found = unpack.decompress(data, _MAX_UNPACKED)
    except zlib.error as error:
        raise LoadError("damaged_gzip") from error
    if not partial and (unpack.unconsumed_tail or not unpack.eof):
        raise LoadError("truncated_gzip")
    return found


def is_truncated(data: bytes) -> bool:
    """Whether the closing tag is missing, as in a file that the server is just writing.

    The parsers accept such a feed or sitemap, but entries may be missing.
    """
    plain = gunzip(data).replace(b"\x00", b"")
    start = plain[:_SNIFFED_BYTES].decode("latin-1")
    return not _JSON_FEED.match(start) and _LAST_TAG.search(plain.rstrip()[-_TAIL_BYTES:]) is None


def feed_entries(data: bytes, url: str = "", charset: str | None = None) -> list[Entry]:
    """The entries of a feed, newest first, undated ones at the end in their order.

    Raises:
        LoadError: it cannot be read.
    """
    text = decode_page(gunzip(data), charset).text
    found = _json_entries(text, url) if _JSON_FEED.match(text) else _xml_entries(text, url)
    return sorted(found, key=age_key)


def age_key(entry: Entry) -> float:
    """Sort key: the newest first, undated ones last."""
    date = entry.changed or (parse_date(entry.published) if entry.published else None)
    return -timestamp(date) if date else 0.0


def _xml_entries(text: str, url: str) -> list[Entry]:
    import feedparser

    utf8 = _DECLARATION.sub("", text.lstrip("\ufeff")).lstrip().encode("utf-8", "replace")
    unreadable = LoadError("unreadable_feed")
    try:
        # As a file: feedparser first tries bytes as a file name.
        parsed = feedparser.parse(BytesIO(utf8), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # its parser for broken XML raises anything
        raise unreadable from error
    if not parsed.entries and parsed.bozo:
        raise unreadable
    source = parsed.feed.get("title")
    return [_of_feedparser(entry, url, source) for entry in parsed.entries]


def _of_feedparser(entry: Any, url: str, source: str | None) -> Entry:
    contents = [c.get("value") or "" for c in entry.get("content", [])]
    link = entry.get("link") or next((e.get("href") for e in entry.get("links", [])), None)
    # For a missing update, get() of feedparser would return the date of publication.
    updated = entry["updated"] if "updated" in entry.keys() else None  # noqa: SIM118
    return Entry(
        url=_absolute_url(url, link.strip()) if link else None,
        id=entry.get("id"),
        title=entry.get("title"),
        content=max(contents, key=len, default=None) or None,
        summary=entry.get("summary"),
        author=entry.get("author"),
        published=entry.get("published") or updated,
        changed=parse_date(updated) if updated else None,
        source=source,
        categories=tuple(tag["term"] for tag in entry.get("tags", []) if tag.get("term")),
    )


def _absolute_url(url: str, link: str) -> str:
    """``link`` as an absolute URL; an invalid one unchanged, so that it is reported."""
    try:
        return urljoin(url, link)
    except ValueError:  # http://[
        return link


def _json_entries(text: str, url: str) -> list[Entry]:
    try:
        document = json.loads(text)
        items = document["items"]
    except (ValueError, KeyError, RecursionError) as error:
        raise LoadError("unreadable_json_feed") from error
    found = []
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        get = {key: value for key, value in item.items() if isinstance(value, str)}.get
        authors = item.get("authors") or [item.get("author")]
        names = [a.get("name") for a in authors if isinstance(a, dict) and a.get("name")]
        link = get("url") or get("external_url")
        modified = get("date_modified")
        found.append(
            Entry(
                url=_absolute_url(url, link) if link else None,
                id=get("id"),
                title=get("title"),
                content=get("content_html") or get("content_text"),
                summary=get("summary"),
                author="، ".join(map(str, names)) or None,
                published=get("date_published") or modified,
                changed=parse_date(modified) if modified else None,
                source=str(document.get("title") or "") or None,
                categories=tuple(t for t in item.get("tags") or () if isinstance(t, str)),
            )
        )
    return found


def read_sitemap(data: bytes, url: str = "") -> tuple[list[Entry], list[str]]:
    """The pages of a sitemap and the sitemaps of an index, the newest first.

    Raises:
        LoadError: it cannot be read.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(gunzip(data).strip(), parser)
    except etree.LxmlError as error:
        raise LoadError("unreadable_sitemap") from error
    # A maintenance page is not an empty sitemap.
    if root is None or etree.QName(root).localname not in ("urlset", "sitemapindex"):
        raise LoadError("unreadable_sitemap")
    pages: list[Entry] = []
    others: list[Entry] = []
    for element in root:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        fields = dict(_fields(element)) if name in ("url", "sitemap") else {}
        if not fields.get("loc"):
            continue
        dated = fields.get("publication_date") or fields.get("lastmod")
        entry = Entry(
            url=_absolute_url(url, fields["loc"]),
            title=fields.get("title"),
            source=fields.get("name"),
            published=fields.get("publication_date"),
            changed=parse_date(fields.get("lastmod") or dated or ""),
        )
        (others if name == "sitemap" else pages).append(entry)
    others.sort(key=lambda entry: (not _NEWS.search(entry.url or ""), age_key(entry)))
    return sorted(pages, key=age_key), [entry.url or "" for entry in others]


def _fields(element: Any) -> Iterator[tuple[str, str]]:
    """The text of innermost elements by local name, without those of images and videos."""
    from lxml import etree

    for child in element.iter():
        if isinstance(child.tag, str) and child.text and child.text.strip() and len(child) == 0:
            name = etree.QName(child)
            if "image" not in (name.namespace or "") and "video" not in (name.namespace or ""):
                yield name.localname, child.text.strip()
