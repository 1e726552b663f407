"""Errors that end the bot, and the handler of unexpected errors."""

from __future__ import annotations

import logging
import secrets

from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.telegram.handlers.requests import CallbackContext, bot_context, ui_language
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import translate
from vectorstore.core.errors import RawiError

log = logging.getLogger(__name__)

_WRITE_FORBIDDEN = (
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "topic_closed",
)
"""Parts of Telegram's messages when a group does not let the bot write."""


class TelegramBotError(RawiError):
    """The bot cannot start or continue."""


def invalid_token() -> TelegramBotError:
    """Telegram does not know the token."""
    return TelegramBotError(
        "Telegram does not accept the token in RAWI_TELEGRAM_TOKEN. Copy it again from @BotFather "
        "(/mybots → your bot → API Token)."
    )


def missing_token() -> TelegramBotError:
    """There is no token."""
    return TelegramBotError(
        "RAWI_TELEGRAM_TOKEN is not set. Make a bot with @BotFather on Telegram (/newbot), and put "
        "the token it gives you into .env: RAWI_TELEGRAM_TOKEN=123456:ABC…"
    )


def another_instance(where: str) -> TelegramBotError:
    """The same bot runs twice."""
    return TelegramBotError(f"This bot is already running {where}. Stop one of the two.")


async def on_error(update: object, context: CallbackContext) -> None:
    """A handler has failed: log the error under an id, and send the id to the chat."""
    error = context.error
    if isinstance(error, Forbidden) or _is_write_forbidden(error):
        log.info("cannot write there", extra={"problem": str(error), **_update_ids(update)})
        return
    if isinstance(error, BadRequest) and "query is too old" in error.message.lower():
        log.info("button answered too late", extra=_update_ids(update))
        return
    error_id = secrets.token_hex(4)
    log.error(
        "telegram failed" if isinstance(error, NetworkError) else "unexpected error",
        extra={"error_id": error_id, **_update_ids(update)},
        exc_info=error,
    )
    if not isinstance(update, Update) or update.effective_message is None:
        return
    if update.channel_post or update.edited_channel_post or update.message_reaction:
        return
    language = ui_language(bot_context(context), update.effective_user)
    text = plain_text(translate("trouble.unexpected", language, id=error_id))
    try:
        await send(context.bot, Target.of(update.effective_message), [text])
    except TelegramError as failure:
        log.warning("error not reported", extra={"error_id": error_id, "problem": str(failure)})


def _is_write_forbidden(error: Exception | None) -> bool:
    problem = error.message.lower() if isinstance(error, BadRequest) else ""
    return any(words in problem for words in _WRITE_FORBIDDEN)


def _update_ids(update: object) -> dict[str, int]:
    if not isinstance(update, Update):
        return {}
    chat = update.effective_chat
    return {"update": update.update_id, **({"chat": chat.id} if chat else {})}
