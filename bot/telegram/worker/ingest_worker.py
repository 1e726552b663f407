"""A separate process of low priority that ingests articles.

Embedding a thousand articles keeps every core busy for minutes. In the bot's own process it would
share the interpreter and the embedding model with the questions. The separate process runs at low
priority and pauses between batches of passages while a question is being answered. It is started
for the first job, and ends after the last job or together with the bot.
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
from typing import Any, TypeVar, TypeVarTuple

from bot.telegram.core.logs import configure_logging
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.worker.ingest_tasks import OnProgress
from ingest.store import open_store
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

log = logging.getLogger(__name__)

NICENESS = 10
"""Added to the niceness of the bot's process."""
MAX_PAUSE = 2.0
"""Seconds that ingest waits for questions before it continues with the next batch."""
_POLL_INTERVAL = 0.02
IDLE_TIMEOUT = 120.0
"""Seconds without a job after which the process, with its copy of the model, is ended."""

R = TypeVar("R")
Ts = TypeVarTuple("Ts")
ProgressMessage = tuple[int, int] | None
"""``(job number, articles stored)``; None ends the listener."""


def _ignore(articles: int) -> None:
    """For tasks without progress reports."""


class IngestWorker:
    """Runs tasks one after the other. Its methods are called from the event loop."""

    def __init__(
        self,
        store: StoreSettings,
        settings: Callable[[], TelegramSettings],
        pauses_with: IngestWorker | None = None,
    ) -> None:
        """``pauses_with`` is another worker that ``paused`` applies to as well."""
        # One core is left to the questions.
        threads = store.threads or max(1, (os.cpu_count() or 1) - 1)
        self._store = store.model_copy(update={"threads": threads})
        self._settings = settings
        # Without a lock, which a killed process could hold forever; only the event loop writes it.
        self._questions: Any = (
            pauses_with._questions if pauses_with else multiprocessing.RawValue("i", 0)
        )
        self._lock = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._progress: SimpleQueue[ProgressMessage] | None = None
        self._job = 0
        self._on_progress: OnProgress = _ignore
        self._idle_timer: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Pause ingest between batches, each time for at most ``MAX_PAUSE`` seconds."""
        self._questions.value += 1
        try:
            yield
        finally:
            self._questions.value -= 1

    async def run(
        self,
        task: Callable[[ArticleStore, OnProgress, *Ts], R],
        *args: *Ts,
        on_progress: OnProgress = _ignore,
    ) -> R:
        """``task(store, on_progress, *args)``, run in the worker process when it is free.

        ``on_progress`` is called in a thread of this process.
        """
        async with self._lock:
            if self._idle_timer is not None:
                self._idle_timer.cancel()
            self._job, self._on_progress = self._job + 1, on_progress
            loop = asyncio.get_running_loop()
            call = partial(_run_task, self._job, task, *args)
            try:
                return await loop.run_in_executor(self._started_pool(), call)
            except BrokenExecutor:
                self.close()  # the next job starts a new process
                raise
            finally:
                self._on_progress = _ignore
                self._idle_timer = loop.call_later(IDLE_TIMEOUT, self.close)

    def _started_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._progress = progress = context.SimpleQueue()
            self._pool = ProcessPoolExecutor(
                1, context, _initialize, (self._store, self._settings(), progress, self._questions)
            )
            threading.Thread(target=self._listen, args=(progress,), daemon=True).start()
        return self._pool

    def _listen(self, progress: SimpleQueue[ProgressMessage]) -> None:
        with contextlib.suppress(EOFError, OSError):
            while (message := progress.get()) is not None:
                job, articles = message
                if job == self._job:  # not a late message of the job before
                    self._on_progress(articles)

    def close(self) -> None:
        """End the process after its current job, without waiting for it."""
        if self._progress is not None:
            self._progress.put(None)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._progress = None


# -- in the worker process ------------------------------------------------------------------------

_worker_store: ArticleStore
_worker_progress: SimpleQueue[ProgressMessage]


def _initialize(
    store: StoreSettings,
    settings: TelegramSettings,
    progress: SimpleQueue[ProgressMessage],
    questions: Any,
) -> None:
    global _worker_store, _worker_progress
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Ctrl-C and a supervisor reach all processes of the bot. If this one ended before the bot,
        # its job would be reported as failed instead of being resumed at the next start.
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    configure_logging(settings)
    throttle = partial(_wait_for_questions, questions)
    _worker_store = open_store(store, writable=True, throttle=throttle)
    _worker_progress = progress


def _wait_for_questions(questions: Any) -> None:
    """Wait until no question is being answered, at most ``MAX_PAUSE`` seconds."""
    end = time.monotonic() + MAX_PAUSE
    while questions.value > 0 and time.monotonic() < end:
        time.sleep(_POLL_INTERVAL)


def _exit_with_parent() -> None:
    """End this process when the bot's process has ended, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _run_task(job: int, task: Callable[[ArticleStore, OnProgress, *Ts], R], *args: *Ts) -> R:
    return task(_worker_store, lambda articles: _worker_progress.put((job, articles)), *args)
