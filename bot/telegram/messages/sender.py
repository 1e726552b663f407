"""Styled text on its way out: as text with entities, and as plain text should Telegram refuse."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest

from bot.telegram.core.api_rate_limiter import best_effort
from bot.telegram.messages.formatted_text import FormattedText, entities
from bot.telegram.messages.splitting import ENTITY_LIMIT

log = logging.getLogger(__name__)

QUOTE_LIMIT = 512
"""Characters of a message that a reply quotes; Telegram takes 1,024 units."""
_QUOTED_WITH = frozenset(
    ["bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"]
)
"""Formatting that Telegram wants to find in a quote as in the message."""
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a chat, its topic, and the message, or words of it, it replies to."""

    chat: int
    topic: int | None = None
    reply_to: int | None = None
    quote: str | None = None

    @classmethod
    def of(cls, message: Message, *, reply: bool = False, quote: str | None = None) -> Target:
        """The place of ``message``; with ``reply``, in reply to it, or to ``quote`` in it."""
        topic = message.message_thread_id if message.is_topic_message else None
        if not reply:
            return cls(message.chat_id, topic)
        words = quote if quote and _can_be_quoted(quote, message) else None
        return cls(message.chat_id, topic, message.message_id, words)

    def reply(self) -> ReplyParameters | None:
        """What Telegram is to show above the message."""
        if self.reply_to is None:
            return None
        return ReplyParameters(self.reply_to, allow_sending_without_reply=True, quote=self.quote)

    def without_reply(self) -> Target:
        """The same place."""
        return Target(self.chat, self.topic)


def _can_be_quoted(words: str, message: Message) -> bool:
    """Whether ``words`` are a part of ``message`` that can be given without its formatting."""
    text = message.text or ""
    return (
        len(words) <= QUOTE_LIMIT
        and words != text
        and words in text
        and not any(entity.type in _QUOTED_WITH for entity in message.entities)
    )


def message_entities(value: FormattedText) -> list[MessageEntity]:
    """The formatting of ``value`` as Telegram's objects."""
    return [
        MessageEntity(kind, offset, length, url=url)
        for kind, offset, length, url in entities(value)[:ENTITY_LIMIT]
    ]


async def deliver(
    bot: Bot,
    target: Target,
    pieces: Sequence[FormattedText],
    *,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[int]:
    """Send ``pieces`` one after the other; the buttons hang on the last. Returns message ids."""
    sent = []
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        place = target if number == 0 else target.without_reply()
        sent.append(await _send(bot, place, piece, buttons if last else None))
    return sent


async def redeliver(
    bot: Bot,
    target: Target,
    old: Sequence[int],
    pieces: Sequence[FormattedText],
    *,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[int]:
    """Put ``pieces`` in the place of messages sent before: edit, send more, delete the rest.

    What cannot be edited any more (it was deleted, say) is sent anew.
    """
    if not old:
        return await deliver(bot, target, pieces, buttons=buttons)
    kept = []
    for number, piece in enumerate(pieces):
        markup = buttons if number == len(pieces) - 1 else None
        if number < len(old) and await _edit(bot, target.chat, old[number], piece, markup):
            kept.append(old[number])
        else:
            place = target if number == 0 else target.without_reply()
            kept.append(await _send(bot, place, piece, markup))
    for message in old[len(pieces) :]:
        try:
            await bot.delete_message(target.chat, message)
        except BadRequest as error:
            log.info("cannot delete", extra={"problem": error.message})
    return kept


async def send_draft(bot: Bot, target: Target, draft_id: int, text: str) -> None:
    """Show what there is of an answer so far, in a private chat; not worth waiting for.

    Raises:
        TelegramError: it was not shown.
    """
    await best_effort(bot).send_message_draft(
        target.chat, draft_id, text, message_thread_id=target.topic, rate_limit_args=True
    )


async def send_in_passing(bot: Bot, target: Target, text: str) -> int:
    """Begin a message with what there is of an answer so far; its id. See ``send_draft``."""
    message = await best_effort(bot).send_message(
        target.chat,
        text,
        message_thread_id=target.topic,
        reply_parameters=replace(target, quote=None).reply(),
        link_preview_options=NO_PREVIEW,
        rate_limit_args=True,
    )
    return message.message_id


async def edit_in_passing(bot: Bot, chat: int, message: int, text: str) -> None:
    """Let a message say what there is of an answer so far. See ``send_draft``."""
    await best_effort(bot).edit_message_text(
        text, chat, message, link_preview_options=NO_PREVIEW, rate_limit_args=True
    )


async def _send(
    bot: Bot, target: Target, piece: FormattedText, buttons: InlineKeyboardMarkup | None
) -> int:
    async def send(place: Target, formatting: list[MessageEntity] | None) -> Message:
        return await bot.send_message(
            place.chat,
            piece.text,
            entities=formatting,
            message_thread_id=place.topic,
            reply_parameters=place.reply(),
            reply_markup=buttons,
            link_preview_options=NO_PREVIEW,
        )

    formatting = message_entities(piece)
    try:
        message = await send(target, formatting)
    except BadRequest as error:
        if target.quote is not None and "quote" in error.message.lower():
            # The message was changed since, or Telegram reads it differently.
            log.info("quote refused", extra={"chat": target.chat, "problem": error.message})
            return await _send(bot, replace(target, quote=None), piece, buttons)
        if not piece.spans:
            raise
        log.error("formatting refused", extra={"chat": target.chat, "problem": error.message})
        message = await send(target, None)
    return message.message_id


async def _edit(
    bot: Bot, chat: int, message: int, piece: FormattedText, buttons: InlineKeyboardMarkup | None
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
