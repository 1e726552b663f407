"""Answers that were sent, the feedback on them, and who took part in which thread."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime
from typing import Any, cast

from bot.core.models import Answer, Citation, Suggestion, jsonable
from bot.telegram.core.database import BotDatabase

_COLUMNS = (
    "id, chat, person, thread, question_message, question, standalone, text, language, refused, "
    "citations"
)
"""Of the table ``answers``, in the order of ``StoredAnswer``'s fields."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer that was sent, with what the buttons under it need."""

    id: int
    chat_id: int
    user_id: int
    thread: str
    question_message: int | None
    question: str
    standalone: str
    text: str
    language: str
    refused: bool
    citations: tuple[Citation, ...]

    @property
    def turn_id(self) -> str:
        """Name of the question in its conversation."""
        return turn_id(self.question_message, self.id)

    def citation(self, marker: int) -> Citation | None:
        """The first citation with this number."""
        return next((c for c in self.citations if c.marker == marker), None)


def turn_id(question_message: int | None, answer_id: int) -> str:
    """Name of a question in its conversation; one that a button asked has no message."""
    return f"answer:{answer_id:x}" if question_message is None else str(question_message)


@dataclass(frozen=True, slots=True)
class QuestionOrigin:
    """Where a question came from; the fields are columns of the table ``answers``."""

    chat_id: int
    user_id: int
    thread: str
    message_id: int | None


