"""The webhook, and what tells a supervisor whether the bot lives and is ready."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import tornado.httpserver
import tornado.web
from telegram import Bot

from bot.telegram.app.application import ALLOWED_UPDATES
from bot.telegram.context import BotContext
from bot.telegram.core.inbox import Inbox
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.core.update_parsing import build_update

log = logging.getLogger(__name__)

MAX_BODY = 1_000_000
"""Bytes of an update; real ones have a few thousand."""
PATIENCE = 5.0
"""Seconds that Telegram waits for room in the inbox; after that it is to send the update again."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name, not the secret


def webhook_path(settings: TelegramSettings) -> str:
    """Where the webhook is: as set, or a path that only who knows the token can guess."""
    if settings.webhook_path:
        return settings.webhook_path.strip("/")
    token = settings.token.get_secret_value() if settings.token else ""
    return hashlib.sha256(f"webhook path {token}".encode()).hexdigest()[:40]


def webhook_secret(settings: TelegramSettings) -> str:
    """What Telegram sends with each update: as set, or one for this run."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    return secrets.token_urlsafe(32)


class _Webhook(tornado.web.RequestHandler):
    def initialize(self, bot: Bot, inbox: Inbox, metrics: Metrics, secret: str) -> None:
        self.bot, self.inbox, self.metrics, self.secret = bot, inbox, metrics, secret

    async def post(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            log.warning("webhook called without the secret")
            self.set_status(403)
            return
        try:
            raw = json.loads(self.request.body)
        except (ValueError, RecursionError):
            self.set_status(400)
            return
        update = build_update(raw, self.bot, self.metrics)
        if update is None:
            return  # with status 200, or Telegram would send it again and hold back the others
        try:
            await asyncio.wait_for(self.inbox.put(update, raw), PATIENCE)
        except TimeoutError:
            self.set_status(503)


class _Health(tornado.web.RequestHandler):
    def initialize(self, healthy: Callable[[], bool]) -> None:
        self.healthy = healthy

    def get(self) -> None:
        healthy = self.healthy()
        self.set_status(200 if healthy else 503)
        self.write({"status": "ok" if healthy else "starting"})


class _Figures(tornado.web.RequestHandler):
    def initialize(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.write(self.metrics.text())


def health_routes(desk: BotContext) -> list[Any]:
    """``/health`` says that the process lives, ``/ready`` that it can answer questions.

    ``/metrics`` has figures for Prometheus, where the settings ask for them.
    """
    routes: list[Any] = [
        (r"/health", _Health, {"healthy": lambda: True}),
        (r"/ready", _Health, {"healthy": lambda: desk.ready}),
    ]
    if desk.settings.metrics:
        routes.append((r"/metrics", _Figures, {"metrics": desk.metrics}))
    return routes


def webhook_routes(bot: Bot, inbox: Inbox, metrics: Metrics, path: str, secret: str) -> list[Any]:
    """The address that Telegram calls. Updates that cannot be built are acknowledged, skipped and
    counted in ``metrics``."""
    given = {"bot": bot, "inbox": inbox, "metrics": metrics, "secret": secret}
    return [(rf"/{path}", _Webhook, given)]


@contextlib.contextmanager
def serving(routes: list[Any], address: str, port: int) -> Iterator[None]:
    """An HTTP server on ``address:port`` for as long as this lasts.

    Raises:
        OSError: the port is taken.
    """
    application = tornado.web.Application(routes, log_function=lambda handler: None)
    server = tornado.httpserver.HTTPServer(application, max_body_size=MAX_BODY)
    server.listen(port, address)
    try:
        yield
    finally:
        server.stop()


async def set_webhook(bot: Bot, settings: TelegramSettings, path: str, secret: str) -> None:
    """Tell Telegram where to send updates."""
    await bot.set_webhook(
        f"{(settings.webhook_url or '').rstrip('/')}/{path}",
        secret_token=secret,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=40,
    )
