"""Logs as JSON lines: ids and counts, no message texts unless asked for, secrets never."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.telegram.core.settings import TelegramSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_ANY_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}|\b(?:sk-|AIza)[A-Za-z0-9_-]{16,}")
_OURS = ("bot", "evaluation", "ingest", "prompts", "rawi", "vectorstore")


class JsonLines(logging.Formatter):
    """One JSON object per record; what ``extra`` holds becomes its fields."""

    def __init__(self, secrets: Sequence[str], *, texts: bool) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]
        self.texts = texts

    def format(self, record: logging.LogRecord) -> str:
        """See ``logging.Formatter.format``."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD and (self.texts or name != "text"):
                line[name] = value
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return self._redacted(json.dumps(line, ensure_ascii=False, default=str))

    def _redacted(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _ANY_TOKEN.sub("***", line)


def set_up(settings: TelegramSettings, secrets: Sequence[str] = ()) -> None:
    """Log as JSON lines on standard error, without the secrets of ``settings``."""
    known = [s.get_secret_value() for s in (settings.token, settings.webhook_secret) if s]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_may_be_logged)
    handler.setFormatter(JsonLines([*known, *secrets], texts=settings.log_texts))
    logging.getLogger().handlers[:] = [handler]
    adjust(settings)


def adjust(settings: TelegramSettings) -> None:
    """Log as much as ``settings`` say, from now on."""
    root = logging.getLogger()
    for name in _OURS:
        logging.getLogger(name).setLevel(settings.log_level)
    root.setLevel(max(logging.WARNING, logging.getLogger(_OURS[0]).level))
    for handler in root.handlers:
        if isinstance(handler.formatter, JsonLines):
            handler.formatter.texts = settings.log_texts


def _may_be_logged(record: logging.LogRecord) -> bool:
    """Of others only what is wrong: in detail they log addresses with the token in them, and all
    that a chat model is sent."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in _OURS
