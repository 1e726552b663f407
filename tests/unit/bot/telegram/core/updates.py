"""Updates with a message or a button press."""

from __future__ import annotations

from telegram import Update


def update(number: int, chat: int = 1, text: str = "سؤال", *, of: int | None = None) -> Update:
    """A message in ``chat`` of the user ``of``, by default the user of a private chat."""
    person = {"id": of or chat, "is_bot": False, "first_name": "م"}
    message = {
        "message_id": number,
        "date": 1,
        "chat": {"id": chat, "type": "private"},
        "from": person,
        "text": text,
    }
    made = Update.de_json({"update_id": number, "message": message}, None)
    assert made is not None
    return made


def button_press(number: int, chat: int = 1) -> Update:
    """A press of a button under a message in a private chat."""
    message = update(number, chat).to_dict()["message"]
    query = {
        "id": f"{number}",
        "from": message["from"],
        "chat_instance": "1",
        "data": "x",
        "message": message,
    }
    made = Update.de_json({"update_id": number, "callback_query": query}, None)
    assert made is not None
    return made
