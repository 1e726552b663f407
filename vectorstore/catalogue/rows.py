"""Conversion between the catalogue's rows and the store's data types, and filters as SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vectorstore.core.types import Article, ArticleInfo, Filters, RetrievedPassage, timestamp

if TYPE_CHECKING:
    import numpy as np

_SHARED_FIELDS = ("id", "title", "url", "source", "author", "published_at", "language", "origin")
_SHARED_COLUMNS = ", ".join(f"a.{field}" for field in _SHARED_FIELDS)

ARTICLE_COLUMNS = f"{_SHARED_COLUMNS}, a.text, a.original, a.metadata"
"""Columns of `to_article`, from ``articles a``."""

_PASSAGE_COUNT = "(SELECT count(*) FROM passages p WHERE p.article_id = a.id)"

INFO_COLUMNS = f"{_SHARED_COLUMNS}, a.section, length(a.text), a.ingested_at, {_PASSAGE_COUNT}"
"""Columns of `to_info`, from ``articles a``."""

RETRIEVED_COLUMNS = f'{_SHARED_COLUMNS}, a.section, p.id, p.position, p.start, p."end", p.text'
"""Columns of `to_retrieved`, from ``articles a`` and ``passages p``."""


def parse_stored_date(text: str | None) -> datetime | None:
    """A stored date; naive if its time zone is unknown."""
    return datetime.fromisoformat(text) if text else None


def _shared_values(row: Any) -> dict[str, Any]:
    values = dict(zip(_SHARED_FIELDS, row, strict=False))
    values["published_at"] = parse_stored_date(values["published_at"])
    return values


def to_article(row: Any) -> Article:
    """The article of a row of `ARTICLE_COLUMNS`."""
    text, original, metadata = row[len(_SHARED_FIELDS) : len(_SHARED_FIELDS) + 3]
    return Article(
        **_shared_values(row), text=text, original=original, metadata=json.loads(metadata)
    )


def to_info(row: Any) -> ArticleInfo:
    """The article info of a row of `INFO_COLUMNS`."""
    section, characters, ingested_at, passages = row[len(_SHARED_FIELDS) :]
    return ArticleInfo(
        **_shared_values(row),
        section=section,
        characters=characters,
        ingested_at=parse_stored_date(ingested_at),
        passages=passages,
    )


def to_retrieved(row: Any) -> RetrievedPassage:
    """The passage of a row of `RETRIEVED_COLUMNS`, without scores."""
    section, pid, index, start, end, text = row[len(_SHARED_FIELDS) :]
    article = ArticleInfo(**_shared_values(row), section=section)
    return RetrievedPassage(id=pid, article=article, index=index, start=start, end=end, text=text)


def conditions(filters: Filters | None) -> tuple[str, list[Any]]:
    """``filters`` as SQL on ``articles a``, and its values; each condition begins with AND."""
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
    if filters and filters.sections:
        parts.append(f"AND a.section IN ({','.join('?' * len(filters.sections))})")
        values += filters.sections
    return " ".join(parts), values


def as_vector(blob: bytes) -> np.ndarray:
    """A stored vector (d,), read-only."""
    import numpy as np

    return np.frombuffer(blob, dtype="<f4")


def as_matrix(blobs: Sequence[bytes]) -> np.ndarray:
    """Stored vectors as an array (n, d)."""
    import numpy as np

    if not blobs:
        return np.empty((0, 0), np.float32)
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)
