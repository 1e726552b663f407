"""Rate limiter for calls to the Bot API, with repetition of failed calls.

Unlike in python-telegram-bot's ``AIORateLimiter``, a chat that Telegram slows down delays no other.
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

from bot.telegram.core.chat_state import ChatState
from bot.telegram.core.metrics import Metrics

log = logging.getLogger(__name__)

PER_SECOND = 28
"""Calls to all chats together; Telegram allows about 30."""
GROUP_PER_MINUTE = 18
"""Calls to one group; Telegram allows 20."""
BEST_EFFORT_PER_SECOND = 12
"""Of these, calls that only show an unfinished answer."""
MAX_WAIT = 900.0
"""Total seconds that Telegram may delay one call. Delays of minutes happen and hold up only their
chat, while an answer that is given up is lost."""
MAX_ATTEMPTS = 4
"""Of one call, when the network or Telegram fails."""

Result = bool | dict[str, Any] | list[dict[str, Any]]
_NOT_SENDING = {"getMe", "getWebhookInfo", "setWebhook", "deleteWebhook", "sendChatAction"}


def best_effort(bot: Bot) -> ExtBot[bool]:
    """``bot``, typed so that ``rate_limit_args=True`` makes a call best-effort: now or never."""
    return cast("ExtBot[bool]", bot)


class TelegramRateLimiter(BaseRateLimiter[bool]):
    """Waits before calls where needed, and repeats calls that failed for external reasons.

    A call is also repeated when its response was lost: a duplicate message is better than a missing
    one. Best-effort calls are neither delayed nor repeated, and never use up the room of others.
    """

    def __init__(
        self, chats: ChatState, metrics: Metrics | None = None, *, backoff: float = 0.5
    ) -> None:
        self._metrics = metrics or Metrics()
        self._chats = chats
        self._backoff = backoff
        self._all = AsyncLimiter(PER_SECOND, 1)
        self._best_effort = AsyncLimiter(BEST_EFFORT_PER_SECOND, 1)
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
        """Make one call, repeating it where that can help.

        Raises:
            TelegramError: the last error, when repetition cannot help or did not.
        """
        waited = 0.0
        failures = 0
        once = bool(rate_limit_args) or endpoint == "sendChatAction"
        chat_id = data.get("chat_id")
        if isinstance(chat_id, int) and chat_id < 0:
            data["chat_id"] = self._chats.current_id(chat_id)
        while True:
            if rate_limit_args:
                self._require_capacity(data)
                await self._best_effort.acquire()
            await self._acquire(endpoint, data)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self._metrics.telegram_errors.labels("asked_to_wait").inc()
                seconds = retry_seconds(error)
                waited += seconds
                log.warning("asked to wait", extra={"method": endpoint, "seconds": seconds})
                if once or waited > MAX_WAIT:
                    raise
                await asyncio.sleep(seconds + 0.1)
            except ChatMigrated as error:
                log.info("chat migrated", extra={"chat": data.get("chat_id")})
                if data.get("chat_id") in (None, error.new_chat_id):
                    raise
                self._chats.set_migrated(int(data["chat_id"]), error.new_chat_id)
                data["chat_id"] = error.new_chat_id
            except (BadRequest, Forbidden, InvalidToken) as error:
                self._metrics.telegram_errors.labels(type(error).__name__).inc()
                raise
            except NetworkError as error:
                failures += 1
                self._metrics.telegram_errors.labels(type(error).__name__).inc()
                log.warning("call failed", extra={"method": endpoint, "problem": str(error)})
                if once or failures >= MAX_ATTEMPTS or endpoint in _NOT_SENDING:
                    raise
                await asyncio.sleep(self._backoff * 2**failures)

    def _require_capacity(self, data: dict[str, Any]) -> None:
        """Raise ``RetryAfter`` unless a best-effort call leaves enough capacity to others."""
        group = self._group(data.get("chat_id"))
        if (
            not self._best_effort.has_capacity()
            or not self._all.has_capacity(PER_SECOND // 4)
            or (group is not None and not group.has_capacity(GROUP_PER_MINUTE // 3))
        ):
            raise RetryAfter(1)

    async def _acquire(self, endpoint: str, data: dict[str, Any]) -> None:
        chat_id = data.get("chat_id")
        if chat_id is None or endpoint in _NOT_SENDING:
            return
        group = self._group(chat_id)
        if group is not None:
            await group.acquire()
        await self._all.acquire()

    def _group(self, chat_id: Any) -> AsyncLimiter | None:
        if not isinstance(chat_id, int) or chat_id > 0:
            return None
        return self._groups.setdefault(chat_id, AsyncLimiter(GROUP_PER_MINUTE, 60))


def retry_seconds(error: RetryAfter) -> float:
    """Seconds to wait before the call may be repeated."""
    after = error.retry_after
    return float(after) if isinstance(after, (int, float)) else after.total_seconds()
