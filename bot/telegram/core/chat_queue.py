"""The order in which messages are dealt with: one at a time in a chat, chats side by side."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.telegram.core.inbox import Inbox

_NO_LIMIT = 1_000_000  # the inbox bounds what is under way, and each chat its own line


@dataclass(slots=True)
class _Line:
    """Those of one chat that wait for their turn."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0
    of: Counter[int] = field(default_factory=Counter)
    """How many are whose; 0 stands for who is not known."""


class PerChatProcessor(BaseUpdateProcessor):
    """Handles the updates of one chat (and topic) in order, and those of all chats concurrently.

    ``waiting`` says how many of a person's messages (changed ones and taps on buttons count) may be
    in line; of those beyond it none is answered and ``turned_away`` is called instead. So nobody's
    flood delays anybody else. ``heard`` is told of the others at once, before their turn. What is
    ``idle`` asks nothing of the bot, such as members of a group among themselves, and waits for
    nobody.
    """

    def __init__(
        self,
        inbox: Inbox,
        waiting: Callable[[Update], int],
        turned_away: Callable[[Update], Awaitable[None]],
        heard: Callable[[Update], None] = lambda update: None,
        idle: Callable[[Update], bool] = lambda update: False,
    ) -> None:
        super().__init__(_NO_LIMIT)
        self._inbox = inbox
        self._waiting = waiting
        self._turned_away = turned_away
        self._heard = heard
        self._idle = idle
        self._lines: dict[Hashable, _Line] = {}
        self._newest_inline: dict[int, str] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for the chat's turn, then handle the update; see ``BaseUpdateProcessor``."""
        if not isinstance(update, Update):
            await coroutine
            return
        with self._finishing(update):
            if self._idle(update):
                await coroutine
            else:
                await self._in_line(update, coroutine)

    @contextlib.contextmanager
    def _finishing(self, update: Update) -> Iterator[None]:
        """The update is dealt with afterwards, unless the bot is being stopped meanwhile."""
        try:
            yield
        except asyncio.CancelledError:
            raise  # not finished: the next start takes it up again
        except BaseException:
            self._inbox.finished(update)
            raise
        self._inbox.finished(update)

    async def _in_line(self, update: Update, coroutine: Awaitable[Any]) -> None:
        key = place(update)
        person = update.effective_user.id if update.effective_user else 0
        line = self._lines.setdefault(key, _Line())
        if _can_wait(update) and line.of[person] > self._waiting(update):
            _drop(coroutine)
            await self._turned_away(update)
            return
        self._heard(update)
        line.length += 1
        line.of[person] += 1
        if update.inline_query is not None:
            self._newest_inline[update.inline_query.from_user.id] = update.inline_query.id
        try:
            async with line.turn:
                if self._overtaken(update):
                    _drop(coroutine)
                else:
                    await coroutine
        finally:
            line.length -= 1
            line.of[person] -= 1
            if not line.length:
                self._lines.pop(key, None)

    def _overtaken(self, update: Update) -> bool:
        """Whether a person has typed on since: Telegram asks at almost every keystroke."""
        query = update.inline_query
        if query is None:
            return False
        if self._newest_inline.get(query.from_user.id) != query.id:
            return True
        del self._newest_inline[query.from_user.id]
        return False


def _can_wait(update: Update) -> bool:
    """Whether it is something that a person can do again later."""
    return bool(update.message or update.edited_message or update.callback_query)


def _drop(coroutine: Awaitable[Any]) -> None:
    if asyncio.iscoroutine(coroutine):
        coroutine.close()


def place(update: Update) -> Hashable:
    """What must keep its order: a topic of a chat, or a person where there is no chat."""
    chat, message = update.effective_chat, update.effective_message
    if chat is not None:
        topic = message.message_thread_id if message and message.is_topic_message else None
        return (chat.id, topic)
    return update.effective_user.id if update.effective_user else None
