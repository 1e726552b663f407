"""Messages that may be articles: editors' texts, links, files and posts, and channels' posts."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path

from telegram import Document, File, Update
from telegram.error import NetworkError

from bot.telegram.handlers.questions import answer_if_addressed, answer_message
from bot.telegram.handlers.requests import (
    CallbackContext,
    MessageRequest,
    bot_context,
    handler,
    jobs_of,
)
from bot.telegram.jobs.results import error_text
from bot.telegram.messages.addressing import is_addressed, is_private, question_text
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.posts import (
    contains_only_links,
    extract_links,
    is_article,
    is_link_submission,
    message_text,
    to_record,
)
from bot.telegram.messages.sender import Target, send
from bot.telegram.worker.ingest_tasks import JobKind
from ingest.articles.files import unsupported
from ingest.loaders import supported

log = logging.getLogger(__name__)

DOWNLOAD_ATTEMPTS = 3
MAX_DOWNLOAD = 20_000_000
"""Bytes of a file; bots cannot download larger ones."""


@handler(MessageRequest)
async def on_text(request: MessageRequest) -> None:
    """A text: an article if it is an editor's in private and looks like one, else a question."""
    if not (is_private(request.message) and await _submit_if_article(request)):
        await answer_if_addressed(request)


@handler(MessageRequest, "editors")
async def on_add(request: MessageRequest) -> None:
    """``/add text``, or ``/add`` in reply to a text; links are fetched."""
    text = question_text(request.message, request.bot)
    replied = request.message.reply_to_message
    replied_text = "" if replied is None else message_text(replied)
    if contains_only_links(text or replied_text):
        await _submit_links(request, text or replied_text)
    elif text:
        await _submit(request, "record", to_record(request.message, text))
    elif replied is not None and replied_text:
        await _submit(request, "record", to_record(replied))
    else:
        await request.reply(request.translate("editor.add_usage"))


@handler(MessageRequest)
async def on_other(request: MessageRequest) -> None:
    """A message that is no text: in private an editor's file or captioned post is an article, and
    anything else is declined. In groups a caption for the bot is a question.

    Each file and caption of an album is processed, but it is declined only once.
    """
    message, deps = request.message, request.deps
    if not is_private(message):
        if is_addressed(message, request.bot):
            question = question_text(message, request.bot)
            if question:
                await answer_message(request, question)
            else:
                await request.reply(request.translate("trouble.media"))
        return
    album = message.media_group_id
    is_seen_album = album is not None and deps.last_album.get(message.chat_id) == album
    if album is not None:
        deps.last_album[message.chat_id] = album
    if request.is_editor and message.document is not None:
        await _submit_file(request, message.document)
    elif not await _submit_if_article(request) and not is_seen_album:
        key = "trouble.file" if message.document is not None else "trouble.media"
        await request.reply(request.translate(key))


async def on_channel_post(update: Update, context: CallbackContext) -> None:
    """A new or edited post of a channel in the settings."""
    post = update.channel_post or update.edited_channel_post
    if post is None or post.chat_id not in bot_context(context).settings.channels:
        return
    if message_text(post).strip():
        jobs_of(context).add_post(post.chat_id, to_record(post))


async def _submit_if_article(request: MessageRequest) -> bool:
    """Ingest an editor's message if it is an article or has links to articles."""
    message, length = request.message, request.deps.settings.article_length
    if not request.is_editor:
        return False
    if is_link_submission(message, length):
        await _submit_links(request, message_text(message))
    elif is_article(message, length):
        await _submit(request, "record", to_record(message))
    else:
        return False
    return True


async def _submit_links(request: MessageRequest, text: str) -> None:
    await _submit(request, "links", "\n".join(extract_links(text)))


async def _submit(request: MessageRequest, kind: JobKind, payload: str) -> None:
    target = Target.of(request.message, reply=True)
    await request.jobs.add(target, request.language, kind, payload)


async def _submit_file(request: MessageRequest, document: Document) -> None:
    name = safe_file_name(document.file_name or "article.txt")
    suffix, why = Path(name).suffix.lower(), None
    if suffix not in supported():
        why = error_text(unsupported(suffix, supported()), request.language)
    elif (document.file_size or 0) > MAX_DOWNLOAD:
        why = request.translate("problems.too_large")
    if why is not None:
        refused = plain_text(request.translate("editor.refused", why=why))
        await send(request.bot, Target.of(request.message, reply=True), [refused])
        return
    # One folder per chat: files of the same name are versions of one article only there.
    folder = request.deps.files / str(request.message.chat_id)
    folder.mkdir(parents=True, exist_ok=True)
    await _download(await document.get_file(), folder / name)
    await _submit(request, "file", str(folder / name))


async def _download(file: File, path: Path) -> None:
    """Download a file, repeating failed attempts.

    Raises:
        NetworkError: all attempts have failed.
    """
    for attempt in range(1, DOWNLOAD_ATTEMPTS + 1):
        try:
            await file.download_to_drive(path)
            return
        except NetworkError as error:
            log.warning("download failed", extra={"problem": str(error), "attempt": attempt})
            if attempt == DOWNLOAD_ATTEMPTS:
                raise
        await asyncio.sleep(attempt)


def safe_file_name(name: str) -> str:
    """The last component of ``name``: not hidden, without reserved characters, up to 200 bytes."""
    name = re.sub(r"[\x00-\x1f<>:\"|?*]", "_", re.split(r"[/\\]", name)[-1]).lstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    while len(name.encode()) > 200:
        stem = stem[:-1]
        name = f"{stem}{dot}{suffix[:20]}"
    return name or "article.txt"
