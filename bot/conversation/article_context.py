"""What a conversation's articles say, as far as resolving a follow-up needs to know."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from bot.language.synonyms import synonym_class
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import stem, words
from vectorstore.store import ArticleStore

KEPT = 64
"""Articles whose words are kept, some 10 kB each."""


class ArticleContext:
    """The articles of a store as :class:`bot.conversation.query_rewriting.ContextLookup` asks for
    them. Thread-safe."""

    def __init__(self, store: ArticleStore) -> None:
        self._store = store
        self._known: OrderedDict[tuple[str, int], tuple[str, frozenset[str], bool]] = OrderedDict()
        self._lock = threading.Lock()

    def title(self, article_id: str) -> str:
        """The article's title; empty where there is none, or no article."""
        return self._words(article_id)[0]

    def share(self, content: Sequence[str], article_id: str) -> float | None:
        """Share of ``content``, weighted by idf, that stands in the article's title or text.

        Words that no article has (slang, slips) say nothing and do not count.
        """
        _, known, arabic = self._words(article_id)
        comparable = [w for w in content if w.isdigit() or has_arabic(w) == arabic]
        if not known or not comparable:
            return None
        weights = self._store.stem_weights([stem(w) for w in comparable])
        present = [w for w in comparable if weights[stem(w)][1] or synonym_class(w) in known]
        total = sum(weights[stem(w)][0] for w in present)
        if not total:
            return None
        return sum(weights[stem(w)][0] for w in present if synonym_class(w) in known) / total

    def _words(self, article_id: str) -> tuple[str, frozenset[str], bool]:
        """Title, concepts, and whether the article is Arabic."""
        key = (article_id, self._store.catalogue.generation)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        article = self._store.get(article_id)
        title, text = (article.title, article.text) if article else ("", "")
        concepts = frozenset(synonym_class(w) for w in words(f"{title}\n{text}"))
        found = (title, concepts, has_arabic(title or text))
        with self._lock:
            self._known[key] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found
