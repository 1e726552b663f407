"""How fast the bot calls Telegram, and what it does when a call fails on the way.

Unlike python-telegram-bot's own limiter, a chat that Telegram slows down holds up no other chat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, cast

from aiolimiter import AsyncLimiter
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)
from telegram.ext import BaseRateLimiter, ExtBot

from bot.telegram.core.metrics import Metrics
from bot.telegram.core.repository import AnswerRepository

log = logging.getLogger(__name__)

PER_SECOND = 28
"""Calls to all chats together; Telegram allows about 30."""
GROUP_PER_MINUTE = 18
"""Calls to one group; Telegram allows 20."""
IN_PASSING_PER_SECOND = 12
"""Of the calls to all chats, those that only show an answer that is being written."""
PATIENCE = 900.0
"""Seconds that one call may be put off by Telegram, altogether. Minutes are asked for now and then,
and cost only the chat its turn; an answer given up is lost."""
ATTEMPTS = 4
"""Of one call, when the network or Telegram fails."""

Result = bool | dict[str, Any] | list[dict[str, Any]]
_NOT_SENDING = {"getMe", "getWebhookInfo", "setWebhook", "deleteWebhook", "sendChatAction"}


def best_effort(bot: Bot) -> ExtBot[bool]:
    """``bot``, whose calls take ``rate_limit_args=True``: worth nothing later than now."""
    return cast("ExtBot[bool]", bot)


class TelegramRateLimiter(BaseRateLimiter[bool]):
    """Waits before calls where needed and repeats those that failed for no fault of theirs.

    A call whose answer got lost is repeated too: a message that comes twice is better than none.
    Calls made in passing (see ``passing``) are neither put off nor repeated, and never take the
    room of others.
    """

    def __init__(
        self, records: AnswerRepository, metrics: Metrics | None = None, *, pause: float = 0.5
    ) -> None:
        self._metrics = metrics or Metrics()
        self._records = records
        self._pause = pause
        self._all = AsyncLimiter(PER_SECOND, 1)
        self._in_passing = AsyncLimiter(IN_PASSING_PER_SECOND, 1)
        self._groups: dict[int, AsyncLimiter] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Result]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: bool | None,
    ) -> Result:
        """Make one call, however many attempts it takes.

        Raises:
            TelegramError: what Telegram said, when repeating would not help or did not.
        """
        waited = 0.0
        failures = 0
        once = bool(rate_limit_args) or endpoint == "sendChatAction"
        self._readdress(data)
        while True:
            if rate_limit_args:
                self._look_for_room(data)
                await self._in_passing.acquire()
            await self._wait_for_room(endpoint, data)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self._metrics.count("rawi_telegram_errors_total", kind="asked_to_wait")
                seconds = seconds_of(error)
                waited += seconds
                log.warning("asked to wait", extra={"method": endpoint, "seconds": seconds})
                if once or waited > PATIENCE:
                    raise
                await asyncio.sleep(seconds + 0.1)
            except ChatMigrated as error:
                log.info("chat migrated", extra={"chat": data.get("chat_id")})
                if data.get("chat_id") in (None, error.new_chat_id):
                    raise
                self._records.migrate(int(data["chat_id"]), error.new_chat_id)
                data["chat_id"] = error.new_chat_id
            except (BadRequest, Forbidden, InvalidToken) as error:
                self._metrics.count("rawi_telegram_errors_total", kind=type(error).__name__)
                raise
            except NetworkError as error:
                failures += 1
                self._metrics.count("rawi_telegram_errors_total", kind=type(error).__name__)
                log.warning("call failed", extra={"method": endpoint, "problem": str(error)})
                if once or failures >= ATTEMPTS or endpoint in _NOT_SENDING:
                    raise
                await asyncio.sleep(self._pause * 2**failures)

    def _readdress(self, data: dict[str, Any]) -> None:
        chat = data.get("chat_id")
        if isinstance(chat, int) and chat < 0:
            data["chat_id"] = self._records.migrated(chat)

    def _look_for_room(self, data: dict[str, Any]) -> None:
        """For a call in passing: as much room as it takes, and as much again for others."""
        group = self._group(data.get("chat_id"))
        if (
            not self._in_passing.has_capacity()
            or not self._all.has_capacity(PER_SECOND // 4)
            or (group is not None and not group.has_capacity(GROUP_PER_MINUTE // 3))
        ):
            raise RetryAfter(1)

    async def _wait_for_room(self, endpoint: str, data: dict[str, Any]) -> None:
        chat = data.get("chat_id")
        if chat is None or endpoint in _NOT_SENDING:
            return
        group = self._group(chat)
        if group is not None:
            await group.acquire()
        await self._all.acquire()

    def _group(self, chat: Any) -> AsyncLimiter | None:
        if not isinstance(chat, int) or chat > 0:
            return None
        return self._groups.setdefault(chat, AsyncLimiter(GROUP_PER_MINUTE, 60))


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    after = error.retry_after
    return float(after) if isinstance(after, (int, float)) else after.total_seconds()
