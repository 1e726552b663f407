"""Exports of a Telegram channel (``result.json`` of Telegram Desktop): an article per post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.articles.headings import split_heading, title_from_text
from ingest.core.errors import LoadError


def is_export(document: Any) -> bool:
    """Whether a JSON document is the export of one chat."""
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("messages"), list)
        and isinstance(document.get("type"), str)
        and "id" in document
    )


def posts(document: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """``(message id, record)`` of each post with text.

    Its URL is the one that the bot derives for a post of a private channel.

    Raises:
        LoadError: it is the export of a chat, whose messages are not articles.
    """
    if "channel" not in document["type"]:
        raise LoadError("chat_export")
    channel, source = document["id"], document.get("name")
    for message in document["messages"]:
        if not isinstance(message, Mapping) or message.get("type") != "message":
            continue
        text = _plain(message.get("text")).strip()
        number = message.get("id")
        if not text or not isinstance(number, int):
            continue
        title, published, body = split_heading(text)
        record: dict[str, Any] = {
            "title": title or title_from_text(body),
            "text": body,
            "url": f"https://t.me/c/{channel}/{number}",
            "date": published.isoformat() if published else _date(message),
            "source": source if isinstance(source, str) else None,
        }
        yield number, {name: value for name, value in record.items() if value}


def _plain(text: Any) -> str:
    """A message's text; with links or formatting it is a list of strings and objects."""
    if isinstance(text, list):
        return "".join(map(_plain, text))
    if isinstance(text, Mapping):
        return _plain(text.get("text"))
    return text if isinstance(text, str) else ""


def _date(message: Mapping[str, Any]) -> str | None:
    """When it was posted: Unix time, else a date in the time zone of the exporting computer."""
    seconds = message.get("date_unixtime")
    if isinstance(seconds, str) and seconds.isdigit():
        return seconds
    date = message.get("date")
    return date if isinstance(date, str) else None
