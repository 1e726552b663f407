"""Sending and editing of messages: formatted, or as plain text if Telegram rejects the entities."""

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

from bot.telegram.messages.formatted_text import FormattedText, entities
from bot.telegram.messages.splitting import ENTITY_LIMIT

log = logging.getLogger(__name__)

QUOTE_LIMIT = 512
"""Characters of a message that a reply quotes; Telegram takes 1,024 UTF-16 code units."""
_QUOTE_FORMATTING = frozenset(
    ["bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"]
)
"""Formatting that a quote must repeat as it is in the message."""
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message is sent: chat, topic, the message it replies to and the words it quotes."""

    chat_id: int
    topic_id: int | None = None
    reply_to: int | None = None
    quote: str | None = None

    @classmethod
    def of(cls, message: Message, *, reply: bool = False, quote: str | None = None) -> Target:
        """The chat and topic of ``message``; with ``reply``, as a reply that quotes ``quote``."""
        topic_id = message.message_thread_id if message.is_topic_message else None
        if not reply:
            return cls(message.chat_id, topic_id)
        valid = quote if quote and _is_quotable(quote, message) else None
        return cls(message.chat_id, topic_id, message.message_id, valid)

    def reply_parameters(self) -> ReplyParameters | None:
        """The reply as Telegram's object."""
        if self.reply_to is None:
            return None
        return ReplyParameters(self.reply_to, allow_sending_without_reply=True, quote=self.quote)

    def without_reply(self) -> Target:
        """The same chat and topic."""
        return Target(self.chat_id, self.topic_id)


def _is_quotable(words: str, message: Message) -> bool:
    """Whether ``words`` are a part of ``message`` that can be quoted without entities."""
    text = message.text or ""
    return (
        len(words) <= QUOTE_LIMIT
        and words != text
        and words in text
        and not any(entity.type in _QUOTE_FORMATTING for entity in message.entities)
    )


def message_entities(value: FormattedText) -> list[MessageEntity]:
    """The formatting of ``value`` as Telegram's objects."""
    return [
        MessageEntity(kind, offset, length, url=url)
        for kind, offset, length, url in entities(value)[:ENTITY_LIMIT]
    ]


async def send(
    bot: Bot,
    target: Target,
    parts: Sequence[FormattedText],
    *,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[int]:
    """Send ``parts`` as messages, the buttons under the last. Returns the message ids."""
    return await replace_messages(bot, target, [], parts, buttons=buttons)


async def replace_messages(
    bot: Bot,
    target: Target,
    old: Sequence[int],
    parts: Sequence[FormattedText],
    *,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[int]:
    """Edit the messages ``old`` into ``parts``; send missing and delete superfluous messages.

    A message that cannot be edited (because it was deleted, for example) is sent anew. Returns the
    ids of the messages with ``parts``.
    """
    message_ids = []
    for number, part in enumerate(parts):
        markup = buttons if number == len(parts) - 1 else None
        if number < len(old) and await _edit(bot, target.chat_id, old[number], part, markup):
            message_ids.append(old[number])
        else:
            place = target if number == 0 else target.without_reply()
            message_ids.append(await _send(bot, place, part, markup))
    for message_id in old[len(parts) :]:
        try:
            await bot.delete_message(target.chat_id, message_id)
        except BadRequest as error:
            log.info("cannot delete", extra={"problem": error.message})
    return message_ids


async def _send(
    bot: Bot, target: Target, part: FormattedText, buttons: InlineKeyboardMarkup | None
) -> int:
    async def attempt(formatting: list[MessageEntity] | None) -> int:
        message = await bot.send_message(
            target.chat_id,
            part.text,
            entities=formatting,
            message_thread_id=target.topic_id,
            reply_parameters=target.reply_parameters(),
            reply_markup=buttons,
            link_preview_options=NO_PREVIEW,
        )
        return message.message_id

    try:
        return await attempt(message_entities(part))
    except BadRequest as error:
        details = {"chat": target.chat_id, "problem": error.message}
        if target.quote is not None and "quote" in error.message.lower():
            # The message was edited since, or Telegram parses it differently.
            log.info("quote refused", extra=details)
            return await _send(bot, replace(target, quote=None), part, buttons)
        if not part.spans:
            raise
        log.error("formatting refused", extra=details)
        return await attempt(None)


async def _edit(
    bot: Bot,
    chat_id: int,
    message_id: int,
    part: FormattedText,
    buttons: InlineKeyboardMarkup | None,
) -> bool:
    """Edit a message, without entities if they are rejected. False when it cannot be edited."""
    for formatting in (message_entities(part), None):
        try:
            await bot.edit_message_text(
                part.text,
                chat_id,
                message_id,
                entities=formatting,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if "not modified" in error.message.lower():
                return True
            log.warning("edit refused", extra={"chat": chat_id, "problem": error.message})
            if "not found" in error.message.lower() or "can't be edited" in error.message.lower():
                return False
        else:
            return True
    return False
