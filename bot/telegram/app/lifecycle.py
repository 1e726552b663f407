"""The bot's life: from the first call to Telegram to the last answer before it stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import filelock
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

from bot.engine import Engine
from bot.generation.core.settings import LLMSettings
from bot.telegram.app.application import App, build
from bot.telegram.app.polling import poll
from bot.telegram.app.webhook import (
    health_routes,
    serving,
    set_webhook,
    webhook_path,
    webhook_routes,
    webhook_secret,
)
from bot.telegram.context import BotContext
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import Inbox
from bot.telegram.core.logs import set_up
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.handlers.command_menu import register_commands
from bot.telegram.handlers.errors import another_instance, invalid_token, missing_token
from bot.telegram.jobs.source_sync import keep_up
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import own_language, translate
from vectorstore.core.settings import StoreSettings

log = logging.getLogger(__name__)

GRACE = 8.0
"""Seconds that answers under way are given when the bot is to stop; supervisors kill after ten."""
CLEANING_EVERY = 6 * 3600.0


def run(settings: TelegramSettings) -> None:
    """Run the bot until it is told to stop.

    Raises:
        RawiError: it cannot start, or not go on; the message says why.
    """
    if settings.token is None:
        raise missing_token()
    secret = webhook_secret(settings)
    key = LLMSettings().api_key
    set_up(settings, [secret, key.get_secret_value() if key else ""])
    store_settings = StoreSettings()
    home = store_settings.home
    home.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(home / "telegram.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise another_instance(f"with the articles in {home}") from error
    with lock:
        engine = Engine.open(
            store_settings=store_settings,
            create=True,
            notify=lambda message: log.info("engine", extra={"note": message}),
        )
        database = BotDatabase(home / "telegram.sqlite3")
        desk = BotContext(settings, engine, database, home)
        asyncio.run(_live(desk, settings.token.get_secret_value(), secret))
    # Threads may still be taking in articles, which can take minutes. The store is made to survive
    # this, and the job goes on at the next start.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


async def _live(desk: BotContext, token: str, secret: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    inbox = Inbox(desk.database, desk.settings.queue)
    app = build(desk, token, inbox)
    stopping = asyncio.create_task(stop.wait())
    async with _health(desk):
        working = asyncio.create_task(_work(app, desk, inbox, secret))
        try:
            await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            log.info("stopping")
            desk.ready = False
            working.cancel()
            stopping.cancel()
            (outcome,) = await asyncio.gather(working, return_exceptions=True)
            await _wind_up(app, desk)
    if isinstance(outcome, Exception):
        raise outcome


async def _work(app: App, desk: BotContext, inbox: Inbox, secret: str) -> None:
    """Start, then take updates in until cancelled."""
    await _reach(app.initialize)
    await desk.run(_warm, desk.engine)
    await app.start()
    app.bot_data["jobs"].resume()
    background = [
        asyncio.create_task(_logged(work))
        for work in (
            register_commands(app.bot, desk),
            _take_up(app, desk, inbox),
            clean(desk, inbox),
            keep_up(app.bot, desk),
        )
    ]
    try:
        if desk.settings.mode == "polling":
            await _reach(app.bot.delete_webhook)
            _ready(app, desk)
            await poll(app.bot, inbox, desk.metrics)
        else:
            await _serve_webhook(app, desk, inbox, secret)
    finally:
        for task in background:
            task.cancel()


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    """``work``, whose failure is no reason to stop answering."""
    try:
        await work
    except Exception:
        log.exception("background work failed")


async def _serve_webhook(app: App, desk: BotContext, inbox: Inbox, secret: str) -> None:
    settings = desk.settings
    path = webhook_path(settings)
    routes = [
        *health_routes(desk),
        *webhook_routes(app.bot, inbox, desk.metrics, path, secret),
    ]
    with serving(routes, settings.webhook_listen, settings.webhook_port):
        await _reach(lambda: set_webhook(app.bot, settings, path, secret))
        _ready(app, desk)
        await asyncio.Event().wait()


def _ready(app: App, desk: BotContext) -> None:
    desk.ready = True
    log.info("ready", extra={"bot": app.bot.username, "mode": desk.settings.mode})


@contextlib.asynccontextmanager
async def _health(desk: BotContext) -> AsyncIterator[None]:
    """Health checks in mode "polling", where a port is set for them."""
    settings = desk.settings
    if settings.mode == "webhook" or settings.health_port is None:
        yield
        return
    routes = health_routes(desk)
    with serving(routes, settings.webhook_listen, settings.health_port):
        yield


async def _reach(call: Callable[[], Awaitable[object]]) -> None:
    """A call that the bot cannot start without; where the network is not up, again and again."""
    pause = 1.0
    while True:
        try:
            await call()
            return
        except InvalidToken as error:
            raise invalid_token() from error
        except BadRequest:  # an address that Telegram does not take, say
            raise
        except (NetworkError, RetryAfter) as error:
            log.warning("cannot reach Telegram", extra={"problem": str(error)})
            await asyncio.sleep(pause)
            pause = min(30.0, 2 * pause)


def _warm(engine: Engine) -> None:
    """Load the model before the first reader comes; without articles it can wait."""
    if engine.store.catalogue.counts()["articles"]:
        engine.ask("ما الخبر؟", compose=False)


async def _take_up(app: App, desk: BotContext, inbox: Inbox) -> None:
    """Handle what an earlier run left; tell those whose message cannot be handled."""
    again, hopeless = inbox.unfinished(app.bot, desk.metrics)
    for update in again:
        log.info("taken up again", extra={"update": update.update_id})
        await inbox.put_again(update)
    for update in hopeless:
        log.error("given up", extra={"update": update.update_id})
        inbox.forget(update.update_id)
        if update.message is not None:
            try:
                words = translate("trouble.interrupted", own_language(update.effective_user))
                await deliver(app.bot, Target.of(update.message, reply=True), [plain_text(words)])
            except Exception as error:  # its fields may be of wrong types; tell the others still
                log.info("not told", extra={"update": update.update_id, "problem": str(error)})


async def clean(desk: BotContext, inbox: Inbox) -> None:
    """Erase what has been kept for its time, now and then for as long as the bot runs."""
    while True:
        try:
            inbox.forget_old()
            days = desk.settings.keep_days
            for thread in desk.records.threads_older_than(days):
                await desk.run(desk.engine.delete_thread, thread)
            desk.records.forget_older_than(days)
        except Exception:
            log.exception("cleaning failed")  # and is tried again
        await asyncio.sleep(CLEANING_EVERY)


async def _wind_up(app: App, desk: BotContext) -> None:
    """Finish the answers under way, within ``GRACE`` seconds; the rest is left for next time."""
    if app.running:
        try:
            await asyncio.wait_for(app.stop(), GRACE)
        except TimeoutError:
            log.warning("stopped before everything was answered")
    desk.close()
    with contextlib.suppress(Exception):  # nothing depends on how we say goodbye
        await asyncio.wait_for(app.shutdown(), 1.0)
    log.info("stopped")
