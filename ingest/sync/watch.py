"""Watches folders for changes and other sources for their due times, until Ctrl-C."""

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

COMPLETE_AFTER = 2.0
"""Seconds without a change after which a file counts as complete."""
DEBOUNCE = 0.5
"""Seconds from a change in a folder to its sync, so that files are synced together."""
POLL_INTERVAL = 0.5
"""Seconds between two checks of due times, single files and ``sources.toml``."""


class IncompleteFiles:
    """Recognises files that changed a moment ago; ``found`` is set if there was any."""

    def __init__(self) -> None:
        self.found = False

    def __call__(self, path: Path) -> bool:
        """Whether the file at ``path`` may still be being written."""
        try:
            status = path.stat()
        except (OSError, ValueError):
            return False
        # A copy that preserves mtime sets it at the end, which changes ctime. A time in the future
        # comes from another machine's clock and is ignored.
        age = time.time() - max(status.st_mtime, status.st_ctime)
        is_recent = 0 <= age < COMPLETE_AFTER
        self.found = self.found or is_recent
        return is_recent


class Watch:
    """Iterates over lists of sources to sync next, until ``stop`` is set.

    ``sources.toml`` is read again when it changes. While it cannot be read, ``report`` is called
    with the problem and the previous sources stay in use.
    """

    def __init__(
        self,
        path: Path,
        names: list[str] | None,
        store: StoreSettings,
        *,
        report: Callable[[str], None],
        stop: Event | None = None,
    ) -> None:
        self.path, self.names, self.store = path, names, store
        self.report = report
        self.stop = stop or Event()
        self.file = read_sources(path)
        self.selected = self.file.select(names)
        self._stamp = _stamp(path)
        self._scheduled: dict[str, float] = {}
        self._file_stamps: dict[str, tuple[int, int] | None] = {}

    def schedule(self, source: Source, delay: float = COMPLETE_AFTER) -> None:
        """Sync ``source`` in ``delay`` seconds."""
        self._scheduled[source.name] = time.time() + delay

    def __iter__(self) -> Iterator[list[Source]]:
        while not self.stop.is_set():
            folders = self._folders()
            for source in self.selected:
                if not source.is_web:
                    self.schedule(source, 0)  # changes from before the watch
            for changes in self._changes(folders):
                self._schedule_changed({path for _, path in changes})
                if ready := self._ready():
                    yield ready
                if self._stamp != _stamp(self.path):
                    self._reread()
                if self._folders() != folders:
                    break

    def _changes(self, folders: set[Path]) -> Iterator[set[tuple[Any, str]]]:
        """Sets of changes in ``folders``; an empty one after ``POLL_INTERVAL`` without a change."""
        import watchfiles

        if folders:
            try:
                yield from watchfiles.watch(
                    *sorted(folders),
                    stop_event=self.stop,
                    rust_timeout=int(POLL_INTERVAL * 1000),
                    yield_on_timeout=True,
                    raise_interrupt=True,
                )
                return
            except OSError as error:  # the system's limit of watches, or a folder just deleted
                self.report(f"folders cannot be watched ({error}): they are read when due")
        while not self.stop.wait(POLL_INTERVAL):
            yield set()

    def _schedule_changed(self, paths: set[str]) -> None:
        for source in self.selected:
            if source.is_web or source.name in self._scheduled:
                continue
            if not os.path.isdir(source.path):
                stamp = _stamp(source.path)
                if self._file_stamps.setdefault(source.name, stamp) != stamp:
                    self._file_stamps[source.name] = stamp
                    self.schedule(source, DEBOUNCE)
                continue
            top = os.path.realpath(source.path)
            visible = (os.path.realpath(p) for p in paths if not Path(p).name.startswith("."))
            if any(is_within(path, top) for path in visible):
                self.schedule(source, DEBOUNCE)

    def _ready(self) -> list[Source]:
        now = time.time()
        due = {source.name for source in due_now(self.selected, self.store, now)}
        at = dict.fromkeys(due, 0.0) | self._scheduled
        ready = [source for source in self.selected if at.get(source.name, now + 1) <= now]
        for source in ready:
            self._scheduled.pop(source.name, None)
        return ready

    def _reread(self) -> None:
        self._stamp = _stamp(self.path)
        try:
            self.file = read_sources(self.path)
            self.selected = self.file.select(self.names)
        except SettingsError as error:
            self.report(str(error))
        for problem in self.file.problems:
            self.report(f"{self.path}: {problem}")

    def _folders(self) -> set[Path]:
        """Existing folders to watch; single files are polled."""
        return {s.path for s in self.selected if not s.is_web and os.path.isdir(s.path)}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
