"""Start and stop of the bot's process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import filelock
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

from bot.core.settings import LLMSettings
from bot.engine import Engine
from bot.telegram.app.application import App, build
from bot.telegram.app.background import start_background_tasks
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
from bot.telegram.core.logs import configure_logging
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.handlers.errors import another_instance, invalid_token, missing_token
from vectorstore.core.settings import StoreSettings

log = logging.getLogger(__name__)

STOP_TIMEOUT = 8.0
"""Seconds to finish running answers when the bot is stopped; supervisors kill after ten."""
MAX_BACKOFF = 30.0
"""Seconds."""


def run(settings: TelegramSettings) -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    Raises:
        RawiError: it cannot start or continue.
    """
    if settings.token is None:
        raise missing_token()
    secret = webhook_secret(settings)
    key = LLMSettings().api_key
    configure_logging(settings, [secret, key.get_secret_value() if key else ""])
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
        deps = BotContext(settings, engine, database, home)
        asyncio.run(_run_until_signal(deps, settings.token.get_secret_value(), secret))
    # Threads may still be working for minutes. The store survives the end of the process, and jobs
    # are resumed at the next start.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


async def _run_until_signal(deps: BotContext, token: str, secret: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    inbox = Inbox(deps.database, deps.settings.queue)
    app = build(deps, token, inbox)
    stopping = asyncio.create_task(stop.wait())
    async with _polling_health(deps):
        serving_task = asyncio.create_task(_serve(app, deps, inbox, secret))
        try:
            await asyncio.wait({stopping, serving_task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            log.info("stopping")
            deps.is_ready = False
            serving_task.cancel()
            stopping.cancel()
            (outcome,) = await asyncio.gather(serving_task, return_exceptions=True)
            await _shut_down(app, deps)
    if isinstance(outcome, Exception):
        raise outcome


async def _serve(app: App, deps: BotContext, inbox: Inbox, secret: str) -> None:
    """Start, then receive updates until cancelled."""
    await _retry_until_reached(app.initialize)
    await deps.run(_load_models, deps.engine)
    await app.start()
    app.bot_data["jobs"].resume()
    background = start_background_tasks(app, deps, inbox)
    try:
        if deps.settings.mode == "polling":
            await _retry_until_reached(app.bot.delete_webhook)
            _set_ready(app, deps)
            await poll(app.bot, inbox, deps.metrics)
        else:
            await _serve_webhook(app, deps, inbox, secret)
    finally:
        for task in background:
            task.cancel()


async def _serve_webhook(app: App, deps: BotContext, inbox: Inbox, secret: str) -> None:
    settings = deps.settings
    path = webhook_path(settings)
    routes = [
        *health_routes(deps),
        *webhook_routes(app.bot, inbox, deps.metrics, path, secret),
    ]
    with serving(routes, settings.webhook_listen, settings.webhook_port):
        await _retry_until_reached(lambda: set_webhook(app.bot, settings, path, secret))
        _set_ready(app, deps)
        await asyncio.Event().wait()


def _set_ready(app: App, deps: BotContext) -> None:
    deps.is_ready = True
    log.info("ready", extra={"bot": app.bot.username, "mode": deps.settings.mode})


@contextlib.asynccontextmanager
async def _polling_health(deps: BotContext) -> AsyncIterator[None]:
    """Serve health checks in mode "polling" if they have a port; a webhook serves them itself."""
    settings = deps.settings
    if settings.mode == "webhook" or settings.health_port is None:
        yield
        return
    with serving(health_routes(deps), settings.webhook_listen, settings.health_port):
        yield


async def _retry_until_reached(call: Callable[[], Awaitable[object]]) -> None:
    """Make a call to Telegram, repeating it while the network fails.

    Raises:
        TelegramBotError: the token is invalid.
        BadRequest: Telegram rejects the call, such as the URL of the webhook.
    """
    pause = 1.0
    while True:
        try:
            await call()
            return
        except InvalidToken as error:
            raise invalid_token() from error
        except BadRequest:
            raise
        except (NetworkError, RetryAfter) as error:
            log.warning("cannot reach Telegram", extra={"problem": str(error)})
            await asyncio.sleep(pause)
            pause = min(MAX_BACKOFF, 2 * pause)


def _load_models(engine: Engine) -> None:
    """Load the models before the first question; without articles they are not needed yet."""
    if engine.store.catalogue.counts()["articles"]:
        engine.ask("ما الخبر؟", compose=False)


async def _shut_down(app: App, deps: BotContext) -> None:
    """Finish running answers within ``STOP_TIMEOUT``; the next start processes the others."""
    if app.running:
        try:
            await asyncio.wait_for(app.stop(), STOP_TIMEOUT)
        except TimeoutError:
            log.warning("stopped before everything was answered")
    deps.close()
    with contextlib.suppress(Exception):  # nothing depends on it
        await asyncio.wait_for(app.shutdown(), 1.0)
    log.info("stopped")
