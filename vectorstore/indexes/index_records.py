"""Records of passages for the indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vectorstore.core.passage_text import searched_text
from vectorstore.core.types import Article, Passage, timestamp
from vectorstore.indexes.tantivy_index import LexicalEntry


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
