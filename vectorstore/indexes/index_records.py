"""What the indexes keep of an article and its passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vectorstore.core.passage_text import searched_text
from vectorstore.core.types import Article, Passage, timestamp
from vectorstore.indexes.tantivy_index import LexicalEntry


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
