"""Turns between processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from vectorstore.core.errors import StoreBusyError

_POLL = 0.02  # seconds


class WriterLock:
    """A lock between processes and threads, fair between processes and reentrant in a thread.

    Who waits holds the turnstile, so a process that writes batch after batch lets the next one in
    between two batches.
    """

    def __init__(self, folder: Path, name: str, timeout: float) -> None:
        self._folder = folder
        self._name = name
        self._timeout = timeout
        self._inside = threading.RLock()
        self._depth = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn.

        Raises:
            StoreBusyError: others kept it for longer than the timeout.
        """
        if not self._inside.acquire(timeout=self._timeout):
            raise self._busy()
        try:
            with nullcontext() if self._depth else self._locked():
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
        finally:
            self._inside.release()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{self._name}.lock", timeout=self._timeout)
        turnstile = FileLock(self._folder / f"{self._name}.next.lock", timeout=self._timeout)
        try:
            with turnstile.acquire(poll_interval=_POLL):
                lock.acquire(poll_interval=_POLL)
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
