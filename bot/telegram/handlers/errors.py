"""Errors of the bot, and what happens to those that nobody expected."""

from __future__ import annotations

import logging
import secrets

from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.telegram.context import Context, bot_context
from bot.telegram.handlers.commands import ui_language
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import translate
from vectorstore.core.errors import RawiError

log = logging.getLogger(__name__)


_RULES = ("not enough rights", "have no rights", "chat_write_forbidden", "topic_closed")


class TelegramBotError(RawiError):
    """The bot cannot run, or not go on."""


def invalid_token() -> TelegramBotError:
    """What to say when Telegram does not know the token."""
    return TelegramBotError(
        "Telegram does not accept the token in RAWI_TELEGRAM_TOKEN. Copy it again from @BotFather "
        "(/mybots → your bot → API Token)."
    )


def missing_token() -> TelegramBotError:
    """What to say when there is no token."""
    return TelegramBotError(
        "RAWI_TELEGRAM_TOKEN is not set. Make a bot with @BotFather on Telegram (/newbot), and put "
        "the token it gives you into .env: RAWI_TELEGRAM_TOKEN=123456:ABC…"
    )


def another_instance(where: str) -> TelegramBotError:
    """What to say when the same bot runs twice."""
    return TelegramBotError(f"This bot is already running {where}. Stop one of the two.")


async def on_error(update: object, context: Context) -> None:
    """A handler failed: log it under a number, and tell that number to whom it concerns."""
    error = context.error
    if isinstance(error, Forbidden) or _may_not_write(error):
        log.info("cannot write there", extra={"problem": str(error), **_place(update)})
        return
    if isinstance(error, BadRequest) and "query is too old" in error.message.lower():
        log.info("button answered too late", extra=_place(update))
        return
    error_id = secrets.token_hex(4)
    log.error(
        "telegram failed" if isinstance(error, NetworkError) else "unexpected error",
        extra={"error_id": error_id, **_place(update)},
        exc_info=error,
    )
    if not isinstance(update, Update) or update.effective_message is None:
        return
    if update.channel_post or update.edited_channel_post or update.message_reaction:
        return
    language = ui_language(bot_context(context), update.effective_user)
    words = plain_text(translate("trouble.unexpected", language, id=error_id))
    try:
        await deliver(context.bot, Target.of(update.effective_message), [words])
    except TelegramError as again:
        log.warning("error not reported", extra={"error_id": error_id, "problem": str(again)})


def _may_not_write(error: Exception | None) -> bool:
    """Whether a group's rules keep the bot from answering, which Telegram says in several ways."""
    problem = error.message.lower() if isinstance(error, BadRequest) else ""
    return any(words in problem for words in _RULES)


def _place(update: object) -> dict[str, int]:
    if not isinstance(update, Update):
        return {}
    chat = update.effective_chat
    return {"update": update.update_id, **({"chat": chat.id} if chat else {})}
