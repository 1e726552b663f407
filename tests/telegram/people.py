"""Users on the test server, who write messages, press buttons and read the bot's messages."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.server import BOT, BotApi, Call


@dataclass
class BotMessage:
    """A message of the bot in its current form."""

    message: dict[str, Any]

    @property
    def id(self) -> int:
        return int(self.message["message_id"])

    @property
    def text(self) -> str:
        return str(self.message["text"])

    def marked(self, kind: str) -> list[str]:
        """The parts of the text that are formatted as ``kind``."""
        encoded = self.text.encode("utf-16-le")
        return [
            encoded[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
            for e in self.message["entities"]
            if e["type"] == kind
        ]

    def links(self) -> dict[str, str]:
        """URL per linked text."""
        urls = [e["url"] for e in self.message["entities"] if e["type"] == "text_link"]
        return dict(zip(self.marked("text_link"), urls, strict=True))

    @property
    def buttons(self) -> dict[str, str]:
        """Data per label of a button."""
        rows = (self.message.get("reply_markup") or {}).get("inline_keyboard", [])
        return {b["text"]: b["callback_data"] for row in rows for b in row}


@dataclass
class Person:
    """A user in a chat, by default a private one."""

    api: BotApi
    id: int
    language: str = "ar"
    chat: dict[str, Any] = field(default_factory=dict)
    topic: int | None = None
    seen: int = 0

    def __post_init__(self) -> None:
        self.chat = self.chat or {"id": self.id, "type": "private", "first_name": "قارئ"}
        self.api.chats.setdefault(self.chat["id"], self.chat)
        self.seen = len(self.api.calls)

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": "قارئ",
            "language_code": self.language,
        }

    def message(self, text: str | None = None, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = {
            "message_id": next(self.api.ids),
            "date": int(time.time()),
            "chat": self.chat,
            "from": self.user,
            **({"text": text} if text is not None else {}),
            **fields,
        }
        if text and text.startswith("/"):
            command = text.split()[0]
            made["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
        at = (text or "").find(f"@{BOT['username']}")
        if text and not text.startswith("/") and at >= 0:
            length = len(str(BOT["username"])) + 1
            made["entities"] = [{"type": "mention", "offset": at, "length": length}]
        if self.topic is not None:
            made |= {"message_thread_id": self.topic, "is_topic_message": True}
        self.api.messages[(self.chat["id"], made["message_id"])] = made
        return made

    def send(self, text: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a message, and return it."""
        self.seen = len(self.api.calls)
        message = self.message(text, **fields)
        self.api.push({"message": message})
        return message

    def edit(self, message: dict[str, Any], text: str) -> None:
        self.seen = len(self.api.calls)
        edited = {**message, "text": text, "edit_date": int(time.time())}
        self.api.push({"edited_message": edited})

    def press(self, message: BotMessage, label: str) -> None:
        """Press the button whose label contains ``label``."""
        self.press_data(
            message, next(data for text, data in message.buttons.items() if label in text)
        )

    def press_data(self, message: BotMessage, data: str) -> None:
        """Press a button that sends ``data``."""
        self.seen = len(self.api.calls)
        self.api.push(
            {
                "callback_query": {
                    "id": f"{next(self.api.ids)}",
                    "from": self.user,
                    "chat_instance": "1",
                    "message": {k: v for k, v in message.message.items() if v is not None},
                    "data": data,
                }
            }
        )

    def react(self, message: BotMessage, emoji: str | None, *, before: str | None = None) -> None:
        def shown(one: str | None) -> list[dict[str, str]]:
            return [{"type": "emoji", "emoji": one}] if one else []

        self.api.push(
            {
                "message_reaction": {
                    "chat": self.chat,
                    "message_id": message.id,
                    "user": self.user,
                    "date": int(time.time()),
                    "old_reaction": shown(before),
                    "new_reaction": shown(emoji),
                }
            }
        )

    def next_message(self, count: int = 1, *, timeout: float = 240.0) -> BotMessage:
        """The ``count``-th message of the bot to the chat since the user's last action."""

        def found(calls: list[Call]) -> list[Call]:
            sent = [c for c in calls if c.method == "sendMessage" and c.status == 200]
            mine = [c for c in sent if c.result["chat"]["id"] == self.chat["id"]]
            return mine if len(mine) >= count else []

        sent = self.api.wait(found, since=self.seen, timeout=timeout)
        return BotMessage(
            self.api.messages[(self.chat["id"], sent[count - 1].result["message_id"])]
        )

    def next_edit(self, *, timeout: float = 240.0, containing: str = "") -> BotMessage:
        """The next message that the bot edits."""

        def found(calls: list[Call]) -> list[Call]:
            return [
                c
                for c in calls
                if c.method == "editMessageText" and c.status == 200 and containing in c.text
            ]

        edited = self.api.wait(found, since=self.seen, timeout=timeout)
        return BotMessage(self.api.messages[(self.chat["id"], int(edited[0].params["message_id"]))])

    def ask(self, question: str) -> BotMessage:
        """Send a message and wait for the bot's next one."""
        self.send(question)
        return self.next_message()
