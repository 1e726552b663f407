"""How far a job is, in the message that will hold its result."""

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

EVERY = 3.0
"""Seconds between two edits of a progress message."""


class JobProgress:
    """Edits ``message`` now and then, until ``end``; without a message it tells nobody."""

    def __init__(self, bot: Bot, target: Target, message: int | None, language: Language) -> None:
        self._bot, self._target, self._message = bot, target, message
        self._language = language
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.time() + EVERY
        self._over = asyncio.Event()
        self._showing: asyncio.Task[None] | None = None
        self.articles = 0
        """How many are in."""

    def tell(self, articles: int) -> None:
        """So many articles are in. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._told, articles)

    def _told(self, articles: int) -> None:
        self.articles = articles
        if self._message is None or self._over.is_set():
            return
        if self._showing is None or self._showing.done():
            self._showing = asyncio.create_task(self._show())

    async def _show(self) -> None:
        """Show the newest number when it is time, and again should it change meanwhile."""
        shown = None
        while shown != self.articles:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._next - self._loop.time())
            if self._over.is_set():
                return
            shown, self._next = self.articles, self._loop.time() + EVERY
            words = translate("editor.working_on", self._language, articles=f"{shown:,}")
            try:
                await self._bot.edit_message_text(words, self._target.chat, self._message)
            except TelegramError as error:
                log.info("progress not shown", extra={"problem": str(error)})

    async def end(self) -> None:
        """Change the message no more: what is told from now on would hide the result."""
        self._over.set()
        if self._showing is not None:
            await self._showing
