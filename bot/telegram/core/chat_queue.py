"""Order of processing: the updates of one chat one after the other, chats concurrently."""

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

_NO_LIMIT = 1_000_000  # the inbox bounds the updates in progress, and each chat its own queue


@dataclass(slots=True)
class _ChatQueue:
    """Updates of one chat that are being processed or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0
    by_user: Counter[int] = field(default_factory=Counter)
    """Number of updates per user id; 0 stands for an unknown user."""


class PerChatProcessor(BaseUpdateProcessor):
    """Processes the updates of one chat (and topic) in order, those of other chats concurrently.

    ``limit(update)`` is the number of updates (messages, edits, button presses) of one user that
    may wait in a chat. Updates over the limit are dropped and passed to ``rejected``. The others
    are passed to ``queued`` before they wait. Updates for which ``bypasses(update)`` is true are
    processed at once and do not count.
    """

    def __init__(
        self,
        inbox: Inbox,
        limit: Callable[[Update], int],
        rejected: Callable[[Update], Awaitable[None]],
        queued: Callable[[Update], None] = lambda update: None,
        bypasses: Callable[[Update], bool] = lambda update: False,
    ) -> None:
        super().__init__(_NO_LIMIT)
        self._inbox = inbox
        self._limit = limit
        self._rejected = rejected
        self._queued = queued
        self._bypasses = bypasses
        self._queues: dict[Hashable, _ChatQueue] = {}
        self._newest_inline: dict[int, str] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Process the update when its chat is free; see ``BaseUpdateProcessor``."""
        if not isinstance(update, Update):
            await coroutine
            return
        with self._finishing(update):
            if self._bypasses(update):
                await coroutine
            else:
                await self._in_order(update, coroutine)

    @contextlib.contextmanager
    def _finishing(self, update: Update) -> Iterator[None]:
        """Mark the update as finished afterwards, unless the bot is being stopped."""
        try:
            yield
        except asyncio.CancelledError:
            raise  # not finished: the next start processes it again
        except BaseException:
            self._inbox.finished(update)
            raise
        self._inbox.finished(update)

    async def _in_order(self, update: Update, coroutine: Awaitable[Any]) -> None:
        key = conversation_key(update)
        user_id = update.effective_user.id if update.effective_user else 0
        queue = self._queues.setdefault(key, _ChatQueue())
        if _is_limited(update) and queue.by_user[user_id] > self._limit(update):
            _close(coroutine)
            await self._rejected(update)
            return
        self._queued(update)
        queue.length += 1
        queue.by_user[user_id] += 1
        if update.inline_query is not None:
            self._newest_inline[update.inline_query.from_user.id] = update.inline_query.id
        try:
            async with queue.lock:
                if self._is_superseded(update):
                    _close(coroutine)
                else:
                    await coroutine
        finally:
            queue.length -= 1
            queue.by_user[user_id] -= 1
            if not queue.length:
                self._queues.pop(key, None)

    def _is_superseded(self, update: Update) -> bool:
        """Whether a newer inline query of the user waits: Telegram sends one per keystroke."""
        query = update.inline_query
        if query is None:
            return False
        if self._newest_inline.get(query.from_user.id) != query.id:
            return True
        del self._newest_inline[query.from_user.id]
        return False


def _is_limited(update: Update) -> bool:
    """Whether the update is something that a user can do again later."""
    return bool(update.message or update.edited_message or update.callback_query)


def _close(coroutine: Awaitable[Any]) -> None:
    if asyncio.iscoroutine(coroutine):
        coroutine.close()


def conversation_key(update: Update) -> Hashable:
    """``(chat id, topic id)`` of an update, or the user's id where there is no chat."""
    chat, message = update.effective_chat, update.effective_message
    if chat is not None:
        topic_id = message.message_thread_id if message and message.is_topic_message else None
        return (chat.id, topic_id)
    return update.effective_user.id if update.effective_user else None
