"""Texts and posts of Telegram as records that ingest understands."""

from __future__ import annotations

import json
import re
from typing import Any

from telegram import Chat, Message, MessageOriginChannel

from ingest.articles.headings import split_heading, title_from_text

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def text_of(message: Message) -> str:
    """What is written in a message, or under its picture."""
    return message.text or message.caption or ""


def gives_links(message: Message, length: int) -> bool:
    """Whether an editor's message is meant for what stands at the addresses in it.

    Phones share a page as its headline and its address, so a few words beside them say nothing
    against it. A post of a channel is an article itself, unless it is nothing but addresses.
    """
    text = text_of(message)
    beside = _beside_links(text)
    if not _LINK.search(text) or isinstance(message.forward_origin, MessageOriginChannel):
        return only_links(text)
    return len(beside) < length


def only_links(text: str) -> bool:
    """Whether a text says nothing but one or several addresses."""
    return bool(_LINK.search(text)) and not _beside_links(text)


def links_in(text: str) -> list[str]:
    """The addresses in a text, in order."""
    found = (link.rstrip(".,،؛;:!؟?)]}»\"'") for link in _LINK.findall(text))
    return [link if "://" in link else f"https://{link}" for link in dict.fromkeys(found)]


def is_article(message: Message, length: int) -> bool:
    """Whether an editor's message is meant as an article: forwarded, or too long for a question.

    Addresses do not make it long: one with an Arabic name is hundreds of characters.
    """
    text = text_of(message)
    return bool(text) and (message.forward_origin is not None or len(_beside_links(text)) >= length)


def _beside_links(text: str) -> str:
    return _LINK.sub("", text).strip()


def record_of(message: Message, text: str | None = None) -> dict[str, Any]:
    """The article in a message (or ``text`` of it), with what Telegram knows about it.

    A post of a channel is known by its address, wherever it was forwarded from, so that a changed
    post replaces its older version; any other text by the message it came in.
    """
    title, published, body = split_heading(text if text is not None else text_of(message))
    record: dict[str, Any] = {
        "id": f"telegram:{message.chat_id}:{message.message_id}",
        "title": title or title_from_text(body),
        "text": body,
    }
    origin = message.forward_origin
    if isinstance(origin, MessageOriginChannel):
        record |= _post(origin.chat, origin.message_id)
    elif message.chat.type == Chat.CHANNEL:
        record |= _post(message.chat, message.message_id)
    sent = origin.date if origin is not None else message.date
    if published is not None:
        record["date"] = published.isoformat()
    elif origin is not None or message.chat.type == Chat.CHANNEL:
        record["date"] = sent.isoformat()
    return record


def as_payload(record: dict[str, Any]) -> str:
    """``record`` for the list of jobs."""
    return json.dumps(record, ensure_ascii=False)


def _post(channel: Chat, message_id: int) -> dict[str, Any]:
    where = channel.username or f"c/{str(channel.id).removeprefix('-100')}"
    address = f"https://t.me/{where}/{message_id}"
    return {"id": address, "url": address, "source": channel.title}
