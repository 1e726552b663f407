"""Chunks articles and writes them to the store in batches."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ingest.core.settings import IngestSettings
from ingest.store import chunker_for
from ingest.text.chunking import Chunker
from vectorstore.core.types import Article, Passage
from vectorstore.maintenance.index_writer import PassagesOrChunker, PutResult
from vectorstore.store import ArticleStore

BATCH_PASSAGES = 128
"""New passages after which a batch is written: enough to embed efficiently, little to lose when
interrupted, and soon enough done for other processes that wait to write."""


@dataclass(slots=True)
class Batch:
    """Articles by id with the bytes each was read from, and their passages."""

    articles: dict[str, tuple[Article, int]] = field(default_factory=dict)
    passages: dict[str, PassagesOrChunker] = field(default_factory=dict)
    size: int = 0
    new_passages: int = 0

    def items(self) -> list[tuple[Article, PassagesOrChunker]]:
        """Articles and passages, as ``ArticleStore.put_many`` takes them."""
        return [(article, self.passages[i]) for i, (article, _) in self.articles.items()]

    def chunked(self) -> list[tuple[Article, Sequence[Passage]]]:
        """The items whose passages are known."""
        return [(article, p) for article, p in self.items() if not callable(p)]


class BatchWriter:
    """Embeds each batch in the background while the one before is written.

    ``on_written`` is called with every batch in the store and the results of its articles. With
    ``flush_each`` set, a full batch is written at once: the next article may be long in coming.
    """

    def __init__(
        self,
        store: ArticleStore,
        settings: IngestSettings,
        on_written: Callable[[Batch, Sequence[PutResult]], None],
    ) -> None:
        self.flush_each = False
        self._store = store
        self._settings = settings
        self._on_written = on_written
        self._chunker: Chunker | None = None
        self._batch = Batch()
        self._embedding = Batch()

    @property
    def pending(self) -> ChainMap[str, tuple[Article, int]]:
        """Articles not written yet, by id, with their sizes in bytes."""
        return ChainMap(self._batch.articles, self._embedding.articles)

    def add(self, article: Article, size: int, *, unchanged: bool = False) -> None:
        """Add an article; a later one of the same id replaces it.

        Of an ``unchanged`` one only the origin is written, and it is not chunked.
        """
        batch, passages = self._batch, None if unchanged else self._chunk(article)
        batch.articles[article.id] = (article, size)
        batch.passages[article.id] = self._chunk if passages is None else passages
        batch.size += size
        batch.new_passages += len(passages or ())
        is_full = len(batch.articles) >= self._settings.batch_articles
        if is_full or batch.new_passages >= BATCH_PASSAGES:
            self.flush() if self.flush_each else self._advance()

    def flush(self) -> None:
        """Write all pending articles."""
        self._advance()
        self._advance()

    def _advance(self) -> None:
        """Begin to embed the current batch, and write the one before."""
        self._store.prefetch(self._batch.chunked())
        batch, self._embedding, self._batch = self._embedding, self._batch, Batch()
        if batch.articles:
            self._on_written(batch, self._store.put_many(batch.items()))

    def _chunk(self, article: Article) -> Sequence[Passage]:
        if self._chunker is None:
            self._chunker = chunker_for(self._store.embedder, self._settings)
        return self._chunker(article)
