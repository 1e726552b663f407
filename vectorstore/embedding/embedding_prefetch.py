"""Embeds passages in the background while articles are loaded, chunked and written.

Embedding takes nine tenths of an ingest's time and releases the interpreter lock, so threads of its
own keep all cores busy. Recent vectors are cached, so a text that occurs in several articles is
embedded once.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_WORKERS = 2
"""Batches embedded at the same time, so that the end of one leaves no core idle."""
_BATCH_SIZE = 20
"""Texts per batch; bounds the time that Ctrl-C waits."""
_MAX_CACHED_VECTORS = 4_096
"""Most recent texts whose vectors are cached: 6 MB."""


@dataclass(slots=True)
class _Pending:
    """The vector of a text: a row of a future's result, and whether it has been used."""

    vectors: Future[np.ndarray]
    row: int
    used: bool = False


class EmbeddingPrefetcher:
    """Calls ``embed`` for batches of texts in a few threads. Must be closed."""

    def __init__(self, embed: Callable[[Sequence[str]], np.ndarray]) -> None:
        self._embed = embed
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="prefetch")
        self._pending: OrderedDict[bytes, _Pending] = OrderedDict()
        self._lock = threading.Lock()

    def prefetch(self, texts: Sequence[str]) -> None:
        """Start to embed ``texts``, grouped by length; returns at once."""
        with self._lock:
            new = {}
            for text in texts:
                key = _key(text)
                if key not in self._pending:
                    new[key] = text
            longest_first = sorted(new, key=lambda key: -len(new[key]))
            for i in range(0, len(longest_first), _BATCH_SIZE):
                keys = longest_first[i : i + _BATCH_SIZE]
                vectors = self._pool.submit(self._embed, [new[key] for key in keys])
                for row, key in enumerate(keys):
                    self._pending[key] = _Pending(vectors, row)

    def embed(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
        """Vectors (n, d) of ``texts``, and for each whether this is its first use.

        Waits for texts that are being embedded.
        """
        import numpy as np

        self.prefetch(texts)
        rows, fresh = [], []
        for text in texts:
            key = _key(text)
            with self._lock:
                pending = self._pending[key]
                self._pending.move_to_end(key)
                fresh.append(not pending.used)
                pending.used = True
            try:
                rows.append(pending.vectors.result()[pending.row])
            except BaseException:
                with self._lock:  # so that the next call tries again
                    self._pending.pop(key, None)
                raise
        found = np.array(rows, np.float32)
        with self._lock:
            while len(self._pending) > max(_MAX_CACHED_VECTORS, len(texts)):
                self._pending.popitem(last=False)
        return found, fresh

    def close(self) -> None:
        """Cancel batches that have not started, and wait for the others."""
        self._pool.shutdown(cancel_futures=True)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
