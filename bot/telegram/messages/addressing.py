"""Is the bot meant, what is asked, and which conversation does it belong to?"""

from __future__ import annotations

import re

from telegram import Bot, Message, MessageEntity, User
from telegram.constants import ChatType

from bot.telegram.core.repository import AnswerRepository

_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")


def is_private(message: Message) -> bool:
    """Whether nobody else reads the chat."""
    return message.chat.type == ChatType.PRIVATE


def is_meant(message: Message, bot: Bot) -> bool:
    """Whether a message speaks to the bot: always in private; in groups by name or by reply."""
    if is_private(message):
        return True
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == bot.id:
        return True
    return any(_names(part, entity.user, bot) for entity, part in _mentions(message))


def question_in(message: Message, bot: Bot) -> str:
    """The question of a message: its text without a command or the bot's name."""
    text = _COMMAND.sub("", message.text or message.caption or "", count=1)
    name = re.escape(f"@{bot.username}")
    return re.sub(rf"{name}\b[،,:]?", " ", text, flags=re.IGNORECASE).strip()


def quoted_in(message: Message) -> str:
    """The part of another message that a reply picked out by hand, if any."""
    quote = message.quote
    return quote.text.strip() if quote is not None and quote.is_manual else ""


def thread_of(message: Message, records: AnswerRepository) -> str:
    """The conversation that a message belongs to.

    In private it is the chat, or its topic. In a group each question begins one, and who replies to
    an answer goes on with that answer's.
    """
    topic = message.message_thread_id if message.is_topic_message else 0
    if is_private(message):
        return f"telegram:{message.chat_id}:{topic}"
    replied = message.reply_to_message
    if replied is not None:
        answer = records.answer_in(message.chat_id, replied.message_id)
        if answer is not None:
            return answer.thread
    return f"telegram:{message.chat_id}:{topic}:{message.message_id}"


def _mentions(message: Message) -> list[tuple[MessageEntity, str]]:
    found = message.parse_entities(["mention", "text_mention"])
    found = found or message.parse_caption_entities(["mention", "text_mention"])
    return list(found.items())


def _names(part: str, user: User | None, bot: Bot) -> bool:
    by_name = part.lower() == f"@{bot.username}".lower()
    return by_name or (user is not None and user.id == bot.id)
