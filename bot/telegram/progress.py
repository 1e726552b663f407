"""How far a job is, in the message that will hold its result."""

from __future__ import annotations

import asyncio
import logging
import time

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.delivery import Target
from bot.telegram.words import say
from prompts import Language

log = logging.getLogger(__name__)

EVERY = 3.0
"""Seconds between two edits of a progress message."""


class Progress:
    """Edits ``message`` now and then, until ``end``; without a message it tells nobody."""

    def __init__(self, bot: Bot, target: Target, message: int | None, language: Language) -> None:
        self._bot, self._target, self._message = bot, target, message
        self._language = language
        self._loop = asyncio.get_running_loop()
        self._last = time.monotonic()
        self._edit: asyncio.Task[None] | None = None
        self._over = message is None

    def tell(self, articles: int) -> None:
        """So many articles are in. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._told, articles)

    def _told(self, articles: int) -> None:
        if self._over or time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        if self._edit is None or self._edit.done():
            self._edit = asyncio.create_task(self._show(articles))

    async def _show(self, articles: int) -> None:
        words = say("editor.working_on", self._language, articles=f"{articles:,}")
        try:
            await self._bot.edit_message_text(words, self._target.chat, self._message)
        except TelegramError as error:
            log.info("progress not shown", extra={"problem": str(error)})

    async def end(self) -> None:
        """Change the message no more: what is told from now on would hide the result."""
        self._over = True
        if self._edit is not None:
            await self._edit
