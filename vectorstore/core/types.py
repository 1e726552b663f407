"""The data that travels through Rawi: articles, passages, filters and what retrieval returns.

Plain frozen dataclasses; they know nothing of files, databases, models or chats.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as ingest understood it.

    Attributes:
        id: Stable identity: an id the source gives, its URL, or its path under the ingested root.
        title: The headline, on one line; may be empty.
        text: The clean body. Every offset in Rawi counts characters (code points) of this string.
        url: Where a reader can open it.
        source: The publisher's name, as the source spells it.
        author: The byline.
        published_at: Aware when the time zone is known, naive (wall clock) when it is not.
        language: ISO 639-1 code, or ``und``.
        origin: Where it was loaded from: an absolute file path or a URL.
        original: The body before cleaning, when cleaning took something out of it.
        metadata: Whatever else the source said, as JSON-able values.
    """

    id: str
    title: str
    text: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    language: str = "und"
    origin: str | None = None
    original: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over everything a reader could see; ``origin`` does not count.

        Equal hashes mean that an article ingested again is unchanged.
        """
        seen = [
            self.title,
            self.text,
            self.url,
            self.source,
            self.author,
            self.published_at.isoformat() if self.published_at else None,
            self.language,
            dict(self.metadata),
        ]
        encoded = json.dumps(seen, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(encoded.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article: ``article.text[start:end] == text``, always.

    ``index`` counts from 0 in reading order; passages of an article do not overlap.
    """

    index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleInfo:
    """What is shown of an article beside its text."""

    id: str
    title: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    language: str = "und"
    origin: str | None = None
    passages: int = 0
    characters: int = 0
    ingested_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedPassage:
    """A passage that retrieval found, with the article it stands in.

    Attributes:
        id: The passage's id in the store; changes when its article's content changes.
        score: The fused score in [0, 1]; only comparable within one question.
        similarity: Cosine between question and passage embeddings, in [-1, 1].
        lexical: BM25 score of the character-gram index, ≥ 0 (0 when it did not match).
        also_in: Copies of the article, in which the same can be read.
    """

    id: str
    article: ArticleInfo
    index: int
    start: int
    end: int
    text: str
    score: float = 0.0
    similarity: float = 0.0
    lexical: float = 0.0
    also_in: tuple[ArticleInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question may draw on; empty means all.

    ``since`` and ``until`` are inclusive. Articles without a date never pass a date filter.
    A naive datetime is read as UTC, the same way the store reads an article's naive date.
    """

    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources)


def timestamp(moment: datetime) -> int:
    """Seconds since the epoch; a naive ``moment`` is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())
