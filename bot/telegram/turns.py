"""The order in which messages are dealt with: one at a time in a chat, chats side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.telegram.inbox import Inbox

_NO_LIMIT = 1_000_000  # the inbox bounds what is under way, and each chat its own line


@dataclass(slots=True)
class _Line:
    """Those of one chat that wait for their turn."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Turns(BaseUpdateProcessor):
    """Handles the updates of one chat (and topic) in order, and those of all chats concurrently.

    ``waiting`` says how many messages of a chat may be in line; of those beyond it none is
    answered and ``turned_away`` is called instead. So nobody's flood delays anybody else. ``heard``
    is told of every update at once, before its turn.
    """

    def __init__(
        self,
        inbox: Inbox,
        waiting: Callable[[Update], int],
        turned_away: Callable[[Update], Awaitable[None]],
        heard: Callable[[Update], None] = lambda update: None,
    ) -> None:
        super().__init__(_NO_LIMIT)
        self._inbox = inbox
        self._waiting = waiting
        self._turned_away = turned_away
        self._heard = heard
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
        self._heard(update)
        key = place(update)
        line = self._lines.setdefault(key, _Line())
        if update.message is not None and line.length > self._waiting(update):
            if asyncio.iscoroutine(coroutine):
                coroutine.close()
            await self._turned_away(update)
            self._inbox.finished(update)
            return
        line.length += 1
        if update.inline_query is not None:
            self._newest_inline[update.inline_query.from_user.id] = update.inline_query.id
        try:
            async with line.turn:
                if self._overtaken(update) and asyncio.iscoroutine(coroutine):
                    coroutine.close()
                else:
                    await coroutine
        except asyncio.CancelledError:
            raise  # not finished: the next start takes it up again
        else:
            self._inbox.finished(update)
        finally:
            line.length -= 1
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


def place(update: Update) -> Hashable:
    """What must keep its order: a topic of a chat, or a person where there is no chat."""
    chat, message = update.effective_chat, update.effective_message
    if chat is not None:
        topic = message.message_thread_id if message and message.is_topic_message else None
        return (chat.id, topic)
    return update.effective_user.id if update.effective_user else None
