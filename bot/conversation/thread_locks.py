"""Whose turn it is: a lock for each name, for as long as somebody holds it or waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class NamedLocks:
    """Locks by name. A name that nobody holds or waits for costs nothing: strangers may open any
    number of conversations with a bot that runs for months."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Wait for the turn of ``name``, and have it while the block runs."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            yield

    def __len__(self) -> int:
        """How many names are held or waited for."""
        return len(self._locks)
