"""Folders that are watched, and other sources by their intervals, until Ctrl-C."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from ingest.sources.rounds import due_now
from ingest.sources.source import Source, read_sources
from vectorstore.errors import SettingsError
from vectorstore.settings import StoreSettings

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

    def again(self, source: Source, seconds: float = SETTLED) -> None:
        """Sync ``source`` once more, so many seconds from now."""
        self._pending[source.name] = time.time() + seconds

    def __iter__(self) -> Iterator[list[Source]]:
        import watchfiles

        while not self.stop.is_set():
            folders = self._folders()
            for source in self.chosen:
                if not source.is_web:
                    self.again(source, 0)  # what changed while nobody watched
            changes = watchfiles.watch(
                *sorted(folders),
                stop_event=self.stop,
                rust_timeout=TICK,
                yield_on_timeout=True,
                raise_interrupt=True,
            )
            for found in changes if folders else self._clock():
                self._note({path for _, path in found})
                ready = self._ready()
                if ready:
                    yield ready
                if self._stamp != _stamp(self.path):
                    self._reread()
                if self._folders() != folders:
                    break

    def _clock(self) -> Iterator[set[tuple[int, str]]]:
        while not self.stop.wait(TICK / 1000):
            yield set()

    def _note(self, paths: set[str]) -> None:
        for source in self.chosen:
            if source.is_web or source.name in self._pending:
                continue
            top = os.path.realpath(source.path)
            seen = (os.path.realpath(p) for p in paths if not Path(p).name.startswith("."))
            if any(_lies_in(path, top) for path in seen):
                self.again(source, QUIET)

    def _ready(self) -> list[Source]:
        now = time.time()
        due = {source.name for source in due_now(self.chosen, self.store)}
        ready = [
            s for s in self.chosen if self._pending.get(s.name, now + 1) <= now or s.name in due
        ]
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
        """Folders to watch; of a file, the one it lies in. Those that are away are not watched."""
        found: set[Path] = set()
        for source in self.chosen:
            if not source.is_web:
                folder = source.path if source.path.is_dir() else source.path.parent
                found.update({folder} if folder.is_dir() else ())
        return found


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