class AnswerRepository:
    """Answers and feedback in the bot's database."""

    def __init__(self, database: BotDatabase) -> None:
        self.database = database

    def new_id(self) -> int:
        """An id for an answer that is about to be sent; it cannot be guessed from other ids."""
        return secrets.randbits(52)

    def save(self, answer_id: int, answer: Answer, origin: QuestionOrigin) -> None:
        """Store an answer, or replace the one with the same id.

        Feedback on the replaced answer is deleted unless question and answer are the same.
        """
        content = (
            answer.question,
            answer.standalone_question,
            answer.text,
            answer.language,
            answer.refused,
            json.dumps([_to_json(c) for c in answer.citations], ensure_ascii=False),
        )
        total = answer.timings_ms.get("total", 0.0)
        row = (answer_id, *astuple(origin), *content, total, time.time())
        with self.database.transaction():
            self.database.run(
                "DELETE FROM feedback WHERE answer = ? AND answer NOT IN (SELECT id FROM answers "
                "WHERE (question, standalone, text, language, refused, citations) = (?,?,?,?,?,?))",
                (answer_id, *content),
            )
            self.database.run(
                "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", row
            )
            self.database.run(
                "INSERT OR IGNORE INTO threads VALUES (?, ?)", (origin.thread, origin.user_id)
            )

    def save_messages(self, answer_id: int, chat_id: int, message_ids: Sequence[int]) -> None:
        """Store the messages that an answer was sent as."""
        with self.database.transaction():
            self.database.run("DELETE FROM messages WHERE answer = ?", (answer_id,))
            for message_id in message_ids:
                self.database.run(
                    "INSERT OR REPLACE INTO messages VALUES (?, ?, ?)",
                    (chat_id, message_id, answer_id),
                )

    def messages(self, answer_id: int) -> list[int]:
        """Ids of the messages that an answer was sent as, first to last."""
        rows = self.database.rows(
            "SELECT message FROM messages WHERE answer = ? ORDER BY message", (answer_id,)
        )
        return [row[0] for row in rows]

    def get(self, answer_id: int) -> StoredAnswer | None:
        """An answer by its id."""
        return self._one("id = ?", (answer_id,))

    def by_question(self, chat_id: int, message_id: int) -> StoredAnswer | None:
        """The answer to a user's message."""
        return self._one("chat = ? AND question_message = ?", (chat_id, message_id))

    def by_message(self, chat_id: int, message_id: int) -> StoredAnswer | None:
        """The answer that one of the bot's messages belongs to."""
        where = "id = (SELECT answer FROM messages WHERE chat = ? AND message = ?)"
        return self._one(where, (chat_id, message_id))

    def _one(self, where: str, values: Sequence[Any]) -> StoredAnswer | None:
        rows = self.database.rows(
            f"SELECT {_COLUMNS} FROM answers WHERE {where} ORDER BY asked DESC LIMIT 1",  # noqa: S608
            values,
        )
        if not rows:
            return None
        columns = dict(zip((f.name for f in fields(StoredAnswer)), rows[0], strict=True))
        columns["refused"] = bool(columns["refused"])
        columns["citations"] = tuple(_from_json(c) for c in json.loads(columns["citations"]))
        return StoredAnswer(**columns)

    # -- deletion -----------------------------------------------------------------------------

    def threads_of(self, user_id: int) -> list[str]:
        """Threads in which a user has asked."""
        rows = self.database.rows("SELECT thread FROM threads WHERE person = ?", (user_id,))
        return [row[0] for row in rows]

    def delete_user(self, user_id: int) -> None:
        """Delete all rows of a user. The engine must forget their threads before."""
        with self.database.transaction():
            self._delete_answers("person = ?", user_id)
            for table, column in (("feedback", "person"), ("threads", "person"), ("people", "id")):
                self.database.run(f"DELETE FROM {table} WHERE {column} = ?", (user_id,))  # noqa: S608

    def threads_older_than(self, days: int) -> list[str]:
        """Threads without an answer in the last ``days``."""
        rows = self.database.rows(
            "SELECT DISTINCT thread FROM threads "
            "WHERE thread NOT IN (SELECT thread FROM answers WHERE asked >= ?)",
            (time.time() - days * 86_400,),
        )
        return [row[0] for row in rows]

    def delete_older_than(self, days: int) -> None:
        """Delete answers older than ``days`` with their feedback, and threads without answers.

        The engine must forget ``threads_older_than(days)`` before.
        """
        with self.database.transaction():
            self._delete_answers("asked < ?", time.time() - days * 86_400)
            self.database.run(
                "DELETE FROM threads WHERE thread NOT IN (SELECT thread FROM answers)"
            )

    def _delete_answers(self, where: str, value: float) -> None:
        selected = f"(SELECT id FROM answers WHERE {where})"  # noqa: S608
        for table in ("messages", "feedback"):
            self.database.run(f"DELETE FROM {table} WHERE answer IN {selected}", (value,))  # noqa: S608
        self.database.run(f"DELETE FROM answers WHERE {where}", (value,))  # noqa: S608

    # -- feedback -----------------------------------------------------------------------------

    def rate(self, answer_id: int, user_id: int, verdict: int, reason: str | None = None) -> None:
        """Store a user's verdict on an answer (1 or -1), in place of an earlier one."""
        self.database.run(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)",
            (answer_id, user_id, verdict, reason, time.time()),
        )

    def is_rated(self, answer_id: int) -> bool:
        """Whether there is any verdict on an answer in its current form."""
        return bool(
            self.database.rows("SELECT 1 FROM feedback WHERE answer = ? LIMIT 1", (answer_id,))
        )

    def remove_rating(self, answer_id: int, user_id: int) -> None:
        """Delete a user's verdict on an answer."""
        self.database.run(
            "DELETE FROM feedback WHERE answer = ? AND person = ?", (answer_id, user_id)
        )

    def rated(self) -> Iterator[tuple[StoredAnswer, int, str | None]]:
        """``(answer, verdict, reason)`` of all feedback, oldest first."""
        rows = self.database.rows("SELECT answer, verdict, reason FROM feedback ORDER BY given")
        for answer_id, verdict, reason in rows:
            answer = self.get(answer_id)
            if answer is not None:
                yield answer, verdict, reason

    def statistics(self) -> dict[str, float]:
        """Number of questions, refusals and verdicts, and milliseconds per answer (p50, p95)."""
        questions, refusals = self.database.rows(
            "SELECT count(*), coalesce(sum(refused), 0) FROM answers"
        )[0]
        good, bad = self.database.rows(
            "SELECT coalesce(sum(verdict > 0), 0), coalesce(sum(verdict < 0), 0) FROM feedback"
        )[0]
        times = [
            row[0] for row in self.database.rows("SELECT milliseconds FROM answers ORDER BY 1")
        ]
        return {
            "questions": questions,
            "refusals": refusals,
            "good": good,
            "bad": bad,
            "p50": times[len(times) // 2] if times else 0.0,
            "p95": times[int(len(times) * 0.95)] if times else 0.0,
        }


def _to_json(citation: Citation) -> dict[str, Any]:
    return cast("dict[str, Any]", jsonable(asdict(citation)))


def _from_json(values: dict[str, Any]) -> Citation:
    copies = (Suggestion(**_with_date(copy)) for copy in values.get("also_in", ()))
    highlights = tuple((first, last) for first, last in values.get("highlights", ()))
    return Citation(**{**_with_date(values), "also_in": tuple(copies), "highlights": highlights})


def _with_date(values: dict[str, Any]) -> dict[str, Any]:
    published_at = values["published_at"]
    return {**values, "published_at": published_at and datetime.fromisoformat(published_at)}
