"""Titles and words of the articles that a conversation is about, to resolve follow-ups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.language.synonyms import synonym_class
from vectorstore.core.lru_cache import LRUCache
from vectorstore.core.text_analysis import stem, words
from vectorstore.store import ArticleStore

MAX_CACHED_ARTICLES = 64
"""Articles whose words are cached, about 10 kB each."""

_ARABIC = re.compile("[\u0621-\u064a]")


class _ArticleWords(NamedTuple):
    title: str
    synonym_classes: frozenset[str]
    arabic: bool


class ArticleContext:
    """Implements :class:`bot.conversation.query_rewriting.ContextLookup` over a store.
    Thread-safe."""

    def __init__(self, store: ArticleStore) -> None:
        self._store = store
        self._cache: LRUCache[tuple[str, int], _ArticleWords] = LRUCache(MAX_CACHED_ARTICLES)

    def title(self, article_id: str) -> str:
        """The article's title; empty if it has none or does not exist."""
        return self._words(article_id).title

    def overlap(self, words: Sequence[str], article_id: str) -> float | None:
        """Share of ``words``, weighted by idf, that occur in the article's title or text.

        Words that occur in no article (slang, typing errors) do not count.
        """
        article = self._words(article_id)
        comparable = [w for w in words if w.isdigit() or bool(_ARABIC.search(w)) == article.arabic]
        if not article.synonym_classes or not comparable:
            return None
        idf = self._store.stem_weights([stem(w) for w in comparable])
        found = {w for w in comparable if synonym_class(w) in article.synonym_classes}
        present = [w for w in comparable if idf[stem(w)][1] or w in found]
        total = sum(idf[stem(w)][0] for w in present)
        return sum(idf[stem(w)][0] for w in present if w in found) / total if total else None

    def _words(self, article_id: str) -> _ArticleWords:
        key = (article_id, self._store.catalogue.generation)
        return self._cache.get_all([key], lambda _: [self._read(article_id)])[0]

    def _read(self, article_id: str) -> _ArticleWords:
        article = self._store.get(article_id)
        title, text = (article.title, article.text) if article else ("", "")
        classes = frozenset(synonym_class(w) for w in words(f"{title}\n{text}"))
        return _ArticleWords(title, classes, bool(_ARABIC.search(title or text)))
