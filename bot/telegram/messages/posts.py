"""Messages as article records: telling articles, links and questions apart, and conversion."""

from __future__ import annotations

import json
import re
from typing import Any

from telegram import Chat, Message, MessageOriginChannel

from ingest.articles.headings import split_heading, title_from_text

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def message_text(message: Message) -> str:
    """Text or caption of a message."""
    return message.text or message.caption or ""


def is_link_submission(message: Message, article_length: int) -> bool:
    """Whether an editor's message submits the pages at its links.

    Phones share a page as its title and its URL, so fewer than ``article_length`` characters beside
    the links are allowed. A post of a channel is an article itself unless it has only links.
    """
    text = message_text(message)
    if not _LINK.search(text) or isinstance(message.forward_origin, MessageOriginChannel):
        return contains_only_links(text)
    return len(_without_links(text)) < article_length


def contains_only_links(text: str) -> bool:
    """Whether a text consists of links."""
    return bool(_LINK.search(text)) and not _without_links(text)


def extract_links(text: str) -> list[str]:
    """The different links in a text, in order, with a scheme."""
    found = (link.rstrip(".,،؛;:!؟?)]}»\"'") for link in _LINK.findall(text))
    return [link if "://" in link else f"https://{link}" for link in dict.fromkeys(found)]


def is_article(message: Message, article_length: int) -> bool:
    """Whether an editor's message is an article: forwarded, or at least ``article_length`` long.

    Links do not count: a URL with an Arabic path has hundreds of characters.
    """
    text = message_text(message)
    is_long = len(_without_links(text)) >= article_length
    return bool(text) and (message.forward_origin is not None or is_long)


def _without_links(text: str) -> str:
    return _LINK.sub("", text).strip()


def to_record(message: Message, text: str | None = None) -> str:
    """The article in a message (or in ``text`` of it) as JSON of a record for ingest.

    The id of a channel's post is its URL, wherever it was forwarded from, so that an edited post
    replaces the older version. The id of another text is that of its message.
    """
    title, published, body = split_heading(text if text is not None else message_text(message))
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
    return json.dumps(record, ensure_ascii=False)


def _post(channel: Chat, message_id: int) -> dict[str, Any]:
    path = channel.username or f"c/{str(channel.id).removeprefix('-100')}"
    url = f"https://t.me/{path}/{message_id}"
    return {"id": url, "url": url, "source": channel.title}
