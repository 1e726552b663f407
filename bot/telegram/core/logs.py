"""Logs as JSON lines: ids and counts, message texts only on request, secrets never."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from bot.telegram.core.settings import TelegramSettings

_ANY_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}|\b(?:sk-|AIza)[A-Za-z0-9_-]{16,}")
_OUR_PACKAGES = ("bot", "evaluation", "ingest", "prompts", "rawi", "vectorstore")


class RedactingJsonFormatter(JsonFormatter):
    """One JSON object per record, with the fields of ``extra`` and without ``secrets``.

    The field ``text`` holds what users write; it is left out unless ``log_texts``.
    """

    def __init__(self, secrets: Sequence[str], *, log_texts: bool) -> None:
        super().__init__(
            ["time", "level", "name", "message"],
            rename_fields={"name": "logger", "message": "event", "exc_info": "traceback"},
            json_default=str,
            json_ensure_ascii=False,
        )
        self._secrets = [secret for secret in secrets if secret]
        self.log_texts = log_texts

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Remove the text of users, unless texts are logged."""
        if not self.log_texts:
            log_data.pop("text", None)
        return log_data

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, with every known secret and whatever looks like a token hidden."""
        moment = datetime.fromtimestamp(record.created, UTC)
        record.time = moment.isoformat(timespec="milliseconds")
        record.level = record.levelname.lower()
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _ANY_TOKEN.sub("***", line)


def configure_logging(settings: TelegramSettings, secrets: Sequence[str] = ()) -> None:
    """Log JSON lines to standard error, without ``secrets`` and those of ``settings``."""
    known = [s.get_secret_value() for s in (settings.token, settings.webhook_secret) if s]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_loggable)
    handler.setFormatter(RedactingJsonFormatter([*known, *secrets], log_texts=settings.log_texts))
    logging.getLogger().handlers[:] = [handler]
    apply_log_settings(settings)


def apply_log_settings(settings: TelegramSettings) -> None:
    """Set the level, and whether texts are logged, on the loggers that are configured."""
    root = logging.getLogger()
    for name in _OUR_PACKAGES:
        logging.getLogger(name).setLevel(settings.log_level)
    root.setLevel(max(logging.WARNING, logging.getLogger(_OUR_PACKAGES[0]).level))
    for handler in root.handlers:
        if isinstance(handler.formatter, RedactingJsonFormatter):
            handler.formatter.log_texts = settings.log_texts


def _is_loggable(record: logging.LogRecord) -> bool:
    """Whether a record is Rawi's own or at least a warning.

    In detail other packages log URLs with the token in them, and all that a chat model is sent.
    """
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in _OUR_PACKAGES
