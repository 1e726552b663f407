"""Locks by name, one for each conversation in use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class NamedLocks:
    """Locks by name. A lock exists only while it is held or waited for, since the number of
    conversations that users open is unbounded."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold the lock of ``name`` while the block runs."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            yield

    def __len__(self) -> int:
        """The number of locks that are held or waited for."""
        return len(self._locks)
