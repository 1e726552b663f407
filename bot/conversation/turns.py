"""The turns of a conversation, as they are stored between questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, NamedTuple

from bot.conversation.suggested_choices import SuggestedChoices
from bot.core.intents import Slots

TURN_VERSION = 3
"""Version of the stored form. Version 2 lacks ``intent``, ``mode``, ``offset`` and ``slots``. Turns
without a version are of version 1, which has the keys of version 2; its earliest turns lack
``topic``, ``said``, ``articles``, ``offer``, ``answer`` and ``name``."""


class QuotedSpan(NamedTuple):
    """A quote of an earlier answer, as character offsets in its article."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question and what its answer cited.

    Attributes:
        question: The question as it was typed.
        standalone: The question as it was searched for.
        quotes: The quotes of the answer.
        topic: The part of ``standalone`` that comes from earlier turns.
        earlier_words: The words of earlier questions in ``topic``, without titles of articles.
        articles: Ids of the articles that the answer cites, or else of the nearest ones.
        choices: What the answer offered for the reader to choose from.
        answer: The beginning of the answer's text.
        turn_id: The caller's name for the question, if it gave one.
        intent: What the question asks for (see ``bot.core.intents``).
        mode: How the answer was made.
        next_offset: Where the command "more" continues; None at the end.
        slots: What the question names.
        version: The version of the stored form.
    """

    question: str
    standalone: str
    quotes: tuple[QuotedSpan, ...] = ()
    topic: str = ""
    earlier_words: str = ""
    articles: tuple[str, ...] = ()
    choices: SuggestedChoices | None = None
    answer: str = ""
    turn_id: str | None = None
    intent: str = ""
    mode: str = ""
    next_offset: int | None = None
    slots: Slots = field(default_factory=Slots)
    version: int = TURN_VERSION

    @property
    def own_text(self) -> str:
        """``standalone`` without a topic in parentheses."""
        return self.standalone.replace(f" ({self.topic})", "") if self.topic else self.standalone

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "version": self.version,
            "question": self.question,
            "standalone": self.standalone,
            "topic": self.topic,
            "said": self.earlier_words,
            "articles": list(self.articles),
            "offer": self.choices.to_json() if self.choices else None,
            "answer": self.answer,
            "quoted": [tuple(quote) for quote in self.quotes],
            "name": self.turn_id,
            "intent": self.intent,
            "mode": self.mode,
            "offset": self.next_offset,
            "slots": _slots_to_json(self.slots),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Turn:
        """Read the stored form of this version or an earlier one."""
        quotes = tuple(QuotedSpan(*quote) for quote in stored["quoted"])
        return cls(
            question=stored["question"],
            standalone=stored["standalone"],
            quotes=quotes,
            topic=stored.get("topic", ""),
            earlier_words=stored.get("said", ""),
            articles=tuple(
                stored.get("articles") or dict.fromkeys(quote.article_id for quote in quotes)
            ),
            choices=SuggestedChoices.from_json(stored.get("offer")),
            answer=stored.get("answer", ""),
            turn_id=stored.get("name"),
            intent=stored.get("intent", ""),
            mode=stored.get("mode", ""),
            next_offset=stored.get("offset"),
            slots=_slots_from_json(stored.get("slots") or {}),
        )


def _slots_to_json(slots: Slots) -> dict[str, Any]:
    """The slots that are set; days as ISO 8601."""
    given = {key: value for key, value in asdict(slots).items() if value not in (None, "")}
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()
    }


def _slots_from_json(stored: dict[str, Any]) -> Slots:
    values = dict(stored)
    for key in ("since", "until"):
        if key in values:
            values[key] = date.fromisoformat(values[key])
    return Slots(**values)


class History(NamedTuple):
    """The turns before and after a question's own place in its conversation."""

    before: list[Turn]
    after: list[Turn]
    forgotten: bool = False
    """It replaces a turn that is no longer stored."""
    replaced: Turn | None = None
    """The turn that it replaces."""


def last_cited(turns: Sequence[Turn]) -> Turn:
    """The last of ``turns`` whose answer has quotes; without any, the last."""
    return next((turn for turn in reversed(turns) if turn.quotes), turns[-1])


def split_history(turns: Sequence[Turn], turn_id: str | None, *, edited: bool) -> History:
    """The turns around the one named ``turn_id``; all are before a new question.

    ``edited`` says that the question surely replaces an earlier turn.
    """
    if turn_id is not None:
        for at, turn in enumerate(turns):
            if turn.turn_id == turn_id:
                return History(list(turns[:at]), list(turns[at + 1 :]), replaced=turn)
        if edited:
            return History([], list(turns), forgotten=True)
    return History(list(turns), [])
