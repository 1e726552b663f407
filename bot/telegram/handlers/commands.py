"""The commands of readers, and the bot's membership in groups."""

from __future__ import annotations

import re
from datetime import datetime

from telegram import Bot, InlineKeyboardButton, Update

from bot.core.settings import LLMSettings
from bot.telegram.context import BotContext
from bot.telegram.handlers.command_menu import register_editor
from bot.telegram.handlers.examples import example_questions
from bot.telegram.handlers.requests import (
    CallbackContext,
    MessageRequest,
    bot_context,
    handler,
)
from bot.telegram.messages.addressing import is_private, thread_of
from bot.telegram.messages.formatted_text import FormattedText, formatted, isolate, join, plain_text
from bot.telegram.messages.rendering import context_messages, heading
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import (
    article_count,
    day_count,
    telegram_language,
    translate,
    truncate_title,
)
from bot.terminal.rendering import format_date
from ingest.loaders import supported
from prompts import Language

NEWEST_ARTICLES = 5
LARGEST_SOURCES = 8
_SOURCE_LINK = re.compile(r"source-([0-9a-f]{1,14})-(\d{1,2})")


@handler(MessageRequest, "readers")
async def on_start(request: MessageRequest) -> None:
    """``/start``: a greeting with example questions; with a link to a source, that source."""
    deps, message, language = request.deps, request.message, request.language
    link = _SOURCE_LINK.fullmatch((request.args or [""])[0])
    if link is not None:
        await send_source(request.bot, deps, Target.of(message), int(link[1], 16), int(link[2]))
        return
    if not is_private(message):
        await request.reply(_group_greeting(request.bot, language))
        return
    questions = await deps.run(example_questions, deps.engine, deps.chats, language)
    text = request.translate("start.hello")
    if questions:
        text += f"\n\n{request.translate('start.examples')}"
    elif not deps.engine.store.catalogue.counts()["articles"]:
        text += f"\n\n{request.translate('start.no_articles')}"
    buttons = [
        [
            InlineKeyboardButton(
                truncate_title(question), callback_data=f"ask:{deps.chats.button_id(question)}"
            )
        ]
        for question in questions
    ]
    await request.reply(text, buttons)
    if request.is_editor:
        await register_editor(request.bot, request.user.id)


def _group_greeting(bot: Bot, language: Language) -> str:
    return translate("start.group", language, name=isolate(f"@{bot.username}", language))


async def on_added_to_group(update: Update, context: CallbackContext) -> None:
    """The bot was added to a group: say how to address it."""
    change = update.my_chat_member
    if change is None or change.chat.type not in ("group", "supergroup"):
        return
    absent = ("left", "kicked")
    if change.old_chat_member.status in absent and change.new_chat_member.status not in absent:
        greeting = _group_greeting(context.bot, telegram_language(change.from_user))
        await send(context.bot, Target(change.chat.id), [plain_text(greeting)])


async def on_migrated(update: Update, context: CallbackContext) -> None:
    """A group has become a supergroup: messages to the old id go to the new one."""
    message = update.message
    if message is not None and message.migrate_to_chat_id is not None:
        bot_context(context).chats.set_migrated(message.chat_id, message.migrate_to_chat_id)


@handler(MessageRequest)
async def on_help(request: MessageRequest) -> None:
    """``/help``: how to use the bot, with the editors' commands for editors."""
    if not is_private(request.message):
        await request.reply(request.translate("help.group"))
        return
    text = request.translate("help.reader", id=request.user.id)
    if request.is_editor:
        # Isolated, so that the dots of the suffixes stay in front.
        kinds = isolate(" ".join(supported()), request.language)
        text += request.translate("help.editor", kinds=kinds)
    await request.reply(text)


@handler(MessageRequest)
async def on_unknown_command(request: MessageRequest) -> None:
    """An unknown command; in groups it may be for another bot."""
    if is_private(request.message):
        await request.reply(request.translate("help.unknown"))


