"""The editors' commands: list, search and remove articles, figures, running jobs."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from bot.telegram.context import BotContext, Context, bot_context
from bot.telegram.handlers.callbacks import pressed
from bot.telegram.handlers.commands import ui_language
from bot.telegram.handlers.editor_messages import jobs_of
from bot.telegram.jobs.source_sync import sources_lines
from bot.telegram.messages.addressing import question_in
from bot.telegram.messages.formatted_text import FormattedText, joined, plain_text
from bot.telegram.messages.rendering import heading, isolated
from bot.telegram.messages.sender import Target, deliver, redeliver
from bot.telegram.messages.texts import days, shortened, translate
from prompts import Language

log = logging.getLogger(__name__)

PAGE = 8
MATCHES = 6
JOBS = 10

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


def for_editors(handler: Handler) -> Handler:
    """``handler`` for editors; others are told that it is not for them."""

    @wraps(handler)
    async def guarded(update: Update, context: Context) -> None:
        person, desk = update.effective_user, bot_context(context)
        if person is not None and desk.settings.may_edit(person.id):
            await handler(update, context)
            return
        words = translate("editor.only", ui_language(desk, person))
        if update.callback_query is not None:
            await update.callback_query.answer(words)
        elif update.effective_message is not None:
            target = Target.of(update.effective_message)
            await deliver(context.bot, target, [plain_text(words)])

    return guarded


@for_editors
async def on_articles(update: Update, context: Context) -> None:
    """``/articles [words]``: the first page of all articles, or of those with the words."""
    message = update.effective_message
    if message is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    words = question_in(message, context.bot)
    text, buttons = await desk.run(_page, desk, 0, words, language)
    await deliver(context.bot, Target.of(message), [text], buttons=buttons)


@for_editors
async def on_page(update: Update, context: Context) -> None:
    """Another page of the list."""
    query, values = pressed(update)
    desk = bot_context(context)
    language = ui_language(desk, query.from_user)
    words = desk.records.offered(int(values[1])) or ""
    text, buttons = await desk.run(_page, desk, int(values[0]), words, language)
    await query.answer()
    if isinstance(query.message, Message):
        target = Target.of(query.message)
        shown = [query.message.message_id]
        await redeliver(context.bot, target, shown, [text], buttons=buttons)


def _page(
    desk: BotContext, page: int, words: str, language: Language
) -> tuple[FormattedText, InlineKeyboardMarkup | None]:
    catalogue = desk.engine.store.catalogue
    counts = catalogue.counts()
    total = len(catalogue.list_articles(search=words)) if words else counts["articles"]
    first = page * PAGE
    found = catalogue.list_articles(limit=PAGE, offset=first, search=words or None)
    if not found:
        if not words:
            return plain_text(translate("editor.none", language)), None
        return plain_text(
            translate("editor.none_found", language, words=isolated(words, language))
        ), None
    span = {"first": first + 1, "last": first + len(found), "total": total}
    heads = [
        heading(article, language, link=article.url, mark=f"{number}. ")
        for number, article in enumerate(found, first + 1)
    ]
    text = joined((plain_text(translate("editor.page", language, **span)), *heads), "\n\n")
    offer = desk.records.offer(words) if words else 0
    numbers = [
        InlineKeyboardButton(f"{n}", callback_data=f"article:{desk.records.offer(article.id)}")
        for n, article in enumerate(found, first + 1)
    ]
    turns = [
        InlineKeyboardButton(
            translate(f"editor.{label}", language), callback_data=f"page:{to}:{offer}"
        )
        for label, to in (("previous", page - 1), ("next", page + 1))
        if to >= 0 and to * PAGE < total
    ]
    rows = [numbers[:4], numbers[4:], turns]
    return text, InlineKeyboardMarkup([row for row in rows if row])


@for_editors
async def on_remove(update: Update, context: Context) -> None:
    """``/remove words``: articles with the words, to choose one from."""
    message = update.effective_message
    if message is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    words = question_in(message, context.bot)
    target = Target.of(message)
    if not words:
        await deliver(context.bot, target, [plain_text(translate("editor.remove_usage", language))])
        return
    catalogue = desk.engine.store.catalogue
    found = await desk.run(catalogue.list_articles, limit=MATCHES, search=words)
    if not found:
        none = plain_text(translate("editor.none_found", language, words=isolated(words, language)))
        await deliver(context.bot, target, [none])
        return
    keyboard = [
        [
            InlineKeyboardButton(
                f"🗑 {shortened(article.title or article.id)}",
                callback_data=f"remove:{desk.records.offer(article.id)}",
            )
        ]
        for article in found
    ]
    text = plain_text(translate("editor.remove_which", language))
    await deliver(context.bot, target, [text], buttons=InlineKeyboardMarkup(keyboard))


@for_editors
async def on_remove_pressed(update: Update, context: Context) -> None:
    """An article is to go: ask once more, showing which."""
    query, (number,) = pressed(update)
    desk = bot_context(context)
    language = ui_language(desk, query.from_user)
    article_id = desk.records.offered(int(number))
    info = await desk.run(desk.engine.store.catalogue.info, article_id) if article_id else None
    await query.answer()
    if not isinstance(query.message, Message):
        return
    if info is None:
        gone = plain_text(translate("answer.article_gone", language))
        await deliver(context.bot, Target.of(query.message), [gone])
        return
    head = heading(info, language, link=info.url)
    text = joined((plain_text(translate("editor.confirm_remove", language)), head), "\n")
    row = [
        InlineKeyboardButton(
            translate("editor.confirm", language), callback_data=f"erase:{number}"
        ),
        InlineKeyboardButton(translate("editor.cancel", language), callback_data="erase:0"),
    ]
    await deliver(
        context.bot, Target.of(query.message), [text], buttons=InlineKeyboardMarkup([row])
    )


@for_editors
async def on_erase(update: Update, context: Context) -> None:
    """The removal was confirmed, or not."""
    query, (number,) = pressed(update)
    desk = bot_context(context)
    language = ui_language(desk, query.from_user)
    article_id = desk.records.offered(int(number)) if number != "0" else None
    await query.answer()
    words = "editor.cancelled"
    if article_id is not None:
        removed = await desk.run_for_editor(_erase, desk, article_id)
        words = "editor.removed" if removed else "answer.article_gone"
    with contextlib.suppress(BadRequest):  # deleted meanwhile, or tapped twice
        await query.edit_message_text(translate(words, language))


def _erase(desk: BotContext, article_id: str) -> bool:
    info = desk.engine.store.catalogue.info(article_id)
    store = desk.engine.store
    with store.record_run("remove", [article_id]):
        removed = store.remove([article_id])
    origin = Path(info.origin) if info and info.origin else None
    shared = origin is None or desk.engine.store.catalogue.ids_by_origin(str(origin))
    if removed and origin is not None and not shared and origin.is_relative_to(desk.files):
        origin.unlink(missing_ok=True)
    log.info("article removed", extra={"removed": len(removed)})
    return bool(removed)


@for_editors
async def on_stats(update: Update, context: Context) -> None:
    """``/stats``: usage and store in figures."""
    message = update.effective_message
    if message is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    counts = await desk.run(desk.engine.store.catalogue.counts)
    figures = {name: f"{value:,.0f}" for name, value in desk.records.figures().items()}
    for name in ("articles", "passages"):
        figures[name] = f"{counts[name]:,}"
    text = translate(
        "editor.stats", language, days=days(desk.settings.keep_days, language), **figures
    )
    await deliver(context.bot, Target.of(message), [plain_text(text)])


@for_editors
async def on_ingest(update: Update, context: Context) -> None:
    """``/ingest``: which jobs are running or waiting, how far they are, and how sources are."""
    message = update.effective_message
    if message is None:
        return
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    jobs = jobs_of(context).under_way()
    lines = [translate("editor.jobs" if jobs else "editor.jobs_none", language, count=len(jobs))]
    for job, articles in jobs[:JOBS]:
        far = translate("editor.job_far", language, articles=f"{articles:,}") if articles else ""
        lines.append(f"• {isolated(shortened(job.name), language)}{far}")
    sources = await desk.run_for_editor(sources_lines, desk, language)
    if sources:
        lines += ["", *sources]
    await deliver(context.bot, Target.of(message), [plain_text("\n".join(lines))])
