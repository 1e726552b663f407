"""Passages as they are embedded and indexed: their ids, texts and records for the indexes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from vectorstore.catalogue.passages import MAX_EMBEDDED_TITLE_LENGTH
from vectorstore.core.types import Article, Passage, timestamp
from vectorstore.indexes.tantivy_index import LexicalEntry

NumberedPassages = list[tuple[str, Passage]]
"""Passages with their ids."""


def embedding_text(title: str, text: str) -> str:
    """The embedded text of a passage; the title of its article gives context."""
    return searched_text(title[:MAX_EMBEDDED_TITLE_LENGTH], text)


def searched_text(title: str, text: str) -> str:
    """The indexed text of a passage: the whole title of its article and its own text."""
    return f"{title}\n{text}" if title else text


def number_passages(
    article: Article, passages: Iterable[Passage], chunker_id: str
) -> NumberedPassages:
    """Passages with ids that are unique per version of the article and chunker.

    So the indexes can hold the old and the new version at the same time.
    """
    passages = list(passages)
    spans = " ".join(f"{p.start}-{p.end}" for p in passages)
    version = "\0".join([article.id, article.content_hash, chunker_id, spans])
    digest = hashlib.sha256(version.encode("utf-8", "surrogatepass")).hexdigest()
    return [(f"{digest[:24]}-{passage.index}", passage) for passage in passages]


def vector_metadata(articles: Iterable[tuple[Article, Sequence[object]]]) -> list[dict[str, str]]:
    """Chroma's metadata of each passage: its article, so that a recovery finds leftovers."""
    return [{"article": article.id} for article, passages in articles for _ in passages]


def lexical_entries(
    article: Article, passages: Iterable[tuple[str, Passage]]
) -> Iterator[LexicalEntry]:
    """Entries of an article's passages for the lexical index."""
    ts = timestamp(article.published_at) if article.published_at else None
    for pid, passage in passages:
        text = searched_text(article.title, passage.text)
        yield LexicalEntry(pid, article.id, text, ts, article.source)
