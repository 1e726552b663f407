"""The menu of commands that Telegram shows, by kind of chat and language."""

from __future__ import annotations

import logging
from collections.abc import Collection

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import TelegramError

from bot.telegram.messages.texts import translate
from prompts import LANGUAGES, Language

log = logging.getLogger(__name__)

PRIVATE = ("ask", "new", "sources", "language", "privacy", "forget_me", "help")
GROUP = ("ask", "sources", "help")
EDITORS = ("add", "articles", "remove", "stats", "ingest", "reload")

_MENUS: tuple[tuple[Language, str | None], ...] = (("en", None), *((n, n) for n in LANGUAGES))
"""Language of the texts, and language code of the users who see them. Users of other languages see
the menu without a code."""


async def register_commands(
    bot: Bot, editors: Collection[int], *, former_editors: Collection[int] = ()
) -> None:
    """Register all menus with Telegram; failures are logged, as the bot works without them."""
    await _register(bot, PRIVATE, BotCommandScopeAllPrivateChats())
    await _register(bot, GROUP, BotCommandScopeAllGroupChats())
    for editor in set(former_editors) - set(editors):
        for _, code in _MENUS:
            try:
                await bot.delete_my_commands(scope=BotCommandScopeChat(editor), language_code=code)
            except TelegramError as error:
                log.warning("commands not withdrawn", extra={"problem": str(error)})
    for editor in editors:
        await register_editor(bot, editor)


async def register_editor(bot: Bot, editor: int) -> None:
    """Register the editors' menu for a user, which fails until they have written to the bot."""
    await _register(bot, (*PRIVATE, *EDITORS), BotCommandScopeChat(editor))


async def _register(bot: Bot, names: tuple[str, ...], scope: BotCommandScope) -> None:
    for language, code in _MENUS:
        menu = [BotCommand(name, translate(f"commands.{name}", language)) for name in names]
        try:
            await bot.set_my_commands(menu, scope=scope, language_code=code)
        except TelegramError as error:
            log.warning("commands not registered", extra={"problem": str(error)})
