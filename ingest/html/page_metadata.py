"""The metadata of a page's article: title, dates, author, canonical URL, source.

In order of precedence from JSON-LD, meta tags, microdata, elements of the page, the URL; at last a
date is guessed by htmldate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml import html

from ingest.core.urls import canonical_url, may_be_article_url, same_site
from ingest.html.json_ld import article_data, names
from ingest.text.dates import parse_date

_URL_DATES = (
    re.compile(r"/((?:19|20)\d\d)/(?:[a-zA-Z][\w-]*/)?(\d{1,2})/(\d{1,2})(?=/|$|\.)"),
    re.compile(r"(?<!\d)((?:19|20)\d\d)[-_](\d{2})[-_](\d{2})(?!\d)"),
    re.compile(r"(?<!\d)((?:19|20)\d\d)(\d{2})(\d{2})(?=\d{0,12}(?:[-_./]|$))"),
)
_UPDATED = re.compile(r"تحديث|تعديل|updated|modified", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"^\s*(?:تاريخ\s+النشر|نشر(?:ت)?(?:\s+(?:في|بتاريخ))?|published(?:\s+on)?|posted)\s*:?\s*",
    re.IGNORECASE,
)
_MAX_DATE_LENGTH = 90
_MAX_DATE_LINES = 60  # parsing a line that is no date is slow
_META_DATES = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "publishdate",
    "publish-date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "cxenseparse:recs:publishtime",
    "date",
)
_META_MODIFIED = (
    "article:modified_time",
    "datemodified",
    "og:updated_time",
    "lastmod",
    "last-modified",
    "dcterms.modified",
)


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """Metadata of an article; ``date_from`` names the place of ``published_at`` in the page."""

    title: str | None = None
    author: str | None = None
    source: str | None = None
    section: str | None = None
    summary: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    date_from: str | None = None
    modified_at: datetime | None = None


def read_metadata(tree: html.HtmlElement, text: str, url: str | None) -> PageMetadata:
    """The head of the page ``tree``, whose source is ``text``; ``url`` is where it came from."""
    data = article_data(tree)
    meta = _metas(tree)
    address = _canonical(tree, meta, url)
    source = _source(tree, data, meta) or _host(
        address or next(_declared_urls(tree, meta, url), None)
    )
    published, origin = _published(tree, data, meta, address, text)
    return PageMetadata(
        title=_title(tree, data, meta, source),
        author=names(data.get("author")) or _author(tree, meta),
        source=source,
        section=names(data.get("articleSection")) or meta.get("article:section"),
        summary=_text(data.get("description"))
        or meta.get("og:description")
        or meta.get("description"),
        url=address,
        published_at=published,
        date_from=origin,
        modified_at=_modified(tree, data, meta),
    )


def _metas(tree: html.HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        for key in ("property", "name", "itemprop"):
            if content and element.get(key):
                found.setdefault(element.get(key).strip().lower(), content)
    return found


def _canonical(tree: html.HtmlElement, meta: dict[str, str], url: str | None) -> str | None:
    """The canonical URL that the page declares, if on the same site, else ``url``.

    A front page is no article's URL; some sites declare it on every page.
    """
    for claimed in _declared_urls(tree, meta, url):
        own = url is None or same_site(claimed, canonical_url(url))
        if own and may_be_article_url(canonical_url(claimed)):
            return canonical_url(claimed)
    return canonical_url(url) if url else None


def _declared_urls(tree: html.HtmlElement, meta: dict[str, str], url: str | None) -> Iterator[str]:
    """The canonical URLs that a page declares."""
    links = (
        e.get("href") for e in tree.iter("link") if "canonical" in (e.get("rel") or "").split()
    )
    for claim in (*links, meta.get("og:url")):
        try:
            claimed = urljoin(url or "", (claim or "").strip())
            if claim and urlsplit(claimed).scheme in ("http", "https"):
                yield claimed
        except ValueError:
            continue


def _host(url: str | None) -> str | None:
    host = urlsplit(url).hostname if url else None
    return host.removeprefix("www.") if host else None


def _title(
    tree: html.HtmlElement, data: dict[str, Any], meta: dict[str, str], source: str | None
) -> str | None:
    headings = [" ".join(e.text_content().split()) for e in tree.iter("h1")]
    own = next((e.text_content() for e in tree.iter("title")), "")
    claims = [_text(data.get("headline")), meta.get("og:title"), meta.get("twitter:title"), own]
    found = next((" ".join(c.split()) for c in claims if c and c.strip()), None)
    if found is None:
        return next(filter(None, headings), None)
    for heading in headings:
        if len(heading) > 10 and found.startswith(heading):
            return heading  # without the site's name after it
    return re.sub(rf"\s+[-–—|•»:]\s+{re.escape(source)}\s*$", "", found) if source else found


def _source(tree: html.HtmlElement, data: dict[str, Any], meta: dict[str, str]) -> str | None:
    claimed = names(data.get("publisher")) or meta.get("og:site_name")
    return claimed or _property(tree, "publisher") or meta.get("application-name")


def _author(tree: html.HtmlElement, meta: dict[str, str]) -> str | None:
    for claim in (meta.get("author"), meta.get("article:author"), _property(tree, "author")):
        if claim and "://" not in claim and len(claim) <= 120:
            return claim
    return None


def _property(tree: html.HtmlElement, name: str) -> str | None:
    """The text of the microdata property ``name``."""
    for element in tree.iterfind(f".//*[@itemprop='{name}']"):
        inner = element.find(".//*[@itemprop='name']")
        text = (inner if inner is not None else element).text_content()
        if text and text.strip():
            return " ".join(text.split())
    return None


def _published(
    tree: html.HtmlElement, data: dict[str, Any], meta: dict[str, str], url: str | None, text: str
) -> tuple[datetime | None, str | None]:
    steps: tuple[tuple[str, Callable[[], datetime | None]], ...] = (
        ("json-ld", lambda: _date(data.get("datePublished") or data.get("dateCreated"))),
        ("meta", lambda: _first(meta.get(name) for name in _META_DATES)),
        ("microdata", lambda: _first(_marked(tree, "datePublished"))),
        ("time", lambda: _first(_times(tree))),
        ("address", lambda: _date_in_url(url)),
        ("text", lambda: _first(t for t in _date_lines(tree) if not _UPDATED.search(t))),
        ("guess", lambda: _guess(text, url)),
    )
    for name, look in steps:
        found = look()
        if found is not None:
            return found, name
    return None, None


def _modified(
    tree: html.HtmlElement, data: dict[str, Any], meta: dict[str, str]
) -> datetime | None:
    return (
        _date(data.get("dateModified"))
        or _first(meta.get(name) for name in _META_MODIFIED)
        or _first(_marked(tree, "dateModified"))
        or _first(_UPDATED.sub("", t) for t in _date_lines(tree) if _UPDATED.search(t))
    )


def _date(value: Any) -> datetime | None:
    value = value[0] if isinstance(value, list) and value else value
    if not isinstance(value, (str, int, float)) or not str(value).strip():
        return None
    return parse_date(_PUBLISHED.sub("", str(value).strip()))


def _first(texts: Iterator[str | None]) -> datetime | None:
    return next(filter(None, map(_date, filter(None, texts))), None)


def _marked(tree: html.HtmlElement, name: str) -> Iterator[str | None]:
    for element in tree.iterfind(f".//*[@itemprop='{name}']"):
        yield element.get("datetime") or element.get("content") or element.text_content()


def _times(tree: html.HtmlElement) -> Iterator[str | None]:
    """The first date in a ``<time>`` of the article, else of the page."""
    for path in (".//article//time", ".//main//time", ".//time"):
        found = tree.findall(path)
        if found:
            yield found[0].get("datetime") or found[0].text_content()
            return


def _date_in_url(url: str | None) -> datetime | None:
    path = unquote(urlsplit(url).path) if url else ""
    for pattern in _URL_DATES:
        match = pattern.search(path)
        if match:
            found = parse_date("-".join(match.groups()))
            if found is not None:
                return found
    return None


def _date_lines(tree: html.HtmlElement) -> Iterator[str]:
    """The text of short elements with digits, in their order."""
    count = 0
    for element in tree.iter("time", "span", "div", "p", "li", "small", "b", "strong"):
        if len(element) > 3:
            continue
        text = " ".join(element.text_content().split())
        if 6 <= len(text) <= _MAX_DATE_LENGTH and re.search(r"\d", text):
            yield text
            count += 1
            if count == _MAX_DATE_LINES:
                return


def _guess(text: str, url: str | None) -> datetime | None:
    """The date found by htmldate, unless it is only a year (given as 1 January)."""
    from htmldate import find_date

    try:
        # As bytes: htmldate would fetch a text that begins like a URL.
        page = text.encode("utf-8", "replace")
        found = find_date(page, url=url, original_date=True, outputformat="%Y-%m-%d")
    except Exception:  # htmldate meets any HTML
        return None
    return None if not found or found.endswith("-01-01") else parse_date(found)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
