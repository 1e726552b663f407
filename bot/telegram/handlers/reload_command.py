"""``/reload``: read the settings again, and apply those that may change while the bot runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.core.settings import BotSettings, LLMSettings
from bot.telegram.context import BotContext
from bot.telegram.core.logs import apply_log_settings
from bot.telegram.core.settings import LIVE, TelegramSettings
from bot.telegram.handlers.command_menu import register_commands
from bot.telegram.handlers.requests import MessageRequest, handler
from bot.telegram.messages.formatted_text import isolate
from bot.telegram.messages.texts import translate
from ingest.core.settings import IngestSettings
from prompts import Language
from vectorstore.core.errors import RawiError
from vectorstore.core.settings import RawiSettings, StoreSettings

log = logging.getLogger(__name__)

S = TypeVar("S", bound=RawiSettings)


AllSettings = tuple[TelegramSettings, BotSettings, LLMSettings, IngestSettings, StoreSettings]
"""The settings of all parts of the bot."""


def read_settings() -> AllSettings:
    """The settings in ``.env`` and the environment.

    Raises:
        SettingsError: a variable is unknown.
        pydantic.ValidationError: a value is invalid.
    """
    return TelegramSettings(), BotSettings(), LLMSettings(), IngestSettings(), StoreSettings()


def settings_in_use(deps: BotContext) -> AllSettings:
    """The settings that the bot uses now."""
    engine, store = deps.engine, deps.engine.store
    return deps.settings, engine.settings, engine.llm, deps.ingest_settings, store.settings


@handler(MessageRequest, "editors")
async def on_reload(request: MessageRequest) -> None:
    """Apply changed settings and report their names; if any is invalid, apply none."""
    deps, language = request.deps, request.language
    editors = deps.settings.editors
    try:
        new = read_settings()
        applied, after_restart = changed_variables(settings_in_use(deps), new)
        await apply_settings(deps, new)
    except (RawiError, ValidationError) as error:
        text = request.translate("reload.refused", problem=isolate(_describe(error), language))
    else:
        details = {"changed": applied, "after_restart": after_restart}
        log.info("settings reloaded", extra=details)
        text = _report(applied, after_restart, language)
    await request.reply(text)
    if deps.settings.editors != editors:
        await register_commands(request.bot, deps.settings.editors, former_editors=editors)


def changed_variables(old: AllSettings, new: AllSettings) -> tuple[list[str], list[str]]:
    """Names of changed variables: those that can be applied now, and those that need a restart."""
    live: list[str] = []
    after_restart: list[str] = []
    for old_part, new_part in zip(old, new, strict=True):
        fields = live_fields(old_part, new_part)
        for field in changed_fields(old_part, new_part):
            name = variable_name(type(old_part), field)
            (live if field in fields else after_restart).append(name)
    return live, after_restart


def live_fields(old: RawiSettings, new: RawiSettings) -> frozenset[str]:
    """The fields that may change while the bot runs."""
    fields = frozenset(type(old).model_fields)
    if isinstance(old, TelegramSettings):
        return LIVE
    if isinstance(old, BotSettings):
        return fields - {"reader"}  # loaded when the store is opened
    if isinstance(old, LLMSettings) and isinstance(new, LLMSettings):
        # A model file that is loaded stays in memory until the process ends.
        is_local = any((part.model or "").startswith("local:") for part in (old, new))
        return fields - {"model", "context_tokens"} if is_local else fields
    if isinstance(old, IngestSettings):
        return fields - {"passage_tokens"}  # the store was opened with this length
    return frozenset()


async def apply_settings(deps: BotContext, new: AllSettings) -> None:
    """Apply the live fields of ``new``; if that fails, none of them.

    Raises:
        ModelUnusableError: the chat model's package is missing.
    """
    engine = deps.engine
    composed = engine.composes
    telegram, answers, model, ingest, _ = new
    await deps.run(engine.reconfigure, _merge(engine.settings, answers), _merge(engine.llm, model))
    deps.settings = _merge(deps.settings, telegram)
    deps.ingest_settings = _merge(deps.ingest_settings, ingest)
    if engine.composes != composed:
        deps.resize_answer_pool()
    deps.apply_limits()
    apply_log_settings(deps.settings)


def changed_fields(old: RawiSettings, new: RawiSettings) -> Iterator[str]:
    """The fields with different values."""
    return (n for n in type(old).model_fields if getattr(old, n) != getattr(new, n))


def variable_name(settings: type[RawiSettings], field: str) -> str:
    """The environment variable of a field."""
    return next(name for name, of in settings.variables().items() if of == field)


def _merge(old: S, new: S) -> S:
    live = live_fields(old, new)
    changed: dict[str, Any] = {n: getattr(new, n) for n in changed_fields(old, new) if n in live}
    return old.model_copy(update=changed) if changed else old


def _report(applied: list[str], after_restart: list[str], language: Language) -> str:
    def names(variables: list[str]) -> str:
        return isolate(", ".join(variables), language)

    key = "reload.changed" if applied else "reload.unchanged"
    lines = [translate(key, language, names=names(applied))]
    if after_restart:
        lines.append(translate("reload.restart", language, names=names(after_restart)))
    return "\n".join(lines)


def _describe(error: RawiError | ValidationError) -> str:
    """The problem without the values, which may be secrets."""
    if isinstance(error, RawiError):
        return str(error)
    kinds = (TelegramSettings, BotSettings, LLMSettings, IngestSettings, StoreSettings)
    kind = next(k for k in kinds if k.__name__ == error.title)
    problems = []
    for problem in error.errors(include_input=False, include_url=False):
        field = str(problem["loc"][0]) if problem["loc"] else ""
        name = variable_name(kind, field) if field in kind.model_fields else field
        problems.append(f"{name}: {problem['msg']}".removeprefix(": "))
    return "; ".join(problems)
