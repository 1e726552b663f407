"""Long polling: requests updates from Telegram and queues them until cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.telegram.app.application import ALLOWED_UPDATES
from bot.telegram.core.api_rate_limiter import retry_seconds
from bot.telegram.core.inbox import Inbox
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.update_parsing import build_update, raw_update_id
from bot.telegram.handlers.errors import another_instance, invalid_token

log = logging.getLogger(__name__)

LONG_POLL = 25
"""Seconds that Telegram holds a request while there is no update."""
READ_TIMEOUT = 5.0
"""Further seconds until the response must have come."""
MAX_CONFLICTS = 4
"""In a row, after which the other instance is taken to stay, and this one ends."""
MAX_PAUSE = 30.0
"""Seconds between two requests after failures."""


async def poll(bot: Bot, inbox: Inbox, metrics: Metrics, *, backoff: float = 1.0) -> None:
    """Put updates into ``inbox`` until cancelled. Updates are acknowledged once they are stored.

    Updates that cannot be built are skipped and counted in ``metrics``; the offset moves past them.

    Raises:
        TelegramBotError: the token is not (or no longer) valid, or another program polls as well.
    """
    offset: int | None = None
    failures = conflicts = 0
    try:
        while True:
            try:
                updates = await _raw_updates(bot, offset, LONG_POLL)
            except InvalidToken as error:
                raise invalid_token() from error
            except Conflict as error:
                conflicts += 1
                log.error("another instance is polling", extra={"attempt": conflicts})
                if conflicts >= MAX_CONFLICTS:
                    offset = None  # acknowledging would end the other instance as well
                    raise another_instance("elsewhere") from error
                await asyncio.sleep(backoff * conflicts)
                continue
            except TelegramError as error:
                failures += 1
                log.warning("polling failed", extra={"problem": str(error), "attempt": failures})
                await asyncio.sleep(_pause(error, failures, backoff))
                continue
            conflicts = 0
            moved = False
            for raw in updates:
                update = build_update(raw, bot, metrics)
                if update is not None:
                    await inbox.put(update, raw)
                number = raw_update_id(raw)
                if number is not None:
                    offset, moved = max(offset or 0, number + 1), True
            if updates and not moved:  # the same ones would come again at once
                failures += 1
                await asyncio.sleep(min(MAX_PAUSE, backoff * failures))
            else:
                failures = 0
    finally:
        if offset is not None:
            with contextlib.suppress(TelegramError):  # else they are sent again, and recognised
                await asyncio.shield(_raw_updates(bot, offset, 0))


async def _raw_updates(bot: Bot, offset: int | None, timeout: int) -> list[Any]:
    """The decoded JSON of ``getUpdates``.

    ``Bot.get_updates`` builds all updates at once, raises when one cannot be built, and logs them
    with their texts; the public ``Bot.do_api_request`` takes no method that ``Bot`` has itself.

    Raises:
        TelegramError: the request failed, or its response has no list of updates.
    """
    data = {"offset": offset, "timeout": timeout, "allowed_updates": ALLOWED_UPDATES}
    try:
        result = await bot._post("getUpdates", data, read_timeout=timeout + READ_TIMEOUT)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TelegramError(f"Invalid response to getUpdates: {type(error).__name__}") from error
    if not isinstance(result, list):
        raise TelegramError("Invalid response to getUpdates: no list")
    return result


def _pause(error: TelegramError, failures: int, backoff: float) -> float:
    if isinstance(error, RetryAfter):
        return retry_seconds(error)
    if isinstance(error, TimedOut):
        return 0.0 if failures < 3 else backoff
    return float(min(MAX_PAUSE, backoff * 2 ** (failures - 1)))
