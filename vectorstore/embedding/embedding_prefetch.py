"""Passages embedded in the background, while others are read, cut and written.

Embedding takes nine tenths of an ingest's time and releases the interpreter, so it goes on in
threads of its own, and no core waits while one thread parses or SQLite writes. What a write then
asks for is there, or under way, or is begun at once.

A passage that has just been embedded is not embedded again, whatever article has it.
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
"""Stretches under way: while the last texts of one are embedded, another fills the cores."""
_STRETCH = 20
"""Texts that are embedded in one go; what Ctrl-C has to wait for."""
_KEPT = 4_096
"""Texts whose vectors are kept, the last ones: six megabytes."""


@dataclass(slots=True)
class _Begun:
    """A text's vector: a row of what a future gives, and whether anybody has asked for it."""

    vectors: Future[np.ndarray]
    row: int
    used: bool = False


class EmbeddingPrefetcher:
    """Embeds texts with ``embed``, from a few threads at once. Close it."""

    def __init__(self, embed: Callable[[Sequence[str]], np.ndarray]) -> None:
        self._embed = embed
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="ahead")
        self._begun: OrderedDict[bytes, _Begun] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, texts: Sequence[str]) -> None:
        """Have ``texts`` embedded, those of a length together; returns at once."""
        with self._lock:
            new = {}
            for text in texts:
                key = _key(text)
                if key not in self._begun:
                    new[key] = text
            longest_first = sorted(new, key=lambda key: -len(new[key]))
            for at in range(0, len(longest_first), _STRETCH):
                keys = longest_first[at : at + _STRETCH]
                vectors = self._pool.submit(self._embed, [new[key] for key in keys])
                for row, key in enumerate(keys):
                    self._begun[key] = _Begun(vectors, row)

    def embed(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
        """Vectors (n, d) of ``texts``, and for each whether it had to be embedded for this.

        Waits for those under way. Of a text that was asked for before, the vector of that time is
        given.
        """
        import numpy as np

        self.begin(texts)
        rows, fresh = [], []
        for text in texts:
            key = _key(text)
            with self._lock:
                begun = self._begun[key]
                self._begun.move_to_end(key)
                fresh.append(not begun.used)
                begun.used = True
            try:
                rows.append(begun.vectors.result()[begun.row])
            except BaseException:
                with self._lock:  # the next one to ask tries again
                    self._begun.pop(key, None)
                raise
        found = np.array(rows, np.float32)
        with self._lock:
            while len(self._begun) > max(_KEPT, len(texts)):
                self._begun.popitem(last=False)
        return found, fresh

    def close(self) -> None:
        """Give up what has not been begun, and wait for what has."""
        self._pool.shutdown(cancel_futures=True)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
