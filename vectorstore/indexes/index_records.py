"""What the indexes keep of an article and its passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from vectorstore.core.types import Article, Passage, timestamp
from vectorstore.indexes.tantivy_index import LexicalEntry

Numbered = list[tuple[str, Passage]]
"""Passages with their ids."""


TITLE_CHARACTERS = 200
"""Of a title that is embedded: one without end would push the passage out of the model's window."""

EMBEDDED_TITLES = "embedded_titles"
"""Under this name the catalogue keeps the length at which titles were cut for its vectors; older
vectors have whole titles, and are made anew where that makes a difference."""


def embedding_text(title: str, text: str) -> str:
    """What is embedded of a passage: its article's title gives it context."""
    return searched_text(title[:TITLE_CHARACTERS], text)


def searched_text(title: str, text: str) -> str:
    """What the lexical index keeps of a passage: every word of its article's title, and its own."""
    return f"{title}\n{text}" if title else text


def numbered(article: Article, passages: Iterable[Passage], chunker_id: str) -> Numbered:
    """Passages with ids that differ between versions of an article, and between ways to cut one.

    So the old and the new version can lie in the indexes side by side for a moment.
    """
    passages = list(passages)
    spans = " ".join(f"{p.start}-{p.end}" for p in passages)
    version = "\0".join([article.id, article.content_hash, chunker_id, spans])
    digest = hashlib.sha256(version.encode("utf-8", "surrogatepass")).hexdigest()
    return [(f"{digest[:24]}-{passage.index}", passage) for passage in passages]


def vector_metadata(articles: Iterable[tuple[Article, Sequence[object]]]) -> list[dict[str, str]]:
    """What Chroma keeps beside each vector: the article, so that leftovers can be found."""
    return [{"article": article.id} for article, passages in articles for _ in passages]


def lexical_entries(
    article: Article, passages: Iterable[tuple[str, Passage]]
) -> Iterator[LexicalEntry]:
    """What the lexical index keeps of an article's passages."""
    ts = timestamp(article.published_at) if article.published_at else None
    for pid, passage in passages:
        text = searched_text(article.title, passage.text)
        yield LexicalEntry(pid, article.id, text, ts, article.source)
