"""Data types of all packages: articles, passages, filters and retrieval results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from vectorstore.core.sections import FEED_CATEGORIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as it was ingested.

    Attributes:
        id: Stable id: one given by the source, the URL, or the path under the ingested root.
        title: The headline, one line; may be empty.
        text: The cleaned body. All offsets count characters (code points) of this string.
        url: Its public address.
        source: The publisher's name as given.
        author: The byline.
        published_at: Aware if the time zone is known, else naive (local time).
        language: ISO 639-1 code, or ``und``.
        origin: Where it was loaded from: an absolute file path or a URL.
        original: The body before cleaning, if cleaning removed anything.
        metadata: Other data from the source; JSON values.
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
        """SHA-256 (hex) of all fields but ``id``, ``origin`` and ``original``.

        Used to detect whether an article that is ingested again has changed. The categories of its
        feed are left out, because older versions did not keep them.
        """
        seen = [
            self.title,
            self.text,
            self.url,
            self.source,
            self.author,
            self.published_at.isoformat() if self.published_at else None,
            self.language,
            {k: v for k, v in self.metadata.items() if k != FEED_CATEGORIES},
        ]
        encoded = json.dumps(seen, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(encoded.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of an article, with ``article.text[start:end] == text``.

    ``index`` counts from 0 in reading order; passages of an article do not overlap.
    """

    index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleInfo:
    """An article without its text; ``section`` is a key of `vectorstore.core.sections`."""

    id: str
    title: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    language: str = "und"
    origin: str | None = None
    section: str | None = None
    passages: int = 0
    characters: int = 0
    ingested_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedPassage:
    """A passage returned by retrieval.

    Attributes:
        id: The passage's id; changes if its article changes.
        score: The fused score in [0, 1]; comparable within one query only.
        similarity: Cosine of query and passage embeddings, in [-1, 1].
        lexical: BM25 score of the character-gram index, ≥ 0 (0 if it did not match).
        also_in: Near-duplicates of the article.
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
    """Restricts a search to some articles; empty means all.

    ``since`` and ``until`` are inclusive. Articles without a date never match a date filter.
    Naive datetimes are taken as UTC, like those of articles. ``sections`` are keys of
    `vectorstore.core.sections`.
    """

    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources or self.sections)


def timestamp(moment: datetime) -> int:
    """Seconds since the epoch; a naive ``moment`` is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())
