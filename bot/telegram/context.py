"""The objects that all handlers of a running bot share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.engine import Engine
from bot.telegram.core.chat_state import ChatState
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

QUOTING_WORKERS, COMPOSING_WORKERS = 2, 16
"""Questions answered at a time: quoting computes, composing mostly waits for the chat model."""


class BotContext:
    """Engine, stored state, limits and threads of one running bot."""

    def __init__(
        self, settings: TelegramSettings, engine: Engine, database: BotDatabase, home: Path
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.database = database
        self.answers = AnswerRepository(database)
        self.chats = ChatState(database)
        self.quota = RateQuota()
        self.inline_quota = RateQuota()
        self.apply_limits()
        self.metrics = Metrics()
        self.pending = PendingQuestions(self.may_ask)
        self.ingest_worker = IngestWorker(engine.store.settings, lambda: self.settings)
        # A sync can take long, and editors' jobs do not wait for it.
        self.sync_worker = IngestWorker(
            engine.store.settings, lambda: self.settings, pauses_with=self.ingest_worker
        )
        self.syncing: str | None = None
        """Name of the source that is being synced."""
        self.last_album: dict[int, str] = {}
        """Id of the last album per chat: an album arrives as several messages."""
        self.files = home / "telegram" / "files"
        """Folder of the files that editors sent."""
        self.is_ready = False
        self.ingest_settings = IngestSettings()
        """Settings for paths and intervals; each job reads its settings anew."""
        self._answer_pool = self._new_answer_pool()
        self._editor_pool = ThreadPoolExecutor(1, thread_name_prefix="editor")

    def _new_answer_pool(self) -> ThreadPoolExecutor:
        default = COMPOSING_WORKERS if self.engine.composes else QUOTING_WORKERS
        return ThreadPoolExecutor(self.settings.workers or default, thread_name_prefix="answer")

    def resize_answer_pool(self) -> None:
        """Adapt the number of answering threads to the engine; running work is finished."""
        old, self._answer_pool = self._answer_pool, self._new_answer_pool()
        old.shutdown(wait=False)

    def apply_limits(self) -> None:
        """Set the rate limits from the settings."""
        settings = self.settings
        self.quota.set_limits(settings.user_rate, settings.total_rate)
        # An inline question is sent several times while it is being typed.
        self.inline_quota.set_limits(3 * settings.user_rate, settings.total_rate)

    def may_ask(self, user_id: int) -> bool:
        """Whether a question of this user would be answered now; counts nothing."""
        return self.settings.may_read(user_id) and self.quota.check(user_id) == "yes"

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``function`` in a thread of the answer pool."""
        loop = asyncio.get_running_loop()
        # Composed answers wait for the chat model most of the time, and leave the cores to ingest.
        composes = self.engine.composes
        with contextlib.nullcontext() if composes else self.ingest_worker.paused():
            return await loop.run_in_executor(self._answer_pool, lambda: function(*args, **kwargs))

    async def run_for_editor(
        self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run ``function``, which may wait for the store's write lock, in a thread of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._editor_pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """Start no more work; running work is not waited for."""
        self._answer_pool.shutdown(wait=False, cancel_futures=True)
        self._editor_pool.shutdown(wait=False, cancel_futures=True)
        self.ingest_worker.close()
        self.sync_worker.close()
