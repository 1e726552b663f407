"""Folders that are watched, and other sources by their intervals, until Ctrl-C."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

from ingest.articles.files import is_within
from ingest.sync.scheduler import due_now
from ingest.sync.sources_file import Source, read_sources
from vectorstore.core.errors import SettingsError
from vectorstore.core.settings import StoreSettings

SETTLED = 2.0
"""Seconds without a change after which a file counts as whole."""
QUIET = 0.5
"""Seconds from a change in a folder to its sync, so that files which come together go together."""
TICK = 500
"""Milliseconds between two looks at the clock."""


class Unfinished:
    """Tells files that were changed a moment ago, and remembers whether it met any."""

    def __init__(self, settled: float = SETTLED) -> None:
        self.settled = settled
        self.met = False

    def __call__(self, path: Path) -> bool:
        """Whether somebody may still be writing the file at ``path``."""
        try:
            status = path.stat()
        except (OSError, ValueError):
            return False
        # A copy that keeps the time of its original sets it at the end; the other one tells then.
        # Clocks differ between machines: a time to come says nothing.
        age = time.time() - max(status.st_mtime, status.st_ctime)
        fresh = 0 <= age < self.settled
        self.met = self.met or fresh
        return fresh


class Watch:
    """What to sync next: iterate over it for lists of sources.

    Ends when ``stop`` is set. ``sources.toml`` is read again when it changes; while it cannot be
    read, ``complain`` hears why and what it said before goes on.
    """

    def __init__(
        self,
        path: Path,
        names: list[str] | None,
        store: StoreSettings,
        *,
        complain: Callable[[str], None],
        stop: Event | None = None,
    ) -> None:
        self.path, self.names, self.store = path, names, store
        self.complain = complain
        self.stop = stop or Event()
        self.file = read_sources(path)
        self.chosen = self.file.named(names)
        self._stamp = _stamp(path)
        self._pending: dict[str, float] = {}
        self._files: dict[str, tuple[int, int] | None] = {}

    def again(self, source: Source, seconds: float = SETTLED) -> None:
        """Sync ``source`` once more, so many seconds from now."""
        self._pending[source.name] = time.time() + seconds

    def __iter__(self) -> Iterator[list[Source]]:
        while not self.stop.is_set():
            folders = self._folders()
            for source in self.chosen:
                if not source.is_web:
                    self.again(source, 0)  # what changed while nobody watched
            for found in self._changes(folders):
                self._note({path for _, path in found})
                ready = self._ready()
                if ready:
                    yield ready
                if self._stamp != _stamp(self.path):
                    self._reread()
                if self._folders() != folders:
                    break

    def _changes(self, folders: set[Path]) -> Iterator[set[tuple[Any, str]]]:
        """What changed in ``folders``, again and again, and an empty set where nothing did."""
        import watchfiles

        if not folders:
            yield from self._clock()
            return
        try:
            yield from watchfiles.watch(
                *sorted(folders),
                stop_event=self.stop,
                rust_timeout=TICK,
                yield_on_timeout=True,
                raise_interrupt=True,
            )
        except OSError as error:  # too many folders for the system, or one that has just gone
            self.complain(f"folders cannot be watched ({error}): they are read when due")
            yield from self._clock()

    def _clock(self) -> Iterator[set[tuple[Any, str]]]:
        while not self.stop.wait(TICK / 1000):
            yield set()

    def _note(self, paths: set[str]) -> None:
        for source in self.chosen:
            if source.is_web or source.name in self._pending:
                continue
            if not os.path.isdir(source.path):
                stamp = _stamp(source.path)
                if self._files.setdefault(source.name, stamp) != stamp:
                    self._files[source.name] = stamp
                    self.again(source, QUIET)
                continue
            top = os.path.realpath(source.path)
            seen = (os.path.realpath(p) for p in paths if not Path(p).name.startswith("."))
            if any(is_within(path, top) for path in seen):
                self.again(source, QUIET)

    def _ready(self) -> list[Source]:
        now = time.time()
        due = {source.name for source in due_now(self.chosen, self.store, now)}
        at = {name: 0.0 for name in due} | self._pending
        ready = [source for source in self.chosen if at.get(source.name, now + 1) <= now]
        for source in ready:
            self._pending.pop(source.name, None)
        return ready

    def _reread(self) -> None:
        self._stamp = _stamp(self.path)
        try:
            self.file = read_sources(self.path)
            self.chosen = self.file.named(self.names)
        except SettingsError as error:
            self.complain(str(error))
        for problem in self.file.problems:
            self.complain(f"{self.path}: {problem}")

    def _folders(self) -> set[Path]:
        """Folders to watch. Those that are away are not, and single files are looked at."""
        return {s.path for s in self.chosen if not s.is_web and os.path.isdir(s.path)}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
