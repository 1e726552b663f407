"""The embedding model of a store, loaded once: when needed, or while something else is done."""

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

_KNOWN_QUESTIONS = 256


class LazyEmbedder:
    """Loads the embedder that ``settings`` ask for. Thread-safe."""

    def __init__(self, settings: StoreSettings, notify: Callable[[str], None] | None) -> None:
        self._settings = settings
        self._notify = notify
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._ahead: threading.Thread | None = None
        self._closed = False
        self._questions: LRUCache[str, np.ndarray] = LRUCache(_KNOWN_QUESTIONS)

    @property
    def loaded(self) -> Embedder | None:
        """The embedder, once it is loaded."""
        return self._embedder

    def embedder(self) -> Embedder:
        """The embedder; loads it first, or waits for `preload`.

        Raises:
            ModelError: it cannot be loaded.
        """
        with self._lock:
            embedder = self._embedder or self._load()
            if not self._closed:  # who is still at work then keeps nothing alive
                self._embedder = embedder
            return embedder

    def preload(self) -> None:
        """Begin to load the embedder in a thread, where another thread's work leaves it time.

        That is so with OpenVINO, which compiles without the interpreter; loading with PyTorch is
        importing for the most part, and better done alone.
        """
        from vectorstore.embedding.loading import import_fast_engine

        with self._lock:
            if self._embedder is not None or self._ahead is not None:
                return
            settings = self._settings
            # Imported here: threads that import side by side may see each other's halves.
            if import_fast_engine(settings.model, settings.engine):
                self._ahead = threading.Thread(target=self._try_to_load, name="load-model")
                self._ahead.start()

    def close(self) -> None:
        """Wait for what `preload` began, and let go of the embedder and its memory."""
        if self._ahead is not None:
            self._ahead.join()
        self._embedder, self._ahead, self._closed = None, None, True

    def query_vectors(self, embedder: Embedder, questions: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, d) of questions; those asked lately are still known."""
        import numpy as np

        return np.array(self._questions.all(questions, embedder.embed_queries), np.float32)

    def _try_to_load(self) -> None:
        with suppress(Exception):  # who needs the model tries again and hears why it fails
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
