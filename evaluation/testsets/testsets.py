"""Reads test sets: questions and conversations with gold labels.

One JSON object per line; see ``docs/testsets.md`` and ``testset.schema.json``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from bot.language.reply_language import reply_language
from evaluation.testsets.checks import AnswerChecks
from evaluation.testsets.items import ConversationItem, Item, TestTurn, turn_id
from evaluation.testsets.jsonl import json_rows, read_bytes
from evaluation.testsets.validation import ItemCollector

if TYPE_CHECKING:
    from prompts import Language

Position = Literal["single", "first", "followup"]


@dataclass(frozen=True, slots=True)
class TestSet:
    """A test set.

    Attributes:
        sha256: Of the file's bytes (hex); only runs over the same test set are compared.
    """

    __test__: ClassVar[bool] = False  # for pytest: a name, not a test case

    items: list[Item]
    path: Path
    sha256: str

    @property
    def hide_fields(self) -> tuple[str, ...]:
        """Article fields that must not be indexed for this test set, sorted."""
        return tuple(sorted({field for item in self.items for field in item.hide_fields}))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldQuestion:
    """One question or turn with its labels.

    Attributes:
        id: The item's id, for a turn with ``#`` and its number from 1.
        turn: Number of the turn in its conversation from 1; None for a single question.
        kind: Empty without one; likewise ``variety``.
    """

    id: str
    item_id: str
    turn: int | None
    position: Position
    kind: str
    language: str
    question: str
    standalone: str | None
    answers: Sequence[str]
    relevant_ids: Sequence[str]
    acceptable_ids: Sequence[str]
    forbidden_ids: Sequence[str]
    quotes: Sequence[str]
    answerable: bool | None
    variety: str = ""
    checks: AnswerChecks = field(default_factory=AnswerChecks)

    @property
    def has_checks(self) -> bool:
        """Whether the labels decide if an answer is right: more than what is answerable."""
        return bool(
            self.answers
            or self.relevant_ids
            or self.acceptable_ids
            or self.forbidden_ids
            or self.answerable is False
            or self.checks != AnswerChecks()
        )


@dataclass(frozen=True, slots=True)
class Conversation:
    """The questions of one item, asked in one thread; a single question is one of one turn."""

    item_id: str
    questions: list[GoldQuestion]


def read_testset(path: Path) -> TestSet:
    """Read and check every line of a test set.

    Raises:
        TestSetError: the file cannot be read, is empty, or has invalid lines; the message lists
            them as ``line N: field: reason``.
    """
    content = read_bytes(path)
    collector = ItemCollector()
    for place, row in json_rows(content, collector):
        collector.add(place, row)
    return TestSet(collector.items(path), path, hashlib.sha256(content).hexdigest())


def flatten(testset: TestSet) -> list[Conversation]:
    """The questions of a test set in order, grouped by item."""
    return [
        Conversation(item.id, list(_gold_turns(item)))
        if isinstance(item, ConversationItem)
        else Conversation(item.id, [_gold_question(item, item)])
        for item in testset.items
    ]


def _gold_turns(item: ConversationItem) -> Iterable[GoldQuestion]:
    language: Language | None = None
    for number, turn in enumerate(item.turns, 1):
        # A turn of digits alone stays in the language of the one before, as in the engine.
        language = reply_language(turn.question, previous=language)
        yield _gold_question(item, turn, number, detected=language)


def _gold_question(
    item: Item, labels: TestTurn, turn: int | None = None, *, detected: str | None = None
) -> GoldQuestion:
    language = labels.language or item.language or detected or reply_language(labels.question)
    position: Position = "single" if turn is None else "first" if turn == 1 else "followup"
    return GoldQuestion(
        id=item.id if turn is None else turn_id(item, turn),
        item_id=item.id,
        turn=turn,
        position=position,
        kind=labels.kind or item.kind or "",
        language=language,
        question=labels.question,
        standalone=labels.standalone,
        answers=labels.answers,
        relevant_ids=labels.relevant_ids,
        acceptable_ids=labels.acceptable_ids,
        forbidden_ids=labels.forbidden_ids,
        quotes=labels.quotes,
        answerable=labels.expects_answer,
        variety=labels.variety or item.variety or "",
        checks=labels.checks,
    )
