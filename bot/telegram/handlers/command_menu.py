"""The commands that Telegram shows, for whom and in which language."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.telegram.context import BotContext
from bot.telegram.messages.texts import translate
from prompts import LANGUAGES, Language

log = logging.getLogger(__name__)

PRIVATE = ("ask", "new", "sources", "language", "privacy", "forget_me", "help")
GROUP = ("ask", "sources", "help")
EDITORS = ("add", "articles", "remove", "stats", "ingest", "reload")

_SHOWN: tuple[tuple[Language, str | None], ...] = (("en", None), *((n, n) for n in LANGUAGES))
"""Texts, and for whose language. Telegram shows the list without a language to those whose language
has none of its own."""


async def register_commands(bot: Bot, desk: BotContext, *, gone: Collection[int] = ()) -> None:
    """Tell Telegram which commands to show to whom, per language; the bot works without that too.

    Those of ``gone`` who are editors no longer are shown what everybody is.
    """
    editors = desk.settings.editors
    for language, code in _SHOWN:
        await _register(bot, PRIVATE, language, code, BotCommandScopeAllPrivateChats())
        await _register(bot, GROUP, language, code, BotCommandScopeAllGroupChats())
        for person in set(gone) - set(editors):
            await _withdraw(bot, code, BotCommandScopeChat(person))
    for editor in editors:
        await register_editor(bot, editor)


async def register_editor(bot: Bot, editor: int) -> None:
    """Tell Telegram to show this person the editors' commands as well.

    It does so for nobody who has not yet written to the bot.
    """
    scope = BotCommandScopeChat(editor)
    for language, code in _SHOWN:
        await _register(bot, (*PRIVATE, *EDITORS), language, code, scope)


async def _register(
    bot: Bot, names: tuple[str, ...], language: Language, code: str | None, scope: Any
) -> None:
    listed = [BotCommand(name, translate(f"commands.{name}", language)) for name in names]
    try:
        await bot.set_my_commands(listed, scope=scope, language_code=code)
    except TelegramError as error:
        log.warning("commands not registered", extra={"problem": str(error)})


async def _withdraw(bot: Bot, code: str | None, scope: Any) -> None:
    try:
        await bot.delete_my_commands(scope=scope, language_code=code)
    except TelegramError as error:
        log.warning("commands not withdrawn", extra={"problem": str(error)})