@handler(MessageRequest)
async def on_new(request: MessageRequest) -> None:
    """``/new``: forget the conversation."""
    deps = request.deps
    if is_private(request.message):
        await deps.run(deps.engine.delete_thread, thread_of(request.message, deps.answers))
        await request.reply(request.translate("new.done"))
    else:
        await request.reply(request.translate("new.group"))


@handler(MessageRequest, "readers")
async def on_sources(request: MessageRequest) -> None:
    """``/sources``: number, dates and sources of the articles, and the newest ones."""
    await request.reply(await request.deps.run(_coverage, request.deps, request.language))


def _coverage(deps: BotContext, language: Language) -> FormattedText:
    catalogue = deps.engine.store.catalogue
    counts = catalogue.counts()
    if not counts["articles"]:
        return plain_text(translate("start.no_articles", language))
    number = article_count(counts["articles"], language)
    if counts["oldest"]:
        days = {key: datetime.fromisoformat(counts[key]) for key in ("oldest", "newest")}
        dates = {
            key: format_date(
                datetime.fromisoformat(counts[key]).replace(hour=0, minute=0), language
            )
            for key, day in days.items()
        }
        lines = [plain_text(translate("sources.counts", language, articles=number, **dates))]
    else:
        lines = [plain_text(translate("sources.counts_undated", language, articles=number))]
    names = [
        translate("sources.source", language, name=isolate(name, language), count=count)
        for name, count in catalogue.sources()[:LARGEST_SOURCES]
    ]
    if names:
        comma = "، " if language == "ar" else ", "
        listed = translate("sources.by_source", language, names=comma.join(names))
        lines.append(plain_text(listed))
    newest = catalogue.list_articles(limit=NEWEST_ARTICLES)
    headings = [heading(article, language, link=article.url) for article in newest]
    title = formatted(translate("sources.newest", language), "bold")
    lines.append(join((title, *headings), "\n"))
    return join(lines, "\n\n")


@handler(MessageRequest)
async def on_language(request: MessageRequest) -> None:
    """``/language``: choose the language of the answers."""
    row = [request.button(f"language.{name}", f"language:{name}") for name in ("auto", "ar", "en")]
    await request.reply(request.translate("language.ask"), [row])


@handler(MessageRequest)
async def on_privacy(request: MessageRequest) -> None:
    """``/privacy``: which data are stored, and for how long."""
    deps, language = request.deps, request.language
    text = request.translate("privacy.text", days=day_count(deps.settings.keep_days, language))
    if deps.engine.composes:
        text += "\n" + model_privacy(deps.engine.llm, language)
    await request.reply(text)


def model_privacy(llm: LLMSettings, language: Language) -> str:
    """Which data a chat model is sent, and where it runs."""
    if llm.is_local:
        return translate("privacy.model_here", language)
    text = translate("privacy.model", language, model=isolate(llm.model or "", language))
    if llm.cache_days:
        days = day_count(llm.cache_days, language)
        text += f" {translate('privacy.model_kept', language, days=days)}"
    return text


@handler(MessageRequest)
async def on_forget_me(request: MessageRequest) -> None:
    """``/forget_me``: delete all data of the user, after a confirmation."""
    row = [
        request.button(f"privacy.{choice}", f"forget:{request.user.id}:{choice}")
        for choice in ("yes", "no")
    ]
    await request.reply(request.translate("privacy.confirm"), [row])


async def send_source(
    bot: Bot, deps: BotContext, target: Target, answer_id: int, marker: int
) -> None:
    """Send the article around the quote of a citation."""
    answer = deps.answers.get(answer_id)
    citation = answer.citation(marker) if answer else None
    language: Language = "en" if answer and answer.language == "en" else "ar"
    if citation is None:
        await send(bot, target, [plain_text(translate("answer.gone", language))])
        return
    article = await deps.run(deps.engine.store.get, citation.article_id)
    if article is None or article.text[citation.start : citation.end] != citation.quote:
        await send(bot, target, [plain_text(translate("answer.article_gone", language))])
        return
    parts = context_messages(citation, article.text, language, link=citation.url)
    await send(bot, target, parts)
