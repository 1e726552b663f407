"""Progress of a job, shown in the message that will hold its result."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.messages.sender import Target
from bot.telegram.messages.texts import translate
from prompts import Language

log = logging.getLogger(__name__)

EDIT_INTERVAL = 3.0
"""Seconds between two edits of a progress message."""


class JobProgress:
    """Edits a message at intervals until ``end``; without a message it only counts."""

    def __init__(
        self, bot: Bot, target: Target, message_id: int | None, language: Language
    ) -> None:
        self._bot, self._target, self._message_id = bot, target, message_id
        self._language = language
        self._loop = asyncio.get_running_loop()
        self._next_edit = self._loop.time() + EDIT_INTERVAL
        self._ended = asyncio.Event()
        self._showing: asyncio.Task[None] | None = None
        self.articles = 0
        """Articles in the store so far."""

    def update(self, articles: int) -> None:
        """Set the number of articles. Thread-safe."""
        self._loop.call_soon_threadsafe(self._set, articles)

    def _set(self, articles: int) -> None:
        self.articles = articles
        if self._message_id is None or self._ended.is_set():
            return
        if self._showing is None or self._showing.done():
            self._showing = asyncio.create_task(self._show())

    async def _show(self) -> None:
        """Show the newest number when it is time, and again if it changes meanwhile."""
        shown = None
        while shown != self.articles:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._next_edit - self._loop.time())
            if self._ended.is_set():
                return
            shown, self._next_edit = self.articles, self._loop.time() + EDIT_INTERVAL
            text = translate("editor.working_on", self._language, articles=f"{shown:,}")
            try:
                await self._bot.edit_message_text(text, self._target.chat_id, self._message_id)
            except TelegramError as error:
                log.info("progress not shown", extra={"problem": str(error)})

    async def end(self) -> None:
        """Stop editing: a later edit would overwrite the result."""
        self._ended.set()
        if self._showing is not None:
            await self._showing
