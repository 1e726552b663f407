"""Display of a composed answer while it is generated: drafts in private, edits elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from typing import Protocol

from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.core.models import Draft
from bot.telegram.core.api_rate_limiter import best_effort, retry_seconds
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import NO_PREVIEW, Target
from bot.telegram.messages.splitting import TEXT_LIMIT, first_part

log = logging.getLogger(__name__)

DRAFT_INTERVAL = 0.8
"""Seconds between two versions of a draft."""
EDIT_INTERVALS = (3.0, 5.0, 8.0, 13.0)
"""Seconds after each edit of a message: edits count against the rate limit of a group."""
REFRESH_AFTER = 20.0
"""Seconds after which an unchanged draft is sent again; Telegram shows one for thirty."""
LAST_DRAFT_TIMEOUT = 2.0
"""Seconds that the answer waits for a draft that is being sent, so that none arrives after it."""
UNFINISHED = " …"


class DraftDisplay(Protocol):
    """Shows the unfinished answer."""

    intervals: Iterable[float]
    """Seconds to wait after each display; after the last, nothing more is shown."""
    expires: bool
    """Whether a draft disappears unless it is sent again."""

    async def show(self, text: str) -> None:
        """Show the newest version.

        Raises:
            TelegramError: it was not shown.
        """
        ...


class PrivateDraft:
    """A draft in a private chat; the message that is sent afterwards replaces it."""

    def __init__(self, bot: Bot, target: Target) -> None:
        self._bot, self._target = best_effort(bot), target
        self._id = secrets.randbits(31) | 1  # not zero
        self.intervals: Iterable[float] = itertools.repeat(DRAFT_INTERVAL)
        self.expires = True

    async def show(self, text: str) -> None:
        """See ``DraftDisplay``."""
        await self._bot.send_message_draft(
            self._target.chat_id,
            self._id,
            text,
            message_thread_id=self._target.topic_id,
            rate_limit_args=True,
        )


class EditedMessage:
    """A message that is edited: a new one, or ``message_id`` of an interrupted process.

    ``on_sent`` is called with the id of a new message, so that an interrupted bot finds it again.
    """

    def __init__(
        self, bot: Bot, target: Target, message_id: int | None, on_sent: Callable[[int], None]
    ) -> None:
        self._bot, self._target, self._on_sent = best_effort(bot), target, on_sent
        self.message_id = message_id
        self._is_lost = False
        self.intervals: Iterable[float] = EDIT_INTERVALS
        self.expires = False

    async def show(self, text: str) -> None:
        """See ``DraftDisplay``."""
        text += UNFINISHED
        if self.message_id is not None:
            await self._bot.edit_message_text(
                text,
                self._target.chat_id,
                self.message_id,
                link_preview_options=NO_PREVIEW,
                rate_limit_args=True,
            )
        elif not self._is_lost:
            try:
                message = await self._bot.send_message(
                    self._target.chat_id,
                    text,
                    message_thread_id=self._target.topic_id,
                    reply_parameters=replace(self._target, quote=None).reply_parameters(),
                    link_preview_options=NO_PREVIEW,
                    rate_limit_args=True,
                )
            except NetworkError as error:
                # It may have been sent: another message would leave the first one unfinished.
                self._is_lost = not isinstance(error, BadRequest)
                raise
            self.message_id = message.message_id
            self._on_sent(self.message_id)


class NoDisplay:
    """Shows nothing."""

    intervals: Iterable[float] = ()
    expires = False

    async def show(self, text: str) -> None:
        """See ``DraftDisplay``."""


class AnswerStream:
    """Takes drafts from the engine's thread and shows the newest at the display's intervals."""

    def __init__(self, display: DraftDisplay) -> None:
        self._display = display
        self._loop = asyncio.get_running_loop()
        self._newest = ""
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self.is_showing = False

    def update(self, draft: Draft) -> None:
        """Set the newest draft. Thread-safe."""
        self._loop.call_soon_threadsafe(self._set, draft.text)

    def _set(self, text: str) -> None:
        self._newest = text
        self._changed.set()

    async def run(self) -> None:
        """Show drafts until ``end``; failures to show one are logged."""
        for interval in self._display.intervals:
            await self._wait_for_draft()
            self._changed.clear()
            shown = first_part(plain_text(self._newest), limit=TEXT_LIMIT - len(UNFINISHED))
            self.is_showing = True
            try:
                await self._display.show(shown.text)
            except RetryAfter as error:
                interval = max(interval, retry_seconds(error))
            except TelegramError as error:
                log.info("draft not shown", extra={"problem": str(error)})
            self.is_showing = False
            if await _wait(self._ended, interval):
                return

    async def _wait_for_draft(self) -> None:
        """Wait for a new draft, or until the one that is shown is about to expire."""
        while not await _wait(self._changed, REFRESH_AFTER):
            if self._newest and self._display.expires:
                return

    def end(self) -> None:
        """Show nothing more."""
        self._ended.set()


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait at most ``seconds`` for ``event``. Returns whether it is set."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


@contextlib.asynccontextmanager
async def streaming(display: DraftDisplay) -> AsyncIterator[AnswerStream]:
    """A running stream. On exit, no draft is being sent any more and none will be."""
    stream = AnswerStream(display)
    task = asyncio.create_task(stream.run())
    try:
        yield stream
    finally:
        stream.end()
        if stream.is_showing:
            await asyncio.wait({task}, timeout=LAST_DRAFT_TIMEOUT)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        except Exception:
            log.exception("drafts failed")  # the answer does not depend on them
