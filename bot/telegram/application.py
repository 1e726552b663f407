"""Which handler hears what."""

from __future__ import annotations

import logging
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

from bot.telegram import buttons, commands, editing, errors, keeping, questions, reloading
from bot.telegram.addressing import is_meant, is_private
from bot.telegram.commands import ui_language
from bot.telegram.delivery import Target, deliver
from bot.telegram.desk import Desk
from bot.telegram.inbox import Inbox
from bot.telegram.inline import on_inline_query
from bot.telegram.jobs import Jobs
from bot.telegram.pacing import Pacing
from bot.telegram.styled import plain
from bot.telegram.turns import Turns
from bot.telegram.words import say

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
    "add": editing.on_add,
    "articles": keeping.on_articles,
    "remove": keeping.on_remove,
    "stats": keeping.on_stats,
    "ingest": keeping.on_ingest,
    "reload": reloading.on_reload,
}
_BUTTONS = {
    "language": buttons.on_language_chosen,
    "forget": buttons.on_forget_confirmed,
    "ask": buttons.on_example,
    "context": buttons.on_context,
    "article": buttons.on_article,
    "about": buttons.on_about,
    "follow": buttons.on_followup,
    "rate": buttons.on_rating,
    "why": buttons.on_reason,
    "page": keeping.on_page,
    "remove": keeping.on_remove_pressed,
    "erase": keeping.on_erase,
}


def build(desk: Desk, token: str, inbox: Inbox) -> App:
    """The application, not yet started; what fetches updates puts them into ``inbox``."""
    settings = desk.settings

    async def turned_away(update: Update) -> None:
        person, message = update.effective_user, update.effective_message
        if person is None or message is None:
            return
        log.info("line too long", extra={"chat": message.chat_id})
        told = desk.allowance.tell(person.id)
        words = say("trouble.waiting", ui_language(desk, person))
        try:
            if update.callback_query is not None:
                await update.callback_query.answer(words if told else None)
            elif told:
                await deliver(app.bot, Target.of(message), [plain(words)])
        except TelegramError as error:
            log.info("not told", extra={"problem": str(error)})

    def idle(update: Update) -> bool:
        # What members of a group say to each other, where the bot hears all of it.
        message = update.message or update.edited_message
        if message is None or is_private(message) or (message.text or "").startswith("/"):
            return False
        return not is_meant(message, app.bot)

    def waiting(update: Update) -> int:
        # Editors send albums of files and forward many posts at once; each is soon taken on.
        person, now = update.effective_user, desk.settings
        return now.queue if person is not None and now.may_edit(person.id) else now.waiting

    def heard(update: Update) -> None:
        desk.underway.heard(update, desk.settings)

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
        .rate_limiter(Pacing(desk.records, desk.metrics))
        .concurrent_updates(Turns(inbox, waiting, turned_away, heard, idle))
        .updater(None)
        .update_queue(inbox)
        .build()
    )
    desk.metrics.gauge("rawi_updates", "Updates waiting or in hand.", lambda: inbox.under_way)
    app.bot_data["desk"] = desk
    jobs = app.bot_data["jobs"] = Jobs(desk, app.bot)
    desk.metrics.gauge("rawi_jobs", "Editors' jobs running or waiting.", lambda: len(jobs))
    _add_handlers(app)
    return app


def _add_handlers(app: App) -> None:
    fresh = filters.UpdateType.MESSAGE
    written = fresh | filters.UpdateType.EDITED_MESSAGE
    for name, handler in _COMMANDS.items():
        heard = written if name in ("ask", "add") else fresh
        app.add_handler(CommandHandler(name, handler, filters=heard))
    for name, handler in _BUTTONS.items():
        app.add_handler(CallbackQueryHandler(handler, pattern=f"^{name}:"))
    app.add_handler(CallbackQueryHandler(buttons.on_stale_button))
    app.add_handler(InlineQueryHandler(on_inline_query))
    app.add_handler(MessageReactionHandler(buttons.on_reaction))
    app.add_handler(ChatMemberHandler(commands.on_added_to_group, ChatMemberHandler.MY_CHAT_MEMBER))
    app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POSTS, editing.on_channel_post))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, commands.on_migrated))
    app.add_handler(MessageHandler(filters.COMMAND & fresh, commands.on_unknown_command))
    app.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND & written, editing.on_text))
    app.add_handler(
        MessageHandler(fresh & ~filters.TEXT & ~filters.StatusUpdate.ALL, editing.on_other)
    )
    app.add_error_handler(errors.on_error)
