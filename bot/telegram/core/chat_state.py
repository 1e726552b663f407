"""Small facts about users and chats: languages, moved groups, drafts, values behind buttons."""

from __future__ import annotations

from typing import Literal, cast

from bot.telegram.core.database import BotDatabase

LanguageChoice = Literal["auto", "ar", "en"]


class ChatState:
    """Key-value tables of the bot's database."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    def language(self, user_id: int) -> LanguageChoice:
        """The language that a user chose; ``auto`` when none."""
        language = self._value("SELECT language FROM people WHERE id = ?", user_id)
        return cast("LanguageChoice", language or "auto")

    def set_language(self, user_id: int, language: LanguageChoice) -> None:
        """Store the language that a user chose."""
        self._database.run("INSERT OR REPLACE INTO people VALUES (?, ?)", (user_id, language))

    def set_migrated(self, old: int, new: int) -> None:
        """Store that a group has become a supergroup with another id."""
        self._database.run("INSERT OR REPLACE INTO migrated VALUES (?, ?)", (old, new))

    def current_id(self, chat_id: int) -> int:
        """The id that a chat has now."""
        return int(self._value("SELECT new FROM migrated WHERE old = ?", chat_id) or chat_id)

    def set_note(self, key: str, value: str) -> None:
        """Store a value under a key."""
        self._database.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, value))

    def note(self, key: str) -> str:
        """The value under a key; empty when there is none."""
        return str(self._value("SELECT value FROM notes WHERE key = ?", key) or "")

    def set_draft(self, chat_id: int, question: int | str, message_id: int) -> None:
        """Store the message that an answer is being streamed to, until ``delete_draft``."""
        self.set_note(f"begun:{chat_id}:{question}", str(message_id))

    def draft(self, chat_id: int, question: int | str) -> int | None:
        """The message with the unfinished answer to a question."""
        message_id = self.note(f"begun:{chat_id}:{question}")
        return int(message_id) if message_id else None

    def delete_draft(self, chat_id: int, question: int | str) -> None:
        """Remove what ``set_draft`` stored: the answer is complete."""
        self._database.run("DELETE FROM notes WHERE key = ?", (f"begun:{chat_id}:{question}",))

    def button_id(self, value: str) -> int:
        """A number for a value that does not fit into the 64 bytes of a button's data."""
        self._database.run("INSERT OR IGNORE INTO offers (value) VALUES (?)", (value,))
        return int(self._value("SELECT id FROM offers WHERE value = ?", value))  # type: ignore[arg-type]

    def button_value(self, number: int) -> str | None:
        """The value behind a number of ``button_id``."""
        value = self._value("SELECT value FROM offers WHERE id = ?", number)
        return None if value is None else str(value)

    def _value(self, sql: str, key: int | str) -> str | int | None:
        rows = self._database.rows(sql, (key,))
        return rows[0][0] if rows else None
