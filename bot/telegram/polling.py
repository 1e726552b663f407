"""Asking Telegram for updates, for as long as the bot runs, whatever happens on the way."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.telegram.application import ALLOWED_UPDATES
from bot.telegram.errors import another_instance, invalid_token
from bot.telegram.inbox import Inbox
from bot.telegram.pacing import seconds_of

log = logging.getLogger(__name__)

LONG_POLL = 25
"""Seconds that Telegram holds a request for which there is nothing yet."""
CONFLICTS = 4
"""In a row: then the other one is not about to stop, and one of the two must."""
LONGEST_PAUSE = 30.0


async def poll(bot: Bot, inbox: Inbox, *, patience: float = 1.0) -> None:
    """Put updates into ``inbox`` until cancelled; Telegram hears what has arrived only then.

    Raises:
        TelegramBotError: the token is not (or no longer) valid, or another program polls as well.
    """
    offset: int | None = None
    failures = conflicts = 0
    try:
        while True:
            try:
                updates = await bot.get_updates(
                    offset=offset, timeout=LONG_POLL, allowed_updates=ALLOWED_UPDATES
                )
            except InvalidToken as error:
                raise invalid_token() from error
            except Conflict as error:
                conflicts += 1
                log.error("another instance is polling", extra={"attempt": conflicts})
                if conflicts >= CONFLICTS:
                    offset = None  # asking once more would end the other one as well
                    raise another_instance("elsewhere") from error
                await asyncio.sleep(patience * conflicts)
                continue
            except TelegramError as error:
                failures += 1
                log.warning("polling failed", extra={"problem": str(error), "attempt": failures})
                await asyncio.sleep(_pause(error, failures, patience))
                continue
            failures = conflicts = 0
            for update in updates:
                await inbox.put(update)
                offset = update.update_id + 1
    finally:
        if offset is not None:
            with contextlib.suppress(TelegramError):  # else they come again, and are known
                await asyncio.shield(bot.get_updates(offset=offset, timeout=0))


def _pause(error: TelegramError, failures: int, patience: float) -> float:
    if isinstance(error, RetryAfter):
        return seconds_of(error)
    if isinstance(error, TimedOut):
        return 0.0 if failures < 3 else patience
    return float(min(LONGEST_PAUSE, patience * 2 ** (failures - 1)))
