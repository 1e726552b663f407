"""Work beside the handling of updates: updates of an earlier process, and deletion of old data."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.telegram.app.application import App
from bot.telegram.context import BotContext
from bot.telegram.core.inbox import Inbox
from bot.telegram.handlers.command_menu import register_commands
from bot.telegram.jobs.source_sync import sync_continuously
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import telegram_language, translate

log = logging.getLogger(__name__)

CLEANING_INTERVAL = 6 * 3600.0
"""Seconds."""


def start_background_tasks(app: App, deps: BotContext, inbox: Inbox) -> list[asyncio.Task[None]]:
    """Tasks to cancel when the bot stops; a failure of one is logged."""
    return [
        asyncio.create_task(_logged(work))
        for work in (
            register_commands(app.bot, deps.settings.editors),
            _retry_unfinished(app, deps, inbox),
            delete_old_data(deps, inbox),
            sync_continuously(app.bot, deps),
        )
    ]


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("background work failed")


async def _retry_unfinished(app: App, deps: BotContext, inbox: Inbox) -> None:
    """Queue updates that an earlier process did not finish, and apologise for those given up."""
    retry, give_up = inbox.unfinished(app.bot, deps.metrics)
    for update in retry:
        log.info("taken up again", extra={"update": update.update_id})
        await inbox.put_stored(update)
    for update in give_up:
        log.error("given up", extra={"update": update.update_id})
        inbox.discard(update.update_id)
        if update.message is not None:
            try:
                language = telegram_language(update.effective_user)
                text = plain_text(translate("trouble.interrupted", language))
                await send(app.bot, Target.of(update.message, reply=True), [text])
            except Exception as error:  # fields may have wrong types; the others matter still
                log.info("not told", extra={"update": update.update_id, "problem": str(error)})


async def delete_old_data(deps: BotContext, inbox: Inbox) -> None:
    """Delete data older than the settings allow, at intervals."""
    while True:
        try:
            inbox.delete_old()
            days = deps.settings.keep_days
            for thread in deps.answers.threads_older_than(days):
                await deps.run(deps.engine.delete_thread, thread)
            deps.answers.delete_older_than(days)
        except Exception:
            log.exception("cleaning failed")  # and is tried again
        await asyncio.sleep(CLEANING_INTERVAL)
