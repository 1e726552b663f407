"""Styled text on its way out: as text with entities, and as plain text should Telegram refuse."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest

from bot.telegram.splitting import ENTITY_LIMIT
from bot.telegram.styled import Styled, entities

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a chat, its topic, and the message it replies to."""

    chat: int
    topic: int | None = None
    reply_to: int | None = None

    @classmethod
    def of(cls, message: Message, *, reply: bool = False) -> Target:
        """The place of ``message``; with ``reply``, in reply to it."""
        topic = message.message_thread_id if message.is_topic_message else None
        return cls(message.chat_id, topic, message.message_id if reply else None)


def message_entities(value: Styled) -> list[MessageEntity]:
    """The formatting of ``value`` as Telegram's objects."""
    return [
        MessageEntity(kind, offset, length, url=url)
        for kind, offset, length, url in entities(value)[:ENTITY_LIMIT]
    ]


async def deliver(
    bot: Bot,
    target: Target,
    pieces: Sequence[Styled],
    *,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[int]:
    """Send ``pieces`` one after the other; the buttons hang on the last. Returns message ids."""
    sent = []
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        reply = target.reply_to if number == 0 else None
        sent.append(await _send(bot, target, piece, reply, buttons if last else None))
    return sent


async def redeliver(
    bot: Bot,
    target: Target,
    old: Sequence[int],
    pieces: Sequence[Styled],
    *,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[int]:
    """Put ``pieces`` in the place of messages sent before: edit, send more, delete the rest.

    What cannot be edited any more (it was deleted, say) is sent anew.
    """
    kept = []
    for number, piece in enumerate(pieces):
        markup = buttons if number == len(pieces) - 1 else None
        if number < len(old) and await _edit(bot, target.chat, old[number], piece, markup):
            kept.append(old[number])
        else:
            kept.append(await _send(bot, target, piece, None, markup))
    for message in old[len(pieces) :]:
        try:
            await bot.delete_message(target.chat, message)
        except BadRequest as error:
            log.info("cannot delete", extra={"problem": error.message})
    return kept


async def _send(
    bot: Bot,
    target: Target,
    piece: Styled,
    reply_to: int | None,
    buttons: InlineKeyboardMarkup | None,
) -> int:
    reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None

    async def send(formatting: list[MessageEntity] | None) -> Message:
        return await bot.send_message(
            target.chat,
            piece.text,
            entities=formatting,
            message_thread_id=target.topic,
            reply_parameters=reply,
            reply_markup=buttons,
            link_preview_options=NO_PREVIEW,
        )

    try:
        message = await send(message_entities(piece))
    except BadRequest as error:
        if not piece.spans:
            raise
        log.error("formatting refused", extra={"chat": target.chat, "problem": error.message})
        message = await send(None)
    return message.message_id


async def _edit(
    bot: Bot, chat: int, message: int, piece: Styled, buttons: InlineKeyboardMarkup | None
) -> bool:
    """Whether the message now says ``piece``."""
    for formatting in (message_entities(piece), None):
        try:
            await bot.edit_message_text(
                piece.text,
                chat,
                message,
                entities=formatting,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if "not modified" in error.message.lower():
                return True
            log.warning("edit refused", extra={"chat": chat, "problem": error.message})
            if "not found" in error.message.lower() or "can't be edited" in error.message.lower():
                return False
        else:
            return True
    return False
