"""What editors send: texts, files, forwarded posts; and posts of channels the bot is in."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

from telegram import Document, File, Message, Update
from telegram.error import NetworkError

from bot.telegram.context import Context, bot_context
from bot.telegram.handlers.commands import ui_language
from bot.telegram.handlers.questions import ask, on_question
from bot.telegram.jobs.jobs import Jobs, kinds
from bot.telegram.messages.addressing import is_meant, is_private, question_in
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.posts import (
    as_payload,
    gives_links,
    is_article,
    links_in,
    only_links,
    record_of,
    text_of,
)
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import translate
from ingest.loaders import supported

log = logging.getLogger(__name__)

DOWNLOADS = 3
"""Attempts to fetch a file."""
MAX_DOWNLOAD = 20_000_000
"""Bytes of a file; Telegram hands bots no larger ones."""


def jobs_of(context: Context) -> Jobs:
    """The jobs of the application that a handler runs in."""
    jobs: Jobs = context.bot_data["jobs"]
    return jobs


async def on_text(update: Update, context: Context) -> None:
    """A text in private: an editor's may be an article, all others are questions."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    desk = bot_context(context)
    editing = is_private(message) and desk.settings.may_edit(message.from_user.id)
    if editing and await _taken(message, context):
        return
    await on_question(update, context)


async def on_add(update: Update, context: Context) -> None:
    """``/add text``, or ``/add`` in reply to a text."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    if not bot_context(context).settings.may_edit(message.from_user.id):
        await _answer(message, context, "editor.only")
        return
    text = question_in(message, context.bot)
    replied = "" if message.reply_to_message is None else text_of(message.reply_to_message)
    if only_links(text or replied):
        await _fetch(message, context, text or replied)
    elif text:
        await _take(message, context, text)
    elif message.reply_to_message is not None and replied:
        await _take(message.reply_to_message, context, asked_in=message)
    else:
        await _answer(message, context, "editor.add_usage")


async def on_other(update: Update, context: Context) -> None:
    """Anything but a text: an editor's file or captioned post in private, else a friendly word.

    In a group it has to be meant for the bot; then what stands under it may be a question. Of an
    album each file and each caption counts, and there is one friendly word at most.
    """
    message = update.message
    if message is None or message.from_user is None:
        return
    if not is_private(message):
        await _in_group(message, context)
        return
    desk, album = bot_context(context), message.media_group_id
    answered = album is not None and desk.albums.get(message.chat_id) == album
    if album is not None:
        desk.albums[message.chat_id] = album
    if desk.settings.may_edit(message.from_user.id):
        if message.document is not None:
            await _take_file(message, message.document, context)
            return
        if await _taken(message, context):
            return
    if answered:
        return
    kind = "trouble.file" if message.document is not None else "trouble.media"
    await _answer(message, context, kind)


async def _in_group(message: Message, context: Context) -> None:
    if not is_meant(message, context.bot):
        return
    if question := question_in(message, context.bot):
        await ask(message, question, context)
    else:
        await _answer(message, context, "trouble.media")


async def on_channel_post(update: Update, context: Context) -> None:
    """A new or changed post of a channel that the settings name."""
    post = update.channel_post or update.edited_channel_post
    if post is None or post.chat_id not in bot_context(context).settings.channels:
        return
    if text_of(post).strip():
        jobs_of(context).add_silently(post.chat_id, as_payload(record_of(post)))


async def _taken(message: Message, context: Context) -> bool:
    """Take in what an editor sent, if it is meant as an article or the address of one."""
    length = bot_context(context).settings.article_length
    if gives_links(message, length):
        await _fetch(message, context, text_of(message))
    elif is_article(message, length):
        await _take(message, context)
    else:
        return False
    return True


async def _fetch(message: Message, context: Context, text: str) -> None:
    """Take in what is at the addresses in ``text``."""
    language = ui_language(bot_context(context), message.from_user)
    links = "\n".join(links_in(text))
    await jobs_of(context).add(Target.of(message, reply=True), language, "links", links)


async def _take(
    message: Message,
    context: Context,
    text: str | None = None,
    *,
    asked_in: Message | None = None,
) -> None:
    place = asked_in or message
    language = ui_language(bot_context(context), place.from_user)
    record = record_of(message, text)
    await jobs_of(context).add(Target.of(place, reply=True), language, "record", as_payload(record))


async def _take_file(message: Message, document: Document, context: Context) -> None:
    desk = bot_context(context)
    language = ui_language(desk, message.from_user)
    name = file_name(document.file_name or "article.txt")
    why = None
    if Path(name).suffix.lower() not in supported():
        why = translate("problems.unsupported", language, kinds=kinds(language))
    elif (document.file_size or 0) > MAX_DOWNLOAD:
        why = translate("problems.too_large", language)
    if why is not None:
        refused = plain_text(translate("editor.refused", language, why=why))
        await deliver(context.bot, Target.of(message, reply=True), [refused])
        return
    # A folder for each chat: two editors' "1.txt" are two articles, one editor's are versions.
    folder = desk.files / str(message.chat_id)
    folder.mkdir(parents=True, exist_ok=True)
    await _download(await document.get_file(), folder / name)
    await jobs_of(context).add(Target.of(message, reply=True), language, "file", str(folder / name))


async def _download(file: File, path: Path) -> None:
    """Fetch a file, whatever happens on the way once or twice."""
    for attempt in range(1, DOWNLOADS + 1):
        try:
            await file.download_to_drive(path)
            return
        except NetworkError as error:
            log.warning("download failed", extra={"problem": str(error), "attempt": attempt})
            if attempt == DOWNLOADS:
                raise
        await asyncio.sleep(attempt)


def file_name(given: str) -> str:
    """The last part of a file's name, of letters that any disk takes, not hidden, not too long."""
    name = re.sub(r"[\x00-\x1f<>:\"|?*]", "_", re.split(r"[/\\]", given)[-1]).lstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    while len(name.encode()) > 200:
        stem = stem[:-1]
        name = f"{stem}{dot}{suffix[:20]}"
    return name or "article.txt"


async def _answer(message: Message, context: Context, key: str) -> None:
    language = ui_language(bot_context(context), message.from_user)
    target = Target.of(message, reply=not is_private(message))
    await deliver(context.bot, target, [plain_text(translate(key, language))])
