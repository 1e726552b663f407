"""Construction of the application: handlers, queue and rate limiter."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bot.telegram.context import BotContext
from bot.telegram.core.api_rate_limiter import TelegramRateLimiter
from bot.telegram.core.chat_queue import PerChatProcessor
from bot.telegram.core.inbox import Inbox
from bot.telegram.handlers import (
    callbacks,
    commands,
    editor_commands,
    editor_messages,
    errors,
    questions,
    reload_command,
)
from bot.telegram.handlers.inline import on_inline_query
from bot.telegram.handlers.requests import ui_language
from bot.telegram.jobs.jobs import Jobs
from bot.telegram.messages.addressing import is_addressed, is_private
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import translate

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]

ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MESSAGE_REACTION,
    Update.MY_CHAT_MEMBER,
]

_COMMANDS = {
    "start": commands.on_start,
    "help": commands.on_help,
    "new": commands.on_new,
    "sources": commands.on_sources,
    "language": commands.on_language,
    "privacy": commands.on_privacy,
    "forget_me": commands.on_forget_me,
    "ask": questions.on_ask,
    "add": editor_messages.on_add,
    "articles": editor_commands.on_articles,
    "remove": editor_commands.on_remove,
    "stats": editor_commands.on_stats,
    "ingest": editor_commands.on_ingest,
    "reload": reload_command.on_reload,
}
_BUTTONS = {
    "language": callbacks.on_language_chosen,
    "forget": callbacks.on_forget_confirmed,
    "ask": callbacks.on_example,
    "items": callbacks.on_items,
    "next": callbacks.on_suggested,
    "context": callbacks.on_context,
    "article": callbacks.on_article,
    "about": callbacks.on_about,
    "rate": callbacks.on_rating,
    "why": callbacks.on_reason,
    "page": editor_commands.on_page,
    "remove": editor_commands.on_remove_pressed,
    "erase": editor_commands.on_erase,
}


def build(deps: BotContext, token: str, inbox: Inbox) -> App:
    """The application, not yet started; it processes the updates of ``inbox``."""
    settings = deps.settings
    app: App = (
        ApplicationBuilder()
        .token(token)
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .read_timeout(settings.timeout)
        .write_timeout(settings.timeout)
        .connect_timeout(settings.timeout)
        .pool_timeout(60.0)
        .connection_pool_size(64)
        .rate_limiter(TelegramRateLimiter(deps.chats, deps.metrics))
        .concurrent_updates(_processor(deps, inbox, lambda: app))
        .updater(None)
        .update_queue(inbox)
        .build()
    )
    app.bot_data["bot_context"] = deps
    jobs = app.bot_data["jobs"] = Jobs(deps, app.bot)
    deps.metrics.gauge("rawi_updates", "Updates waiting or in hand.", lambda: inbox.in_progress)
    deps.metrics.gauge("rawi_jobs", "Editors' jobs running or waiting.", lambda: len(jobs))
    _add_handlers(app)
    return app


def _processor(deps: BotContext, inbox: Inbox, app: Callable[[], App]) -> PerChatProcessor:
    """``app()`` is called when updates are processed, which is after the application is built."""

    def limit(update: Update) -> int:
        # Editors send albums of files and forward many posts at once; each is accepted quickly.
        user, settings = update.effective_user, deps.settings
        is_editor = user is not None and settings.may_edit(user.id)
        return settings.queue if is_editor else settings.waiting

    async def rejected(update: Update) -> None:
        user, message = update.effective_user, update.effective_message
        if user is None or message is None:
            return
        log.info("line too long", extra={"chat": message.chat_id})
        notify = deps.quota.should_notify(user.id)
        text = translate("trouble.waiting", ui_language(deps, user))
        try:
            if update.callback_query is not None:
                await update.callback_query.answer(text if notify else None)
            elif notify:
                await send(app().bot, Target.of(message), [plain_text(text)])
        except TelegramError as error:
            log.info("not told", extra={"problem": str(error)})

    def queued(update: Update) -> None:
        deps.pending.update_queued(update, deps.settings)

    def bypasses(update: Update) -> bool:
        # Messages of group members to each other, where the bot receives all messages.
        message = update.message or update.edited_message
        if message is None or is_private(message) or (message.text or "").startswith("/"):
            return False
        return not is_addressed(message, app().bot)

    return PerChatProcessor(inbox, limit, rejected, queued, bypasses)


def _add_handlers(app: App) -> None:
    new = filters.UpdateType.MESSAGE
    new_or_edited = new | filters.UpdateType.EDITED_MESSAGE
    for name, handler in _COMMANDS.items():
        accepted = new_or_edited if name in ("ask", "add") else new
        app.add_handler(CommandHandler(name, handler, filters=accepted))
    for name, handler in _BUTTONS.items():
        app.add_handler(CallbackQueryHandler(handler, pattern=f"^{name}:"))
    app.add_handler(CallbackQueryHandler(callbacks.on_stale_button))
    app.add_handler(InlineQueryHandler(on_inline_query))
    app.add_handler(MessageReactionHandler(callbacks.on_reaction))
    app.add_handler(ChatMemberHandler(commands.on_added_to_group, ChatMemberHandler.MY_CHAT_MEMBER))
    app.add_handler(
        MessageHandler(filters.UpdateType.CHANNEL_POSTS, editor_messages.on_channel_post)
    )
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, commands.on_migrated))
    app.add_handler(MessageHandler(filters.COMMAND & new, commands.on_unknown_command))
    app.add_handler(
        MessageHandler(filters.TEXT & ~filters.COMMAND & new_or_edited, editor_messages.on_text)
    )
    app.add_handler(
        MessageHandler(new & ~filters.TEXT & ~filters.StatusUpdate.ALL, editor_messages.on_other)
    )
    app.add_error_handler(errors.on_error)
