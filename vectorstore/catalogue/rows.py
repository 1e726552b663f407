"""Rows of the catalogue as the store's data types, and filters as SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vectorstore.core.types import Article, ArticleInfo, Filters, RetrievedPassage, timestamp

if TYPE_CHECKING:
    import numpy as np

INFO = (
    "a.id, a.title, a.url, a.source, a.author, a.published_at, a.language, a.origin, "
    "length(a.text), a.ingested_at, (SELECT count(*) FROM passages p WHERE p.article_id = a.id)"
)

ARTICLE = "id, title, text, url, source, author, published_at, language, origin, original, metadata"


def moment(text: str | None) -> datetime | None:
    """A stored date; naive where its time zone is unknown."""
    return datetime.fromisoformat(text) if text else None


def to_article(row: Any) -> Article:
    """A row of ``ARTICLE``."""
    return Article(
        id=row[0],
        title=row[1],
        text=row[2],
        url=row[3],
        source=row[4],
        author=row[5],
        published_at=moment(row[6]),
        language=row[7],
        origin=row[8],
        original=row[9],
        metadata=json.loads(row[10]),
    )


def to_retrieved(row: Any) -> RetrievedPassage:
    """A row of passage and article head, as ``Catalogue.retrieve`` selects it."""
    article = ArticleInfo(
        id=row[5],
        title=row[6],
        url=row[7],
        source=row[8],
        author=row[9],
        published_at=moment(row[10]),
        language=row[11],
        origin=row[12],
    )
    return RetrievedPassage(
        id=row[0], article=article, index=row[1], start=row[2], end=row[3], text=row[4]
    )


def to_info(row: Any) -> ArticleInfo:
    """A row of ``INFO``."""
    return ArticleInfo(
        id=row[0],
        title=row[1],
        url=row[2],
        source=row[3],
        author=row[4],
        published_at=moment(row[5]),
        language=row[6],
        origin=row[7],
        characters=row[8],
        ingested_at=moment(row[9]),
        passages=row[10],
    )


def conditions(filters: Filters | None) -> tuple[str, list[Any]]:
    """``filters`` as SQL on articles ``a``; each condition begins with AND."""
    parts: list[str] = []
    values: list[Any] = []
    if filters and filters.since:
        parts.append("AND a.published_ts >= ?")
        values.append(timestamp(filters.since))
    if filters and filters.until:
        parts.append("AND a.published_ts <= ?")
        values.append(timestamp(filters.until))
    if filters and filters.sources:
        parts.append(f"AND a.source IN ({','.join('?' * len(filters.sources))})")
        values += filters.sources
    return " ".join(parts), values


def as_vector(blob: bytes) -> np.ndarray:
    """One stored vector, read-only."""
    import numpy as np

    return np.frombuffer(blob, dtype="<f4")


def as_matrix(blobs: Sequence[bytes]) -> np.ndarray:
    """Stored vectors as an array (n, d)."""
    import numpy as np

    if not blobs:
        return np.empty((0, 0), np.float32)
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)
