"""What a message asks for (its intent), with the slots named in it, and the reply that is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from bot.core.models import Citation, Mode, Suggestion

QuestionIntent = Literal[
    "fact", "yes_no", "list", "comparison", "summary", "overview", "timeline", "latest", "browse",
    "collection", "article", "opinion",
]  # fmt: skip
CommandIntent = Literal["more", "shorter", "source", "language", "repeat", "correction"]
SmalltalkIntent = Literal[
    "greeting", "salam", "thanks", "farewell", "how_are_you", "capabilities", "identity",
    "acknowledgement", "insult",
]  # fmt: skip

QUESTION_INTENTS: frozenset[str] = frozenset(get_args(QuestionIntent))
SCORED_INTENTS = frozenset({"fact", "yes_no", "list", "comparison", "latest"})
"""Intents that are answered by sentences; the others by whole articles."""
TOPIC_INTENTS = frozenset({"summary", "overview", "timeline", "browse"})
"""Intents that are answered by what several articles tell of a topic."""
COMMAND_INTENTS: frozenset[str] = frozenset(get_args(CommandIntent))
SMALLTALK_INTENTS: frozenset[str] = frozenset(get_args(SmalltalkIntent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """What a request names besides its intent.

    Attributes:
        topic: The words that say what it is about, as typed; empty if it is about any article.
        section: Key of a section (``sport``, ``economy`` …; see ``vectorstore.core.sections``).
        source: A source's name, as the catalogue has it.
        count: Number of items asked for.
        since: First day of publication, inclusive.
        until: Last day of publication, inclusive.
        article_id: The only article that it is about.
    """

    topic: str = ""
    section: str | None = None
    source: str | None = None
    count: int | None = None
    since: date | None = None
    until: date | None = None
    article_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The content of an answer, before it is verified and stored.

    Attributes:
        mode: How it was made.
        text: Plain text with ``[n]`` markers that ``citations`` resolve.
        citations: Verbatim quotes.
        suggestions: Articles offered beside it.
        next_offset: Where "more" continues, as a number of items given so far; None at the end.
        topic: What a following message may refer to, if that is not the question itself.
    """

    mode: Mode
    text: str
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    next_offset: int | None = None
    topic: str = ""
