"""Feeds and sitemaps: which articles a site offers, and what it says of them.

RSS, RDF and Atom by feedparser, JSON Feed (jsonfeed.org), sitemaps and their indexes with the
fields of news sitemaps. Their bytes are decoded here, as those of pages are: a feed in windows-1256
that says nothing, or something wrong, of it reads the same as one in UTF-8.
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
from ingest.html.encoding import decode_page
from ingest.text.dates import parse_date
from vectorstore.core.types import timestamp

Kind = Literal["feed", "sitemap", "page"]

FULL_TEXT = 500
"""Characters of an entry's content from which on it is the article and not its beginning."""
_SNIFFED = 2_048
_XML_FEED = re.compile(r"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_JSON_FEED = re.compile(r'^\s*\{[\s\S]*"https?://jsonfeed\.org/version')
_NEWS = re.compile(r"news|latest|akhbar", re.IGNORECASE)
"""Sitemaps of the last days' news are named like this."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_LAST_TAG = re.compile(
    rb"</(?:\w+:)?(?:rss|feed|RDF|urlset|sitemapindex)\s*>|<(?:\w+:)?urlset(?:\s[^<>]*)?/>"
)
_TAIL = 65_536
"""Bytes at the end of a feed or sitemap in which its last tag is looked for."""
_MOST_UNPACKED = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article that a feed or sitemap names.

    ``content`` is what the feed holds of its text, as HTML or plain; ``changed`` when it changed
    last, as far as the feed says.
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

    @property
    def is_whole(self) -> bool:
        """Whether ``content`` seems to be the whole text."""
        return len(re.sub(r"<[^<>]+>", "", self.content or "")) >= FULL_TEXT

    def record(self) -> dict[str, Any]:
        """Its fields as those of an article's record."""
        fields = {
            "title": self.title,
            "text": self.content or self.summary,
            "summary": self.summary,
            "url": self.url,
            "author": self.author,
            "date": self.published,
            "source": self.source,
            "id": None if self.url else self.id,
        }
        return {name: value for name, value in fields.items() if value}


def kind_of(data: bytes) -> Kind:
    """What a file of a site is, by its beginning."""
    head = gunzip(data[:_SNIFFED], partly=True)[:_SNIFFED]
    start = head.replace(b"\x00", b"").decode("latin-1")
    if _XML_FEED.search(start) or _JSON_FEED.match(start):
        return "feed"
    return "sitemap" if _SITEMAP.search(start) else "page"


def gunzip(data: bytes, *, partly: bool = False) -> bytes:
    """``data``, or what it holds where it is gzip (sitemaps often are).

    Raises:
        LoadError: it is damaged, or unfolds to more than is read.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpack = zlib.decompressobj(47)
    try:
        found = unpack.decompress(data, _MOST_UNPACKED)
    except zlib.error as error:
        raise LoadError("damaged_gzip") from error
    if not partly and (unpack.unconsumed_tail or not unpack.eof):
        raise LoadError("truncated_gzip")
    return found


def is_truncated(data: bytes) -> bool:
    """Whether a feed or sitemap that was read all the same lacks its end, and so perhaps entries.

    A server that is just writing the file sends half of it.
    """
    plain = gunzip(data).replace(b"\x00", b"")
    start = plain[:_SNIFFED].decode("latin-1")
    return not _JSON_FEED.match(start) and _LAST_TAG.search(plain.rstrip()[-_TAIL:]) is None


def feed_entries(data: bytes, url: str = "", charset: str | None = None) -> list[Entry]:
    """The entries of a feed, newest first; undated ones keep their places at the end.

    Raises:
        LoadError: it cannot be read.
    """
    text = decode_page(gunzip(data), charset).text
    found = _json_entries(text, url) if _JSON_FEED.match(text) else _xml_entries(text, url)
    return sorted(found, key=by_age)


def by_age(entry: Entry) -> float:
    """To sort by: the newest first, undated ones last."""
    date = entry.changed or (parse_date(entry.published) if entry.published else None)
    return -timestamp(date) if date else 0.0


def _xml_entries(text: str, url: str) -> list[Entry]:
    import feedparser

    utf8 = _DECLARATION.sub("", text.lstrip("\ufeff")).lstrip().encode("utf-8", "replace")
    unreadable = LoadError("unreadable_feed")
    try:
        # As a file, because it takes bytes for a file's name first.
        parsed = feedparser.parse(BytesIO(utf8), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # its parser for broken XML raises what it comes upon
        raise unreadable from error
    if not parsed.entries and parsed.bozo:
        raise unreadable
    source = parsed.feed.get("title")
    return [_of_feedparser(entry, url, source) for entry in parsed.entries]


def _of_feedparser(entry: Any, url: str, source: str | None) -> Entry:
    contents = [c.get("value") or "" for c in entry.get("content", [])]
    link = entry.get("link") or next((e.get("href") for e in entry.get("links", [])), None)
    # Asked for an update that is not there, feedparser gives the date of publishing.
    updated = entry["updated"] if "updated" in entry.keys() else None  # noqa: SIM118
    return Entry(
        url=_joined(url, link.strip()) if link else None,
        id=entry.get("id"),
        title=entry.get("title"),
        content=max(contents, key=len, default=None) or None,
        summary=entry.get("summary"),
        author=entry.get("author"),
        published=entry.get("published") or updated,
        changed=parse_date(updated) if updated else None,
        source=source,
    )


def _joined(url: str, link: str) -> str:
    """Where ``link`` leads from ``url``; one that leads nowhere as it is, to be reported."""
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
                url=_joined(url, link) if link else None,
                id=get("id"),
                title=get("title"),
                content=get("content_html") or get("content_text"),
                summary=get("summary"),
                author="، ".join(map(str, names)) or None,
                published=get("date_published") or modified,
                changed=parse_date(modified) if modified else None,
                source=str(document.get("title") or "") or None,
            )
        )
    return found


def read_sitemap(data: bytes, url: str = "") -> tuple[list[Entry], list[str]]:
    """The pages that a sitemap names, and the sitemaps that an index names; the newest first.

    Raises:
        LoadError: it cannot be read.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(gunzip(data).strip(), parser)
    except etree.LxmlError as error:
        raise LoadError("unreadable_sitemap") from error
    # A page that says that the site is being repaired is no sitemap without entries.
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
            url=_joined(url, fields["loc"]),
            title=fields.get("title"),
            source=fields.get("name"),
            published=fields.get("publication_date"),
            changed=parse_date(fields.get("lastmod") or dated or ""),
        )
        (others if name == "sitemap" else pages).append(entry)
    others.sort(key=lambda entry: (not _NEWS.search(entry.url or ""), by_age(entry)))
    return sorted(pages, key=by_age), [entry.url or "" for entry in others]


def _fields(element: Any) -> Iterator[tuple[str, str]]:
    """The innermost elements by their local names; those of pictures and films are left out."""
    from lxml import etree

    for child in element.iter():
        if isinstance(child.tag, str) and child.text and child.text.strip() and len(child) == 0:
            name = etree.QName(child)
            if "image" not in (name.namespace or "") and "video" not in (name.namespace or ""):
                yield name.localname, child.text.strip()
