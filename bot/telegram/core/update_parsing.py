"""Builds ``telegram.Update`` objects from raw JSON, one by one, and skips those that do not fit.

python-telegram-bot builds the updates of a response together and raises when one lacks a field that
it requires. An older or newer Bot API server may send such an update at any time.
"""

from __future__ import annotations

import logging

from telegram import Bot, Update

from bot.telegram.core.metrics import Metrics

log = logging.getLogger(__name__)

_KINDS = frozenset(Update.ALL_TYPES)
_MAX_ID = 2**63 - 2  # so that the next offset still fits the database and the Bot API


def raw_update_id(raw: object) -> int | None:
    """``update_id`` of a raw update, or None when it has no valid one."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return number if 0 <= number <= _MAX_ID else None


def build_update(raw: object, bot: Bot, metrics: Metrics) -> Update | None:
    """The update that ``raw`` (decoded JSON) describes; None when it cannot be built.

    An update that cannot be built is logged with its id, its kind and the type of the error (never
    with its content) and counted in ``rawi_telegram_updates_skipped_total``.
    """
    try:
        if raw_update_id(raw) is None:
            raise ValueError("no valid update_id")
        return Update.de_json(raw, bot)  # type: ignore[arg-type]
    except Exception as error:
        skip_update(raw, error, metrics)
        return None


def skip_update(raw: object, error: Exception, metrics: Metrics) -> None:
    """Log and count an update that is not going to be handled because of ``error``."""
    kind = _kind(raw)
    # A TypeError names fields and types; other errors may repeat what somebody wrote.
    detail = {"problem": str(error)} if isinstance(error, TypeError) else {}
    log.error(
        "update skipped",
        extra={
            "update": raw_update_id(raw),
            "kind": kind,
            "error": type(error).__name__,
            **detail,
        },
    )
    metrics.skipped_updates.labels(kind).inc()


def _kind(raw: object) -> str:
    """One of ``Update.ALL_TYPES``, or "unknown"."""
    keys = raw.keys() if isinstance(raw, dict) else ()
    return next((key for key in keys if key in _KINDS), "unknown")
