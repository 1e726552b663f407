"""Embedding of passages for the store: throttled, and in the background where that saves time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vectorstore.embedding.embedding_prefetch import EmbeddingPrefetcher

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.embedding.embedder import Embedder

_THROTTLED_BATCH = 4
"""Passages embedded between two calls of ``throttle``."""


class PassageEmbedder:
    """Embeds passages with the model that ``load`` returns.

    Args:
        load: Returns the embedding model; called whenever it is needed.
        throttle: Called before every few passages; may wait to leave the CPU to others.
    """

    def __init__(
        self, load: Callable[[], Embedder], throttle: Callable[[], None] | None = None
    ) -> None:
        self._load = load
        self._throttle = throttle
        self._prefetcher: EmbeddingPrefetcher | None = None

    @property
    def embedder(self) -> Embedder:
        """The embedding model, which this loads."""
        return self._load()

    def embed(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
        """Vectors (n, d) of distinct texts, and for each whether it had to be embedded."""
        if self._prefetcher is not None:
            return self._prefetcher.embed(texts)
        return self._embed(texts), [True] * len(texts)

    @contextmanager
    def prefetching(self) -> Iterator[None]:
        """While open, `prefetch` embeds in the background; otherwise it does nothing."""
        if self._prefetcher is not None:
            yield
            return
        self._prefetcher = EmbeddingPrefetcher(self._embed)
        try:
            yield
        finally:
            prefetcher, self._prefetcher = self._prefetcher, None
            prefetcher.close()

    @property
    def is_prefetching(self) -> bool:
        """Whether `prefetch` does anything."""
        return self._prefetcher is not None

    def prefetch(self, texts: Sequence[str]) -> None:
        """Start to embed ``texts``, which `embed` will be called with; returns at once."""
        if self._prefetcher is not None:
            self._prefetcher.prefetch(texts)

    def _embed(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        if self._throttle is None or not texts:
            return self.embedder.embed_passages(texts)
        batches = []
        for start in range(0, len(texts), _THROTTLED_BATCH):
            self._throttle()
            batches.append(self.embedder.embed_passages(texts[start : start + _THROTTLED_BATCH]))
        return np.concatenate(batches)
