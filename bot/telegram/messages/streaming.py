"""A composed answer as it is being written: a draft in private, a few edits anywhere else."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol

from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.core.models import Draft
from bot.telegram.core.api_rate_limiter import seconds_of
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, edit_in_passing, send_draft, send_in_passing
from bot.telegram.messages.splitting import TEXT_LIMIT, beginning

log = logging.getLogger(__name__)

DRAFT_EVERY = 0.8
"""Seconds between two forms of a draft."""
EDITS_AFTER = (3.0, 5.0, 8.0, 13.0)
"""Seconds after each showing elsewhere: every edit counts against what a group may be sent."""
KEPT_ALIVE = 20.0
"""Seconds after which an unchanged draft is sent again; Telegram shows one for thirty."""
PATIENCE = 2.0
"""Seconds that the answer waits for a draft that is on its way, so that none comes after it."""
UNFINISHED = " …"


class Place(Protocol):
    """Where drafts are shown."""

    pauses: Iterable[float]
    """Seconds to wait after each showing; when there are no more, nothing more is shown."""
    fades: bool
    """Whether what is shown disappears unless it is shown again."""

    async def show(self, text: str) -> None:
        """Show the newest form."""
        ...


class PrivateDraft:
    """A draft in a private chat; the answer that is sent afterwards takes its place."""

    def __init__(self, bot: Bot, target: Target) -> None:
        self._bot, self._target = bot, target
        self._id = secrets.randbits(31) | 1  # zero is none
        self.pauses: Iterable[float] = itertools.repeat(DRAFT_EVERY)
        self.fades = True

    async def show(self, text: str) -> None:
        """See ``Place``."""
        await send_draft(self._bot, self._target, self._id, text)


class EditedMessage:
    """A message that grows: a new one, or the one that a killed bot had begun.

    ``begun`` is told the id of a new message, so that a killed bot finds it again.
    """

    def __init__(
        self, bot: Bot, target: Target, message: int | None, begun: Callable[[int], None]
    ) -> None:
        self._bot, self._target, self._begun = bot, target, begun
        self.message = message
        self._lost = False
        self.pauses: Iterable[float] = EDITS_AFTER
        self.fades = False

    async def show(self, text: str) -> None:
        """See ``Place``."""
        if self.message is None:
            await self._begin(text + UNFINISHED)
        else:
            await edit_in_passing(self._bot, self._target.chat, self.message, text + UNFINISHED)

    async def _begin(self, text: str) -> None:
        if self._lost:
            return
        try:
            self.message = await send_in_passing(self._bot, self._target, text)
        except NetworkError as error:
            # It may have been sent all the same: a second one would stand beside it for ever.
            self._lost = not isinstance(error, BadRequest)
            raise
        self._begun(self.message)


class Nowhere:
    """No drafts are shown."""

    pauses: Iterable[float] = ()
    fades = False

    async def show(self, text: str) -> None:
        """See ``Place``."""


class AnswerStream:
    """Takes drafts from the engine's thread and shows the newest, as often as the place allows."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._newest = ""
        self._changed = asyncio.Event()
        self._over = asyncio.Event()
        self.is_showing = False

    def offer(self, draft: Draft) -> None:
        """More of the answer may be shown. May be called from any thread."""
        self._loop.call_soon_threadsafe(self._take, draft.text)

    def _take(self, text: str) -> None:
        self._newest = text
        self._changed.set()

    async def run(self) -> None:
        """Show drafts until it is over; a failure to show one is no failure to answer."""
        for pause in self._place.pauses:
            await self._something_to_show()
            self._changed.clear()
            shown = beginning(plain_text(self._newest), limit=TEXT_LIMIT - len(UNFINISHED))
            self.is_showing = True
            try:
                await self._place.show(shown.text)
            except RetryAfter as error:
                pause = max(pause, seconds_of(error))
            except TelegramError as error:
                log.info("draft not shown", extra={"problem": str(error)})
            self.is_showing = False
            if await _within(self._over, pause):
                return

    async def _something_to_show(self) -> None:
        """Wait for a new draft, or until the one that is shown would disappear."""
        while not await _within(self._changed, KEPT_ALIVE):
            if self._newest and self._place.fades:
                return

    def end(self) -> None:
        """Show nothing more."""
        self._over.set()


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Whether ``event`` is set, waiting for it so long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


@contextlib.asynccontextmanager
async def streaming(place: Place) -> AsyncIterator[AnswerStream]:
    """A stream whose last draft has been shown, or never will be, when this ends."""
    stream = AnswerStream(place)
    task = asyncio.create_task(stream.run())
    try:
        yield stream
    finally:
        stream.end()
        if stream.is_showing:
            await asyncio.wait({task}, timeout=PATIENCE)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        except Exception:
            log.exception("drafts failed")  # and the answer is there all the same
