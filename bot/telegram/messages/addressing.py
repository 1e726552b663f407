"""Whether a message is addressed to the bot, its question, and its conversation thread."""

from __future__ import annotations

import re

from telegram import Bot, Message
from telegram.constants import ChatType

from bot.telegram.core.repository import AnswerRepository

_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")


def is_private(message: Message) -> bool:
    """Whether the message is from a chat with one user."""
    return message.chat.type == ChatType.PRIVATE


def is_addressed(message: Message, bot: Bot) -> bool:
    """Whether a message is for the bot: always in private, in groups by a mention or a reply."""
    if is_private(message):
        return True
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == bot.id:
        return True
    kinds: list[str | None] = ["mention", "text_mention"]
    mentions = message.parse_entities(kinds) or message.parse_caption_entities(kinds)
    return any(
        words.lower() == f"@{bot.username}".lower()
        or (entity.user is not None and entity.user.id == bot.id)
        for entity, words in mentions.items()
    )


def question_text(message: Message, bot: Bot) -> str:
    """Text or caption of a message without a command and the bot's name."""
    text = _COMMAND.sub("", message.text or message.caption or "", count=1)
    name = re.escape(f"@{bot.username}")
    return re.sub(rf"{name}\b[،,:]?", " ", text, flags=re.IGNORECASE).strip()


def manual_quote(message: Message) -> str:
    """The part of the replied-to message that the user selected; empty when none."""
    quote = message.quote
    return quote.text.strip() if quote is not None and quote.is_manual else ""


def thread_of(message: Message, answers: AnswerRepository) -> str:
    """Id of the conversation thread of a message.

    In private, a chat or topic is one thread. In a group every question starts a thread, and a
    reply to an answer continues the thread of that answer.
    """
    topic_id = message.message_thread_id if message.is_topic_message else 0
    if is_private(message):
        return f"telegram:{message.chat_id}:{topic_id}"
    replied = message.reply_to_message
    if replied is not None:
        answer = answers.by_message(message.chat_id, replied.message_id)
        if answer is not None:
            return answer.thread
    return f"telegram:{message.chat_id}:{topic_id}:{message.message_id}"
