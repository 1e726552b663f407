"""Locks between processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from vectorstore.core.errors import StoreBusyError

_POLL_SECONDS = 0.02  # seconds


class WriterLock:
    """A file lock between processes and threads, reentrant within a thread and fair.

    Processes that wait hold a second lock, the turnstile, so one that writes batch after batch
    lets the next one in between two batches.
    """

    def __init__(self, folder: Path, name: str, timeout: float) -> None:
        self._folder = folder
        self._name = name
        self._timeout = timeout
        self._thread_lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            StoreBusyError: It was not free within ``timeout`` seconds.
        """
        if not self._thread_lock.acquire(timeout=self._timeout):
            raise self._busy()
        try:
            with nullcontext() if self._depth else self._locked():
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
        finally:
            self._thread_lock.release()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{self._name}.lock", timeout=self._timeout)
        turnstile = FileLock(self._folder / f"{self._name}.next.lock", timeout=self._timeout)
        try:
            with turnstile.acquire(poll_interval=_POLL_SECONDS):
                lock.acquire(poll_interval=_POLL_SECONDS)
        except Timeout as error:
            raise self._busy() from error
        try:
            yield
        finally:
            lock.release()

    def _busy(self) -> StoreBusyError:
        return StoreBusyError(
            f"Others have been writing to {self._folder} for more than {self._timeout:.0f} "
            "seconds. Try again when they are done, or raise RAWI_STORE_LOCK_TIMEOUT."
        )
