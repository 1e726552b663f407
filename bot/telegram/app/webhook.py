"""HTTP server for the webhook, health checks and metrics."""

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
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from telegram import Bot

from bot.telegram.app.application import ALLOWED_UPDATES
from bot.telegram.context import BotContext
from bot.telegram.core.inbox import Inbox
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.core.update_parsing import build_update

log = logging.getLogger(__name__)

MAX_BODY = 1_000_000
"""Bytes of a request; updates have a few thousand."""
INBOX_TIMEOUT = 5.0
"""Seconds to wait for room in the inbox; after that Telegram has to send the update again."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name, not the secret


def webhook_path(settings: TelegramSettings) -> str:
    """Path of the webhook: the setting, or a hash of the token, which cannot be guessed."""
    if settings.webhook_path:
        return settings.webhook_path.strip("/")
    token = settings.token.get_secret_value() if settings.token else ""
    return hashlib.sha256(f"webhook path {token}".encode()).hexdigest()[:40]


def webhook_secret(settings: TelegramSettings) -> str:
    """The secret that Telegram sends with each update: the setting, or a random one."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    return secrets.token_urlsafe(32)


class _Webhook(tornado.web.RequestHandler):
    def initialize(self, bot: Bot, inbox: Inbox, metrics: Metrics, secret: str) -> None:
        self.bot, self.inbox, self.metrics, self.secret = bot, inbox, metrics, secret

    async def post(self) -> None:
        secret = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(secret.encode(), self.secret.encode()):
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
            return  # status 200, or Telegram would send it again and hold back the others
        try:
            await asyncio.wait_for(self.inbox.put(update, raw), INBOX_TIMEOUT)
        except TimeoutError:
            self.set_status(503)


class _Health(tornado.web.RequestHandler):
    def initialize(self, is_healthy: Callable[[], bool]) -> None:
        self.is_healthy = is_healthy

    def get(self) -> None:
        healthy = self.is_healthy()
        self.set_status(200 if healthy else 503)
        self.write({"status": "ok" if healthy else "starting"})


class _Metrics(tornado.web.RequestHandler):
    def initialize(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.write(self.metrics.text())


def health_routes(deps: BotContext) -> list[Any]:
    """``/health`` (the process runs), ``/ready`` (it answers) and, if set, ``/metrics``."""
    routes: list[Any] = [
        (r"/health", _Health, {"is_healthy": lambda: True}),
        (r"/ready", _Health, {"is_healthy": lambda: deps.is_ready}),
    ]
    if deps.settings.metrics:
        routes.append((r"/metrics", _Metrics, {"metrics": deps.metrics}))
    return routes


def webhook_routes(bot: Bot, inbox: Inbox, metrics: Metrics, path: str, secret: str) -> list[Any]:
    """The route for Telegram. Updates that cannot be built are acknowledged, skipped and counted in
    ``metrics``."""
    arguments = {"bot": bot, "inbox": inbox, "metrics": metrics, "secret": secret}
    return [(rf"/{path}", _Webhook, arguments)]


@contextlib.contextmanager
def serving(routes: list[Any], address: str, port: int) -> Iterator[None]:
    """Run an HTTP server on ``address:port`` during the block.

    Raises:
        OSError: the port is in use.
    """
    application = tornado.web.Application(routes, log_function=lambda handler: None)
    server = tornado.httpserver.HTTPServer(application, max_body_size=MAX_BODY)
    server.listen(port, address)
    try:
        yield
    finally:
        server.stop()


async def set_webhook(bot: Bot, settings: TelegramSettings, path: str, secret: str) -> None:
    """Register the webhook with Telegram."""
    await bot.set_webhook(
        f"{(settings.webhook_url or '').rstrip('/')}/{path}",
        secret_token=secret,
        allowed_updates=ALLOWED_UPDATES,
        max_connections=40,
    )
