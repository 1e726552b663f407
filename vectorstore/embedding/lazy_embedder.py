"""The embedding model of a store, loaded on first use or in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from vectorstore.core.lru_cache import LRUCache
from vectorstore.core.settings import StoreSettings

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.embedding.embedder import Embedder

_CACHED_QUERIES = 256


class LazyEmbedder:
    """Loads the configured embedder. Thread-safe."""

    def __init__(self, settings: StoreSettings, notify: Callable[[str], None] | None) -> None:
        self._settings = settings
        self._notify = notify
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._preloading: threading.Thread | None = None
        self._closed = False
        self._query_cache: LRUCache[str, np.ndarray] = LRUCache(_CACHED_QUERIES)

    @property
    def loaded(self) -> Embedder | None:
        """The embedder if it is loaded."""
        return self._embedder

    def embedder(self) -> Embedder:
        """The embedder; loads it or waits for `preload`.

        Raises:
            ModelError: It cannot be loaded.
        """
        with self._lock:
            embedder = self._embedder or self._load()
            if not self._closed:  # so that a thread still at work does not keep it alive
                self._embedder = embedder
            return embedder

    def preload(self) -> None:
        """Start to load the embedder in a thread, if its engine is OpenVINO.

        OpenVINO compiles without holding the interpreter lock; loading with PyTorch is mostly
        importing, which a thread does not speed up.
        """
        from vectorstore.embedding.loading import import_fast_engine

        with self._lock:
            if self._embedder is not None or self._preloading is not None:
                return
            settings = self._settings
            # Imported here, as concurrent imports may see half-initialised modules.
            if import_fast_engine(settings.model, settings.engine):
                self._preloading = threading.Thread(target=self._try_load, name="load-model")
                self._preloading.start()

    def close(self) -> None:
        """Wait for `preload`, and release the embedder and its memory."""
        if self._preloading is not None:
            self._preloading.join()
        self._embedder, self._preloading, self._closed = None, None, True

    def query_vectors(self, embedder: Embedder, queries: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, d) of queries; recent ones are cached."""
        import numpy as np

        return np.array(self._query_cache.get_all(queries, embedder.embed_queries), np.float32)

    def _try_load(self) -> None:
        with suppress(Exception):  # loading is tried again on use, which raises
            self.embedder()

    def _load(self) -> Embedder:
        from vectorstore.embedding.loading import load_embedder

        settings = self._settings
        return load_embedder(
            settings.model,
            settings.engine,
            settings.models_path,
            threads=settings.threads,
            query_prefix=settings.query_prefix,
            passage_prefix=settings.passage_prefix,
            notify=self._notify,
        )
