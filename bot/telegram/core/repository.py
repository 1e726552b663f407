"""Answers, feedback and people, as the bot remembers them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import Any, Literal, cast

from bot.core.models import Answer, Citation, Suggestion, jsonable
from bot.telegram.core.database import BotDatabase

LanguageChoice = Literal["auto", "ar", "en"]

_ANSWER = (
    "id, chat, person, thread, question_message, question, standalone, text, language, refused, "
    "citations"
)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that was sent, with what buttons under it need."""

    id: int
    chat: int
    person: int
    thread: str
    question_message: int | None
    question: str
    standalone: str
    text: str
    language: str
    refused: bool
    citations: tuple[Citation, ...]

    def citation(self, marker: int) -> Citation | None:
        """The source with this number."""
        return next((c for c in self.citations if c.marker == marker), None)


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """Who asked what, and where."""

    chat: int
    person: int
    thread: str
    question_message: int | None


class AnswerRepository:
    """The bot's memory of conversations, in its database."""

    def __init__(self, database: BotDatabase) -> None:
        self.database = database

    # -- people -------------------------------------------------------------------------------

    def language(self, person: int) -> LanguageChoice:
        """The language that this person chose."""
        rows = self.database.rows("SELECT language FROM people WHERE id = ?", (person,))
        return cast("LanguageChoice", rows[0][0]) if rows else "auto"

    def choose_language(self, person: int, language: LanguageChoice) -> None:
        """Remember a choice."""
        self.database.run("INSERT OR REPLACE INTO people VALUES (?, ?)", (person, language))

    def threads_of(self, person: int) -> list[str]:
        """The threads that a person has taken part in."""
        rows = self.database.rows("SELECT thread FROM threads WHERE person = ?", (person,))
        return [row[0] for row in rows]

    def forget_person(self, person: int) -> None:
        """Erase everything about a person. The engine is to forget their threads before that."""
        database = self.database
        with database.transaction():
            mine = "(SELECT id FROM answers WHERE person = ?)"
            database.run(f"DELETE FROM messages WHERE answer IN {mine}", (person,))  # noqa: S608
            database.run(
                f"DELETE FROM feedback WHERE person = ? OR answer IN {mine}",  # noqa: S608
                (person, person),
            )
            for table, column in (("answers", "person"), ("threads", "person"), ("people", "id")):
                database.run(f"DELETE FROM {table} WHERE {column} = ?", (person,))  # noqa: S608

    def note_thread(self, thread: str, person: int) -> None:
        """Remember who takes part in a thread, so that it can be forgotten."""
        self.database.run("INSERT OR IGNORE INTO threads VALUES (?, ?)", (thread, person))

    # -- answers ------------------------------------------------------------------------------

    def new_id(self) -> int:
        """An id for an answer that is about to be sent; it cannot be guessed from others."""
        return secrets.randbits(52)

    def keep(self, answer_id: int, answer: Answer, asked: StoredQuestion) -> None:
        """Keep an answer, in place of an older one with the same id.

        What people thought of the older one goes with it, unless it was the same.
        """
        said = (
            answer.question,
            answer.standalone_question,
            answer.text,
            answer.language,
            answer.refused,
            json.dumps([_to_json(c) for c in answer.citations], ensure_ascii=False),
        )
        row = (answer_id, *astuple(asked), *said, answer.timings_ms.get("total", 0.0), time.time())
        with self.database.transaction():
            self.database.run(
                "DELETE FROM feedback WHERE answer = ? AND answer NOT IN (SELECT id FROM answers "
                "WHERE (question, standalone, text, language, refused, citations) = (?,?,?,?,?,?))",
                (answer_id, *said),
            )
            self.database.run(
                "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", row
            )

    def keep_messages(self, answer_id: int, chat: int, messages: Sequence[int]) -> None:
        """Remember which messages an answer was sent as."""
        with self.database.transaction():
            self.database.run("DELETE FROM messages WHERE answer = ?", (answer_id,))
            for message in messages:
                self.database.run(
                    "INSERT OR REPLACE INTO messages VALUES (?, ?, ?)", (chat, message, answer_id)
                )

    def messages(self, answer_id: int) -> list[int]:
        """The messages that an answer was sent as, first to last."""
        rows = self.database.rows(
            "SELECT message FROM messages WHERE answer = ? ORDER BY message", (answer_id,)
        )
        return [row[0] for row in rows]

    def begin(self, chat: int, question: int | str, message: int) -> None:
        """Remember the message that an answer has been begun in, until ``finish``."""
        self.note(f"begun:{chat}:{question}", str(message))

    def begun(self, chat: int, question: int | str) -> list[int]:
        """The message that the answer to a question was begun in, if it is not finished."""
        noted = self.noted(f"begun:{chat}:{question}")
        return [int(noted)] if noted else []

    def finish(self, chat: int, question: int | str) -> None:
        """The answer is there, all of it."""
        key = f"begun:{chat}:{question}"
        self.database.run("DELETE FROM notes WHERE key = ?", (key,))

    def answer(self, answer_id: int) -> GivenAnswer | None:
        """An answer by its id."""
        return self._one("id = ?", (answer_id,))

    def answer_to(self, chat: int, question_message: int) -> GivenAnswer | None:
        """The answer to a message."""
        return self._one("chat = ? AND question_message = ?", (chat, question_message))

    def answer_in(self, chat: int, message: int) -> GivenAnswer | None:
        """The answer that one of the bot's messages belongs to."""
        where = "id = (SELECT answer FROM messages WHERE chat = ? AND message = ?)"
        return self._one(where, (chat, message))

    def _one(self, where: str, values: Sequence[Any]) -> GivenAnswer | None:
        rows = self.database.rows(
            f"SELECT {_ANSWER} FROM answers WHERE {where} ORDER BY asked DESC LIMIT 1",  # noqa: S608
            values,
        )
        if not rows:
            return None
        fields = dict(zip(_ANSWER.split(", "), rows[0], strict=True))
        fields["refused"] = bool(fields["refused"])
        fields["citations"] = tuple(_from_json(c) for c in json.loads(fields["citations"]))
        return GivenAnswer(**fields)

    def threads_older_than(self, days: int) -> list[str]:
        """Threads that nobody has gone on with for so long."""
        rows = self.database.rows(
            "SELECT DISTINCT thread FROM threads "
            "WHERE thread NOT IN (SELECT thread FROM answers WHERE asked >= ?)",
            (time.time() - days * 86_400,),
        )
        return [row[0] for row in rows]

    def forget_older_than(self, days: int) -> None:
        """Erase answers, with feedback on them, after their time, and what threads there were.

        What /stats counts goes with them. The engine is to forget those threads before that.
        """
        before = time.time() - days * 86_400
        with self.database.transaction():
            old = "(SELECT id FROM answers WHERE asked < ?)"
            self.database.run(f"DELETE FROM messages WHERE answer IN {old}", (before,))  # noqa: S608
            self.database.run(f"DELETE FROM feedback WHERE answer IN {old}", (before,))  # noqa: S608
            self.database.run("DELETE FROM answers WHERE asked < ?", (before,))
            self.database.run(
                "DELETE FROM threads WHERE thread NOT IN (SELECT thread FROM answers)"
            )

    # -- feedback -----------------------------------------------------------------------------

    def rate(self, answer_id: int, person: int, verdict: int, reason: str | None = None) -> None:
        """Keep what a person thinks of an answer; a later word replaces an earlier one."""
        self.database.run(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)",
            (answer_id, person, verdict, reason, time.time()),
        )

    def is_rated(self, answer_id: int) -> bool:
        """Whether anybody has said what they think of an answer, as it is now."""
        return bool(
            self.database.rows("SELECT 1 FROM feedback WHERE answer = ? LIMIT 1", (answer_id,))
        )

    def unrate(self, answer_id: int, person: int) -> None:
        """Take back what a person said of an answer."""
        self.database.run(
            "DELETE FROM feedback WHERE answer = ? AND person = ?", (answer_id, person)
        )

    def rated(self) -> Iterator[tuple[GivenAnswer, int, str | None]]:
        """Answers with a verdict (1 or -1) and its reason, oldest first."""
        rows = self.database.rows("SELECT answer, verdict, reason FROM feedback ORDER BY given")
        for answer_id, verdict, reason in rows:
            answer = self.answer(answer_id)
            if answer is not None:
                yield answer, verdict, reason

    def figures(self) -> dict[str, float]:
        """Questions, refusals, feedback and milliseconds per answer, of the time that is kept."""
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

    # -- chats and notes ----------------------------------------------------------------------

    def migrate(self, old: int, new: int) -> None:
        """Remember that a group has become a supergroup."""
        self.database.run("INSERT OR REPLACE INTO migrated VALUES (?, ?)", (old, new))

    def migrated(self, chat: int) -> int:
        """The id that a chat has now."""
        rows = self.database.rows("SELECT new FROM migrated WHERE old = ?", (chat,))
        return int(rows[0][0]) if rows else chat

    def note(self, key: str, value: str) -> None:
        """Keep a value under a name."""
        self.database.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, value))

    def noted(self, key: str) -> str:
        """The value under a name, empty when there is none."""
        rows = self.database.rows("SELECT value FROM notes WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    # -- values behind buttons ----------------------------------------------------------------

    def offer(self, value: str) -> int:
        """A short number for a value that does not fit into the 64 bytes of a button."""
        self.database.run("INSERT OR IGNORE INTO offers (value) VALUES (?)", (value,))
        return int(self.database.rows("SELECT id FROM offers WHERE value = ?", (value,))[0][0])

    def offered(self, number: int) -> str | None:
        """The value behind a number."""
        rows = self.database.rows("SELECT value FROM offers WHERE id = ?", (number,))
        return str(rows[0][0]) if rows else None


def _to_json(citation: Citation) -> dict[str, Any]:
    return cast("dict[str, Any]", jsonable(asdict(citation)))


def _from_json(fields: dict[str, Any]) -> Citation:
    copies = (Suggestion(**_dated(copy)) for copy in fields.get("also_in", ()))
    return Citation(**{**_dated(fields), "also_in": tuple(copies)})


def _dated(fields: dict[str, Any]) -> dict[str, Any]:
    moment = fields["published_at"]
    return {**fields, "published_at": moment and datetime.fromisoformat(moment)}
