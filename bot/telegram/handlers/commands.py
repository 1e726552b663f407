"""The commands every reader has."""

from __future__ import annotations

import logging
import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update, User

from bot.generation.core.settings import LLMSettings
from bot.telegram.context import BotContext, Context, bot_context
from bot.telegram.handlers.command_menu import register_editor
from bot.telegram.handlers.examples import examples
from bot.telegram.jobs.jobs import kinds
from bot.telegram.messages.addressing import is_private, thread_of
from bot.telegram.messages.formatted_text import FormattedText, joined, plain_text, styled
from bot.telegram.messages.rendering import context as context_of
from bot.telegram.messages.rendering import heading, isolated
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import articles, days, own_language, shortened, translate
from bot.terminal.rendering import format_date
from prompts import Language

log = logging.getLogger(__name__)

NEWEST = 5
SOURCES = 8
_SOURCE_LINK = re.compile(r"source-([0-9a-f]{1,14})-(\d{1,2})")


def ui_language(desk: BotContext, person: User | None) -> Language:
    """The language the bot speaks with a person: the one they chose, else their Telegram's."""
    chosen = desk.records.language(person.id) if person else "auto"
    return own_language(person) if chosen == "auto" else chosen


async def on_start(update: Update, context: Context) -> None:
    """``/start``: a greeting with examples; behind a link to a source, that source."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    desk, person = bot_context(context), message.from_user
    language = ui_language(desk, person)
    if not desk.settings.may_read(person.id):
        await _reply(
            message, context, plain_text(translate("start.no_entry", language, id=person.id))
        )
        return
    link = _SOURCE_LINK.fullmatch((context.args or [""])[0])
    if link is not None:
        await show_source(Target.of(message), int(link[1], 16), int(link[2]), context)
        return
    if not is_private(message):
        await _reply(message, context, _group_greeting(context, language))
        return
    buttons = await desk.run(examples, desk.engine, desk.records, language)
    rest = "start.examples" if buttons else "start.no_articles"
    if not buttons and desk.engine.store.catalogue.counts()["articles"]:
        text = plain_text(translate("start.hello", language))
    else:
        text = plain_text(f"{translate('start.hello', language)}\n\n{translate(rest, language)}")
    keyboard = [
        [
            InlineKeyboardButton(
                shortened(question), callback_data=f"ask:{desk.records.offer(question)}"
            )
        ]
        for question in buttons
    ]
    markup = InlineKeyboardMarkup(keyboard) if keyboard else None
    await deliver(context.bot, Target.of(message), [text], buttons=markup)
    if desk.settings.may_edit(person.id):
        await register_editor(context.bot, person.id)


def _group_greeting(context: Context, language: Language) -> FormattedText:
    return plain_text(
        translate("start.group", language, name=isolated(f"@{context.bot.username}", language))
    )


async def on_added_to_group(update: Update, context: Context) -> None:
    """The bot has been added to a group: say how to speak to it."""
    change = update.my_chat_member
    if change is None or change.chat.type not in ("group", "supergroup"):
        return
    gone = ("left", "kicked")
    if change.old_chat_member.status in gone and change.new_chat_member.status not in gone:
        language = own_language(change.from_user)
        await deliver(context.bot, Target(change.chat.id), [_group_greeting(context, language)])


async def on_migrated(update: Update, context: Context) -> None:
    """A group has become a supergroup: what still goes to the old id is sent to the new one."""
    message = update.message
    if message is not None and message.migrate_to_chat_id is not None:
        bot_context(context).records.migrate(message.chat_id, message.migrate_to_chat_id)


async def on_help(update: Update, context: Context) -> None:
    """``/help``: how to use the bot, with the editors' commands for editors."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    desk, person = bot_context(context), message.from_user
    language = ui_language(desk, person)
    if not is_private(message):
        await _reply(message, context, plain_text(translate("help.group", language)))
        return
    text = translate("help.reader", language, id=person.id)
    if desk.settings.may_edit(person.id):
        text += translate("help.editor", language, kinds=kinds(language))
    await _reply(message, context, plain_text(text))


async def on_unknown_command(update: Update, context: Context) -> None:
    """A command that there is not; in groups it may be meant for another bot."""
    message = update.effective_message
    if message is not None and is_private(message):
        language = ui_language(bot_context(context), message.from_user)
        await _reply(message, context, plain_text(translate("help.unknown", language)))


async def on_new(update: Update, context: Context) -> None:
    """``/new``: forget what the conversation was about."""
    message = update.effective_message
    if message is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    if not is_private(message):
        await _reply(message, context, plain_text(translate("new.group", language)))
        return
    await desk.run(desk.engine.delete_thread, thread_of(message, desk.records))
    await _reply(message, context, plain_text(translate("new.done", language)))


