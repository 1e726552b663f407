"""``/reload``: settings read again, and those taken over that may change while the bot runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pydantic import ValidationError
from telegram import Update

from bot.core.settings import BotSettings
from bot.generation.core.settings import LLMSettings
from bot.telegram.context import BotContext, Context, bot_context
from bot.telegram.core.logs import adjust
from bot.telegram.core.settings import LIVE, TelegramSettings
from bot.telegram.handlers.command_menu import register_commands
from bot.telegram.handlers.commands import ui_language
from bot.telegram.handlers.editor_commands import for_editors
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.rendering import isolated
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import translate
from ingest.core.settings import IngestSettings
from prompts import Language
from vectorstore.core.errors import RawiError
from vectorstore.core.settings import RawiSettings, StoreSettings

log = logging.getLogger(__name__)

_Settings = TypeVar("_Settings", bound=RawiSettings)


@dataclass(frozen=True, slots=True)
class AllSettings:
    """The settings of everything that the bot is made of."""

    telegram: TelegramSettings
    answers: BotSettings
    model: LLMSettings
    ingest: IngestSettings
    store: StoreSettings

    @classmethod
    def read(cls) -> Self:
        """As they are now in ``.env`` and the environment.

        Raises:
            SettingsError: there is no setting of some name.
            pydantic.ValidationError: a value does not fit.
        """
        return cls(
            TelegramSettings(), BotSettings(), LLMSettings(), IngestSettings(), StoreSettings()
        )

    @classmethod
    def in_use(cls, desk: BotContext) -> Self:
        """Those the bot follows."""
        engine = desk.engine
        return cls(desk.settings, engine.settings, engine.llm, desk.ingest, engine.store.settings)

    def each(self) -> tuple[RawiSettings, ...]:
        """One after the other."""
        return (self.telegram, self.answers, self.model, self.ingest, self.store)


@for_editors
async def on_reload(update: Update, context: Context) -> None:
    """Take changed settings over, and say which; with a mistake in them, keep all as they were."""
    message = update.effective_message
    if message is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    editors = desk.settings.editors
    try:
        read = AllSettings.read()
        now, later = changes(AllSettings.in_use(desk), read)
        await take_over(desk, read)
    except (RawiError, ValidationError) as error:
        words = translate("reload.refused", language, problem=isolated(_problem(error), language))
    else:
        log.info("settings reloaded", extra={"changed": now, "after_restart": later})
        words = _report(now, later, language)
    await deliver(context.bot, Target.of(message), [plain_text(words)])
    if desk.settings.editors != editors:
        await register_commands(context.bot, desk, gone=set(editors))


def changes(before: AllSettings, read: AllSettings) -> tuple[list[str], list[str]]:
    """Variables whose values differ: those that take effect now, and those after a restart."""
    now: list[str] = []
    later: list[str] = []
    for old, new in zip(before.each(), read.each(), strict=True):
        live = live_fields(old, new)
        for field in differing(old, new):
            (now if field in live else later).append(variable(type(old), field))
    return now, later


def live_fields(old: RawiSettings, new: RawiSettings) -> frozenset[str]:
    """The settings of a kind that may change while the bot runs."""
    fields = frozenset(type(old).model_fields)
    if isinstance(old, TelegramSettings):
        return LIVE
    if isinstance(old, BotSettings):
        return fields - {"reader"}  # chosen when the store is opened
    if isinstance(old, LLMSettings) and isinstance(new, LLMSettings):
        # A file once loaded stays in memory until the process ends.
        runs_here = any((one.model or "").startswith("local:") for one in (old, new))
        return fields - {"model", "context_tokens"} if runs_here else fields
    if isinstance(old, IngestSettings):
        return fields - {"passage_tokens"}  # the store was opened for passages of this length
    return frozenset()


async def take_over(desk: BotContext, read: AllSettings) -> None:
    """Follow what may change of ``read``, or, where that cannot be, nothing of it.

    Raises:
        ModelUnusableError: the chat model's package is missing.
    """
    composed = desk.engine.composes
    answers, model = (
        _merged(desk.engine.settings, read.answers),
        _merged(desk.engine.llm, read.model),
    )
    await desk.run(desk.engine.reconfigure, answers, model)
    desk.settings = _merged(desk.settings, read.telegram)
    desk.ingest = _merged(desk.ingest, read.ingest)
    if desk.engine.composes != composed:
        desk.set_workers()
    desk.set_limits()
    adjust(desk.settings)


def differing(old: RawiSettings, new: RawiSettings) -> Iterator[str]:
    """The fields whose values differ."""
    return (n for n in type(old).model_fields if getattr(old, n) != getattr(new, n))


def variable(kind: type[RawiSettings], field: str) -> str:
    """What a field is called in the environment."""
    return next(name for name, of in kind.variables().items() if of == field)


def _merged(old: _Settings, new: _Settings) -> _Settings:
    live = live_fields(old, new)
    changed: dict[str, Any] = {n: getattr(new, n) for n in differing(old, new) if n in live}
    return old.model_copy(update=changed) if changed else old


def _report(now: list[str], later: list[str], language: Language) -> str:
    def named(variables: list[str]) -> str:
        return isolated(", ".join(variables), language)

    lines = [translate("reload.changed" if now else "reload.unchanged", language, names=named(now))]
    if later:
        lines.append(translate("reload.restart", language, names=named(later)))
    return "\n".join(lines)


def _problem(error: RawiError | ValidationError) -> str:
    """What is wrong, without the values: one may be a secret."""
    if isinstance(error, RawiError):
        return str(error)
    kinds = (TelegramSettings, BotSettings, LLMSettings, IngestSettings, StoreSettings)
    kind = next(k for k in kinds if k.__name__ == error.title)
    found = []
    for one in error.errors(include_input=False, include_url=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        name = variable(kind, field) if field in kind.model_fields else field
        found.append(f"{name}: {one['msg']}".removeprefix(": "))
    return "; ".join(found)
