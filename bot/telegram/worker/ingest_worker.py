"""Where articles are taken in: in a process of its own, behind the readers.

Embedding a thousand articles keeps every core busy for minutes. In the bot's own process it would
share the interpreter and the embedding model with the questions; in another one, of low priority,
the system gives it only what readers leave, and between a few passages and the next it waits while
a question is being answered. It is begun for the first job and ends after the last
one has been done for a while, and whenever the bot ends, however it does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from functools import partial
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, TypeVar

from bot.telegram.core.logs import set_up
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.worker.ingest_tasks import (
    IngestResult,
    take_in_file,
    take_in_links,
    take_in_record,
)
from ingest.core.report import Observer
from ingest.store import open_store
from ingest.sync.reports import SourceReport
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

log = logging.getLogger(__name__)

NICENESS = 10
"""How far behind the bot the work stands for its turn on a core."""
PATIENCE = 2.0
"""Seconds that the work waits for readers before it goes on for a moment all the same."""
_LOOK_UP = 0.02
IDLE = 120.0
"""Seconds without a job after which the process, and its copy of the model, is let go."""

Done = TypeVar("Done")
Tell = Callable[[int], None]
Told = tuple[int, int] | None
"""Which job has how many articles in; None at the end of the work."""


class IngestWorker:
    """Takes articles in one job after the other. Its methods are called from the event loop."""

    def __init__(
        self,
        store: StoreSettings,
        settings: Callable[[], TelegramSettings],
        beside: IngestWorker | None = None,
    ) -> None:
        """With ``beside``, another workshop, it waits for the same readers as that one."""
        # One core stays the readers'.
        threads = store.threads or max(1, (os.cpu_count() or 1) - 1)
        self._store = store.model_copy(update={"threads": threads})
        self._settings = settings
        # Without a lock, which a killed process could leave taken; only the event loop writes it.
        self._readers: Any = beside._readers if beside else multiprocessing.RawValue("i", 0)
        self._turn = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._told: SimpleQueue[Told] | None = None
        self._job = 0
        self._tell: Tell = _nobody
        self._leaving: asyncio.TimerHandle | None = None

    async def record(self, payload: str) -> IngestResult:
        """Take in the article that a record holds, as JSON."""
        return await self._do(_nobody, _record, payload)

    async def file(self, path: Path, tell: Tell) -> IngestResult:
        """Take in the articles of a file; ``tell`` hears, in a thread, how many are in so far."""
        return await self._do(tell, _file, path)

    async def links(self, payload: str, tell: Tell) -> IngestResult:
        """Take in what is at addresses, one per line; ``tell`` as with a file."""
        return await self._do(tell, _links, payload)

    async def sync(self, name: str) -> SourceReport | None:
        """Sync a source of ``sources.toml``; None when there is none of that name any more."""
        return await self._do(_nobody, _sync, name)

    @contextlib.contextmanager
    def held_up(self) -> Iterator[None]:
        """The work waits, though not for ever, for as long as this lasts."""
        self._readers.value += 1
        try:
            yield
        finally:
            self._readers.value -= 1

    async def _do(self, tell: Tell, work: Callable[..., Done], *args: object) -> Done:
        async with self._turn:
            if self._leaving is not None:
                self._leaving.cancel()
            self._job, self._tell = self._job + 1, tell
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._opened(), work, self._job, *args)
            except BrokenExecutor:
                self.close()  # the next job begins a new process
                raise
            finally:
                self._tell = _nobody
                self._leaving = loop.call_later(IDLE, self.close)

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._told = told = context.SimpleQueue()
            self._pool = ProcessPoolExecutor(
                1, context, _begin, (self._store, self._settings(), told, self._readers)
            )
            threading.Thread(target=self._listen, args=(told,), daemon=True).start()
        return self._pool

    def _listen(self, told: SimpleQueue[Told]) -> None:
        with contextlib.suppress(EOFError, OSError):
            while (heard := told.get()) is not None:
                job, articles = heard
                if job == self._job:  # and not the one before, heard late
                    self._tell(articles)

    def close(self) -> None:
        """Let the process go; what it is doing is not waited for."""
        if self._told is not None:
            self._told.put(None)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._told = None


def _nobody(articles: int) -> None:
    """For who does not want to know."""


# -- in the other process ---------------------------------------------------------------------

_opened: ArticleStore
_progress: SimpleQueue[Told]


def _begin(
    store: StoreSettings,
    settings: TelegramSettings,
    progress: SimpleQueue[Told],
    readers: Any,
) -> None:
    global _opened, _progress
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Ctrl-C is for the bot, and so is what a supervisor sends to all processes it has started:
        # ended by it, this one would look as if it had failed, and the job with it.
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    set_up(settings)
    _opened = open_store(store, writable=True, throttle=partial(_wait_for, readers))
    _progress = progress


def _wait_for(readers: Any) -> None:
    """Wait while a question is being answered; under a constant stream of them, for a while."""
    until = time.monotonic() + PATIENCE
    while readers.value > 0 and time.monotonic() < until:
        time.sleep(_LOOK_UP)


def _end_with_parent() -> None:
    """A bot that was killed cannot tell; the next one takes the job up again."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _record(job: int, payload: str) -> IngestResult:
    return take_in_record(_opened, payload)


def _file(job: int, path: Path) -> IngestResult:
    return take_in_file(_opened, path, lambda articles: _progress.put((job, articles)))


def _links(job: int, payload: str) -> IngestResult:
    return take_in_links(_opened, payload, lambda articles: _progress.put((job, articles)))


def _sync(job: int, name: str) -> SourceReport | None:
    from ingest.sync import read_sources, sources_path
    from ingest.sync.scheduler import open_tools, sync_in_turn
    from ingest.sync.watch import Unfinished

    file = read_sources(sources_path(_opened.settings))
    source = file.sources.get(name)
    if source is None or not source.enabled:
        return None
    with open_tools(file.sources, store=_opened, patient=True, unfinished=Unfinished()) as tools:
        return sync_in_turn(source, tools, Observer(), due_only=True, patience=0.0)