async def on_sources(update: Update, context: Context) -> None:
    """``/sources``: how many articles, from when to when, by whom, and the newest ones."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    if desk.settings.may_read(message.from_user.id):
        text = await desk.run(_covered, desk, language)
    else:
        text = plain_text(translate("start.no_entry", language, id=message.from_user.id))
    await _reply(message, context, text)


def _covered(desk: BotContext, language: Language) -> FormattedText:
    catalogue = desk.engine.store.catalogue
    counts = catalogue.counts()
    if not counts["articles"]:
        return plain_text(translate("start.no_articles", language))
    number = articles(counts["articles"], language)
    newest = catalogue.list_articles(limit=NEWEST)
    lines = [plain_text(translate("sources.counts_undated", language, articles=number))]
    if counts["oldest"]:
        from datetime import datetime

        oldest, latest = (datetime.fromisoformat(counts[key]) for key in ("oldest", "newest"))
        dates = {
            "oldest": format_date(oldest.replace(hour=0, minute=0), language),
            "newest": format_date(latest.replace(hour=0, minute=0), language),
        }
        lines = [plain_text(translate("sources.counts", language, articles=number, **dates))]
    named = [
        translate("sources.source", language, name=isolated(name, language), count=count)
        for name, count in catalogue.sources()[:SOURCES]
    ]
    if named:
        between = "، " if language == "ar" else ", "
        lines.append(
            plain_text(translate("sources.by_source", language, names=between.join(named)))
        )
    heads = [heading(item, language, link=item.url) for item in newest]
    lines.append(joined((styled(translate("sources.newest", language), "bold"), *heads), "\n"))
    return joined(lines, "\n\n")


async def on_language(update: Update, context: Context) -> None:
    """``/language``: in which language to answer."""
    message = update.effective_message
    if message is None:
        return
    language = ui_language(bot_context(context), message.from_user)
    row = [
        InlineKeyboardButton(
            translate(f"language.{name}", language), callback_data=f"language:{name}"
        )
        for name in ("auto", "ar", "en")
    ]
    text = plain_text(translate("language.ask", language))
    await deliver(context.bot, Target.of(message), [text], buttons=InlineKeyboardMarkup([row]))


async def on_privacy(update: Update, context: Context) -> None:
    """``/privacy``: what is kept, and for how long."""
    message = update.effective_message
    if message is not None:
        desk = bot_context(context)
        language = ui_language(desk, message.from_user)
        text = translate("privacy.text", language, days=days(desk.settings.keep_days, language))
        if desk.engine.composes:
            text += "\n" + told_to_model(desk.engine.llm, language)
        await _reply(message, context, plain_text(text))


def told_to_model(llm: LLMSettings, language: Language) -> str:
    """What a chat model is told of a question, and where it runs."""
    if llm.stays_here:
        return translate("privacy.model_here", language)
    model = isolated(llm.model or "", language)
    told = translate("privacy.model", language, model=model)
    if not llm.cache_days:
        return told
    return (
        f"{told} {translate('privacy.model_kept', language, days=days(llm.cache_days, language))}"
    )


async def on_forget_me(update: Update, context: Context) -> None:
    """``/forget_me``: erase everything about a person, once they have confirmed it."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    language = ui_language(bot_context(context), message.from_user)
    person = message.from_user.id
    row = [
        InlineKeyboardButton(
            translate(f"privacy.{answer}", language), callback_data=f"forget:{person}:{answer}"
        )
        for answer in ("yes", "no")
    ]
    text = plain_text(translate("privacy.confirm", language))
    await deliver(context.bot, Target.of(message), [text], buttons=InlineKeyboardMarkup([row]))


async def show_source(target: Target, answer_id: int, marker: int, context: Context) -> None:
    """Send the article around a quote of an answer."""
    desk = bot_context(context)
    given = desk.records.answer(answer_id)
    citation = given.citation(marker) if given else None
    language: Language = "en" if given and given.language == "en" else "ar"
    if citation is None:
        await deliver(context.bot, target, [plain_text(translate("answer.gone", language))])
        return
    article = await desk.run(desk.engine.store.get, citation.article_id)
    if article is None or article.text[citation.start : citation.end] != citation.quote:
        await deliver(context.bot, target, [plain_text(translate("answer.article_gone", language))])
        return
    pieces = context_of(citation, article.text, language, link=citation.url)
    await deliver(context.bot, target, pieces)


async def _reply(message: Message, context: Context, text: FormattedText) -> None:
    await deliver(context.bot, Target.of(message, reply=not is_private(message)), [text])
