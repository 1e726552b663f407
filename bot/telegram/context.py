"""What every handler works with: engine, memory, limits, and threads for what takes time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from telegram.ext import ContextTypes

from bot.engine import Engine
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.repository import AnswerRepository
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.core.user_quota import RateQuota
from bot.telegram.pending_questions import PendingQuestions
from bot.telegram.worker.ingest_worker import IngestWorker
from ingest.core.settings import IngestSettings

P = ParamSpec("P")
R = TypeVar("R")


QUOTING, COMPOSING = 2, 16
"""Questions answered at the same moment: quoting computes, composing mostly waits for the model."""


class BotContext:
    """One running bot's belongings."""

    def __init__(
        self, settings: TelegramSettings, engine: Engine, database: BotDatabase, home: Path
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.database = database
        self.records = AnswerRepository(database)
        self.allowance = RateQuota()
        self.inline_allowance = RateQuota()
        self.set_limits()
        self.metrics = Metrics()
        self.underway = PendingQuestions(self.would_admit)
        self.workshop = IngestWorker(engine.store.settings, lambda: self.settings)
        self.syncer = IngestWorker(engine.store.settings, lambda: self.settings, self.workshop)
        """Beside the workshop: a sync may take long, and editors' jobs do not wait for it."""
        self.syncs: str | None = None
        """The source that is being synced."""
        self.albums: dict[int, str] = {}
        """The last album of each chat that was answered: it comes as several messages."""
        self.files = home / "telegram" / "files"
        self.ready = False
        self.ingest = IngestSettings()
        """How articles are taken in; each job reads its settings itself."""
        self._workers = self._for_answers()
        self._editors = ThreadPoolExecutor(1, thread_name_prefix="editor")

    def _for_answers(self) -> ThreadPoolExecutor:
        workers = self.settings.workers or (COMPOSING if self.engine.composes else QUOTING)
        return ThreadPoolExecutor(workers, thread_name_prefix="answer")

    def set_workers(self) -> None:
        """Answer as many questions at once as fits how they are answered now."""
        before, self._workers = self._workers, self._for_answers()
        before.shutdown(wait=False)  # what it has been given, it does

    def set_limits(self) -> None:
        """Let people ask as much as the settings say."""
        settings = self.settings
        self.allowance.limit(settings.user_rate, settings.total_rate)
        # A question typed inline arrives in several states before it is whole.
        self.inline_allowance.limit(3 * settings.user_rate, settings.total_rate)

    def would_admit(self, person: int) -> bool:
        """Whether a question of this person would be answered now. Nothing is counted."""
        return self.settings.may_read(person) and self.allowance.would_be(person) == "yes"

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``work`` in a thread, when one of the readers' threads is free."""
        loop = asyncio.get_running_loop()
        # Who waits for a chat model leaves the cores alone for most of the time.
        hurry = contextlib.nullcontext() if self.engine.composes else self.workshop.held_up()
        with hurry:
            return await loop.run_in_executor(self._workers, lambda: work(*args, **kwargs))

    async def run_for_editor(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``work`` that may have to wait for its turn to write, at no reader's expense."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._editors, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._editors.shutdown(wait=False, cancel_futures=True)
        self.workshop.close()
        self.syncer.close()


Context = ContextTypes.DEFAULT_TYPE


def bot_context(context: Context) -> BotContext:
    """The desk of the application that a handler runs in."""
    return cast("BotContext", context.bot_data["desk"])
