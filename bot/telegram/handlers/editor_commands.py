"""The commands of editors: list and remove articles, statistics, running jobs."""

from __future__ import annotations

import logging
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.telegram.context import BotContext
from bot.telegram.handlers.requests import (
    ButtonRequest,
    Keyboard,
    MessageRequest,
    handler,
)
from bot.telegram.jobs.source_status import source_status_lines
from bot.telegram.messages.addressing import question_text
from bot.telegram.messages.formatted_text import FormattedText, isolate, join, plain_text
from bot.telegram.messages.rendering import heading
from bot.telegram.messages.sender import Target, replace_messages
from bot.telegram.messages.texts import day_count, translate, truncate_title
from prompts import Language

log = logging.getLogger(__name__)

PAGE_SIZE = 8
BUTTONS_PER_ROW = 4
MAX_MATCHES = 6
MAX_JOBS = 10


@handler(MessageRequest, "editors")
async def on_articles(request: MessageRequest) -> None:
    """``/articles [words]``: the first page of all articles, or of those with the words."""
    deps = request.deps
    words = question_text(request.message, request.bot)
    text, buttons = await deps.run(_page, deps, 0, words, request.language)
    await request.reply(text, buttons)


@handler(ButtonRequest, "editors")
async def on_page(request: ButtonRequest) -> None:
    """Another page of the list."""
    deps, message = request.deps, request.query.message
    page, words_id = (int(value) for value in request.values)
    words = deps.chats.button_value(words_id) or ""
    text, buttons = await deps.run(_page, deps, page, words, request.language)
    await request.query.answer()
    if isinstance(message, Message):
        await replace_messages(
            request.bot,
            Target.of(message),
            [message.message_id],
            [text],
            buttons=InlineKeyboardMarkup(buttons) if buttons else None,
        )


def _page(
    deps: BotContext, page: int, words: str, language: Language
) -> tuple[FormattedText, Keyboard]:
    """A page of articles with buttons to show them and to turn the page."""
    catalogue, chats = deps.engine.store.catalogue, deps.chats
    first = page * PAGE_SIZE
    found = catalogue.list_articles(limit=PAGE_SIZE, offset=first, search=words or None)
    if not found:
        return plain_text(_none_found(words, language)), []
    total = len(catalogue.list_articles(search=words)) if words else catalogue.counts()["articles"]
    title = translate(
        "editor.page", language, first=first + 1, last=first + len(found), total=total
    )
    numbered = list(enumerate(found, first + 1))
    headings = [
        heading(article, language, link=article.url, mark=f"{number}. ")
        for number, article in numbered
    ]
    articles = [
        InlineKeyboardButton(f"{number}", callback_data=f"article:{chats.button_id(article.id)}")
        for number, article in numbered
    ]
    words_id = chats.button_id(words) if words else 0
    neighbours = [
        InlineKeyboardButton(
            translate(f"editor.{label}", language), callback_data=f"page:{other}:{words_id}"
        )
        for label, other in (("previous", page - 1), ("next", page + 1))
        if 0 <= other * PAGE_SIZE < total
    ]
    rows = [articles[:BUTTONS_PER_ROW], articles[BUTTONS_PER_ROW:], neighbours]
    return join((plain_text(title), *headings), "\n\n"), [row for row in rows if row]


def _none_found(words: str, language: Language) -> str:
    if not words:
        return translate("editor.none", language)
    return translate("editor.none_found", language, words=isolate(words, language))


@handler(MessageRequest, "editors")
async def on_remove(request: MessageRequest) -> None:
    """``/remove words``: choose one of the articles with the words."""
    deps = request.deps
    words = question_text(request.message, request.bot)
    if not words:
        await request.reply(request.translate("editor.remove_usage"))
        return
    catalogue = deps.engine.store.catalogue
    found = await deps.run(catalogue.list_articles, limit=MAX_MATCHES, search=words)
    if not found:
        await request.reply(_none_found(words, request.language))
        return
    buttons = [
        [
            InlineKeyboardButton(
                f"🗑 {truncate_title(article.title or article.id)}",
                callback_data=f"remove:{deps.chats.button_id(article.id)}",
            )
        ]
        for article in found
    ]
    await request.reply(request.translate("editor.remove_which"), buttons)


@handler(ButtonRequest, "editors")
async def on_remove_pressed(request: ButtonRequest) -> None:
    """An article to remove was chosen: ask for a confirmation."""
    deps, article_id = request.deps, request.stored_value
    info = await deps.run(deps.engine.store.catalogue.info, article_id) if article_id else None
    await request.query.answer()
    if info is None:
        await request.send(request.translate("answer.article_gone"))
        return
    question = plain_text(request.translate("editor.confirm_remove"))
    head = heading(info, request.language, link=info.url)
    row = [
        request.button("editor.confirm", f"erase:{request.values[0]}"),
        request.button("editor.cancel", "erase:0"),
    ]
    await request.send(join((question, head), "\n"), [row])


@handler(ButtonRequest, "editors")
async def on_erase(request: ButtonRequest) -> None:
    """The removal was confirmed, or cancelled (number 0)."""
    deps = request.deps
    article_id = None if request.values[0] == "0" else request.stored_value
    await request.query.answer()
    result = "editor.cancelled"
    if article_id is not None:
        removed = await deps.run_for_editor(_remove, deps, article_id)
        result = "editor.removed" if removed else "answer.article_gone"
    await request.edit(request.translate(result))


def _remove(deps: BotContext, article_id: str) -> bool:
    """Remove an article, and its file if an editor sent it and no other article is in it."""
    store = deps.engine.store
    info = store.catalogue.info(article_id)
    with store.record_run("remove", [article_id]):
        removed = store.remove([article_id])
    if removed and info and info.origin:
        file = Path(info.origin)
        if file.is_relative_to(deps.files) and not store.catalogue.ids_by_origin(str(file)):
            file.unlink(missing_ok=True)
    log.info("article removed", extra={"removed": len(removed)})
    return bool(removed)


@handler(MessageRequest, "editors")
async def on_stats(request: MessageRequest) -> None:
    """``/stats``: numbers of questions, ratings, milliseconds per answer, size of the store."""
    deps = request.deps
    counts = await deps.run(deps.engine.store.catalogue.counts)
    statistics = {name: f"{value:,.0f}" for name, value in deps.answers.statistics().items()}
    text = request.translate(
        "editor.stats",
        days=day_count(deps.settings.keep_days, request.language),
        articles=f"{counts['articles']:,}",
        passages=f"{counts['passages']:,}",
        **statistics,
    )
    await request.reply(text)


@handler(MessageRequest, "editors")
async def on_ingest(request: MessageRequest) -> None:
    """``/ingest``: running and waiting jobs with their progress, and the status of sources."""
    deps, language = request.deps, request.language
    jobs = request.jobs.active()
    lines = [request.translate("editor.jobs" if jobs else "editor.jobs_none", count=len(jobs))]
    for job, count in jobs[:MAX_JOBS]:
        progress = request.translate("editor.job_far", articles=f"{count:,}") if count else ""
        lines.append(f"• {isolate(truncate_title(job.name), language)}{progress}")
    sources = await deps.run_for_editor(source_status_lines, deps, language)
    if sources:
        lines += ["", *sources]
    await request.reply("\n".join(lines))
