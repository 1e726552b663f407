"""The article in an HTTP response: a page, or a PDF or Word document."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ingest.core.limits import Limits
from ingest.core.urls import canonical_url
from ingest.loaders.documents.docx import DocxLoader
from ingest.loaders.documents.pdf import HEADER_BYTES, PdfLoader
from ingest.text.cleaning import clean_title
from ingest.text.dates import parse_date
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from ingest.articles.loader_protocol import Loader
    from ingest.fetching import FetchResult

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def article_from_response(
    fetched: FetchResult, limits: Limits, listed: Mapping[str, Any] | None = None
) -> Article:
    """The article in ``fetched``; its id is its canonical URL.

    ``listed`` are the record's fields in a feed. A page's own fields take precedence over them,
    they take precedence over the properties of a document.

    Raises:
        LoadError: there is no article in it.
    """
    url = canonical_url(fetched.url)
    loader = _document_loader(fetched, limits)
    if loader is not None:
        return _load_document(fetched, loader, url, listed or {})
    from ingest.html import article_from_page

    return article_from_page(
        fetched.data,
        url=url,
        fallback_id=url,
        origin=fetched.url,
        charset=fetched.charset,
        known=dict(listed or {}),
    )


def _document_loader(fetched: FetchResult, limits: Limits) -> Loader | None:
    if (
        b"%PDF-" in fetched.data[:HEADER_BYTES]
        and b"<html" not in fetched.data[:HEADER_BYTES].lower()
    ):
        return PdfLoader(limits)
    is_named = fetched.content_type == _WORD or urlsplit(fetched.url).path.lower().endswith(".docx")
    return DocxLoader(limits) if is_named and fetched.data.startswith(b"PK\x03\x04") else None


def _load_document(
    fetched: FetchResult, loader: Loader, url: str, listed: Mapping[str, Any]
) -> Article:
    with tempfile.TemporaryDirectory(prefix="rawi-") as folder:
        path = Path(folder) / f"document{loader.suffixes[0]}"
        path.write_bytes(fetched.data)
        loaded = next(iter(loader.load(path, root=path.parent)))
    if loaded.error is not None:
        raise loaded.error
    article = loaded.article
    assert article is not None  # noqa: S101 - documents are not skipped
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    date = parse_date(str(listed["date"])) if listed.get("date") else None
    return replace(
        article,
        id=url,
        url=url,
        origin=fetched.url,
        title=clean_title(listed.get("title") or "") or article.title,
        published_at=date or article.published_at,
        author=listed.get("author") or article.author,
        source=listed.get("source") or article.source or host or None,
    )
