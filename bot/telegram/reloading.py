"""``/reload``: settings read again, and those taken over that may change while the bot runs."""

from __future__ import annotations

import logging

from pydantic import ValidationError
from telegram import Update

from bot.telegram.commands import ui_language
from bot.telegram.delivery import Target, deliver
from bot.telegram.desk import Context, Desk, desk_of
from bot.telegram.keeping import for_editors
from bot.telegram.logs import adjust
from bot.telegram.registering import register_commands
from bot.telegram.rendering import isolated
from bot.telegram.settings import LIVE, TelegramSettings
from bot.telegram.styled import plain
from bot.telegram.words import say
from prompts import Language
from vectorstore.errors import SettingsError

log = logging.getLogger(__name__)


@for_editors
async def on_reload(update: Update, context: Context) -> None:
    """Take changed settings over, and say which; with a mistake in them, keep all as they were."""
    message = update.effective_message
    if message is None:
        return
    desk = desk_of(context)
    language = ui_language(desk, message.from_user)
    before = desk.settings
    try:
        read = TelegramSettings()
    except (SettingsError, ValidationError) as error:
        words = say("reload.refused", language, problem=isolated(_problem(error), language))
    else:
        now, later = changes(before, read)
        take_over(desk, read, now)
        log.info("settings reloaded", extra={"changed": now, "after_restart": later})
        words = _report(now, later, language)
    await deliver(context.bot, Target.of(message), [plain(words)])
    if desk.settings.editors != before.editors:
        await register_commands(context.bot, desk, gone=set(before.editors))


def changes(before: TelegramSettings, read: TelegramSettings) -> tuple[list[str], list[str]]:
    """Names of settings that differ: those that take effect now, and those after a restart."""
    differ = [n for n in TelegramSettings.model_fields if getattr(before, n) != getattr(read, n)]
    return [n for n in differ if n in LIVE], [n for n in differ if n not in LIVE]


def take_over(desk: Desk, read: TelegramSettings, names: list[str]) -> None:
    """Let the settings ``names`` be as in ``read``."""
    desk.settings = desk.settings.model_copy(update={name: getattr(read, name) for name in names})
    desk.set_limits()
    adjust(desk.settings)


def _report(now: list[str], later: list[str], language: Language) -> str:
    def named(fields: list[str]) -> str:
        variables = {field: name for name, field in TelegramSettings.variables().items()}
        return isolated(", ".join(variables[field] for field in fields), language)

    lines = [say("reload.changed" if now else "reload.unchanged", language, names=named(now))]
    if later:
        lines.append(say("reload.restart", language, names=named(later)))
    return "\n".join(lines)


def _problem(error: SettingsError | ValidationError) -> str:
    """What is wrong, without the values: one may be a secret."""
    if isinstance(error, SettingsError):
        return str(error)
    variables = {field: name for name, field in TelegramSettings.variables().items()}
    found = []
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        found.append(f"{variables.get(field, field)}: {one['msg']}".removeprefix(": "))
    return "; ".join(found)
