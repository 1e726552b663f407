"""Articles on their way into the store together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vectorstore.core.types import Article, Passage

Passages = Sequence[Passage] | Callable[[Article], Sequence[Passage]]
"""Passages, or what cuts them should they be needed."""


class ArticleBatch:
    """Articles with the bytes they were read from, and their passages.

    ``size`` is in bytes; ``new`` counts the passages that are cut already.
    """

    def __init__(self) -> None:
        self.articles: dict[str, tuple[Article, int]] = {}
        self.passages: dict[str, Passages] = {}
        self.size = self.new = 0

    def add(self, article: Article, passages: Passages, size: int) -> None:
        """Take an article in; of one id the last counts."""
        self.articles[article.id] = (article, size)
        self.passages[article.id] = passages
        self.size += size
        self.new += 0 if callable(passages) else len(passages)

    def items(self) -> list[tuple[Article, Passages]]:
        """All, for the store."""
        return [(article, self.passages[i]) for i, (article, _) in self.articles.items()]

    def cut(self) -> list[tuple[Article, Sequence[Passage]]]:
        """Those that have been cut already."""
        return [(article, p) for article, p in self.items() if not callable(p)]
