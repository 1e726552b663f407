"""Exports stored articles as records from which ingest makes the same articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ingest.articles.builder import FIELD_NAMES

if TYPE_CHECKING:
    from vectorstore.catalogue.articles import Catalogue

_ARTICLES_PER_BATCH = 100
_RESERVED = frozenset(alias for aliases in FIELD_NAMES.values() for alias in aliases)


def records(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """A record per article, ordered by id, with its metadata as further fields."""
    last = ""
    while batch := catalogue.articles_after(last, _ARTICLES_PER_BATCH):
        for article in batch:
            fields = {
                "id": article.id,
                "title": article.title,
                "text": article.text,
                "url": article.url,
                "source": article.source,
                "author": article.author,
                "published_at": article.published_at and article.published_at.isoformat(),
                "language": article.language if article.language != "und" else None,
            }
            rest = {k: v for k, v in article.metadata.items() if k.strip().lower() not in _RESERVED}
            yield {**rest, **{name: value for name, value in fields.items() if value}}
        last = batch[-1].id
