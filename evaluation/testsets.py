"""Test sets: questions and conversations with what is known about their right answers.

One JSON object per line; ``docs/testsets.md`` shows the format, ``testset.schema.json`` states it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ValidationError

from bot.language import reply_language
from evaluation.errors import TestSetError
from evaluation.testset_lines import (
    ConversationItem,
    Item,
    Turn,
    parse_item,
    problems_in,
)

if TYPE_CHECKING:
    from prompts import Language

Position = Literal["single", "first", "followup"]

SHOWN = 50


@dataclass(frozen=True, slots=True)
class TestSet:
    """A test set as it was read.

    Attributes:
        sha256: Of the file's bytes (hex); two runs are compared only over the same.
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
    """One question or turn as the engine is asked it, with its labels.

    Attributes:
        id: The item's id, for a turn with ``#`` and its number from 1.
        turn: Number of the turn in its conversation from 1; None for a question by itself.
        kind: Empty when the test set names none.
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


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions that share a thread; most hold one."""

    item_id: str
    questions: list[GoldQuestion]


def read_testset(path: Path) -> TestSet:
    """Read and check every line of a test set.

    Raises:
        TestSetError: the file cannot be read or is empty, or lines are wrong; the message lists
            them as ``line N: field: reason``.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TestSetError(f"{path} cannot be read: {error.strerror or error}.") from error
    items: list[Item] = []
    problems: list[str] = []
    lines_of: dict[str, int] = {}
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            item, found = _checked(line)
            found += _repeated(item, number, lines_of)
            problems += [f"line {number}: {problem}" for problem in found]
            if item:
                items.append(item)
    if problems:
        raise TestSetError(_listed(path, problems))
    if not items:
        raise TestSetError(f"{path} holds no questions.")
    return TestSet(items, path, hashlib.sha256(content).hexdigest())


def flatten(testset: TestSet) -> list[Conversation]:
    """The questions of a test set in its order, those of a conversation together."""
    return [
        Conversation(item.id, list(_turns(item)))
        if isinstance(item, ConversationItem)
        else Conversation(item.id, [_gold(item, item)])
        for item in testset.items
    ]


def _checked(line: bytes) -> tuple[Item | None, list[str]]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return None, [f"text: is not UTF-8 at byte {error.start + 1}"]
    except json.JSONDecodeError as error:
        return None, [f"JSON: {error.msg} at character {error.pos + 1}"]
    except (ValueError, RecursionError) as error:
        return None, [f"JSON: {error}"]
    if not isinstance(row, dict):
        return None, ["JSON: is not an object"]
    try:
        return parse_item(row), []
    except ValidationError as error:
        return None, list(problems_in(error))


def _repeated(item: Item | None, number: int, lines_of: dict[str, int]) -> list[str]:
    """The item's ids that stand on an earlier line; notes them all."""
    if item is None:
        return []
    ids = [item.id]
    if isinstance(item, ConversationItem):
        ids += [_turn_id(item, turn) for turn in range(1, len(item.turns) + 1)]
    found = [f"id: {id!r} is on line {lines_of[id]} already" for id in ids if id in lines_of]
    lines_of.update((id, number) for id in ids if id not in lines_of)
    return found


def _listed(path: Path, problems: list[str]) -> str:
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    shown = [f"  {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(f"  … and {len(problems) - SHOWN} more")
    return "\n".join([f"{path} is not a test set, {count}:", *shown])


def _turn_id(item: Item, turn: int) -> str:
    return f"{item.id}#{turn}"


def _turns(item: ConversationItem) -> Iterable[GoldQuestion]:
    language: Language | None = None
    for number, turn in enumerate(item.turns, 1):
        # A turn of digits alone stays in the language of the one before, as in the engine.
        language = reply_language(turn.question, previous=language)
        yield _gold(item, turn, number, detected=language)


def _gold(
    item: Item, labels: Turn, turn: int | None = None, *, detected: str | None = None
) -> GoldQuestion:
    language = labels.language or item.language or detected or reply_language(labels.question)
    position: Position = "single" if turn is None else "first" if turn == 1 else "followup"
    return GoldQuestion(
        id=item.id if turn is None else _turn_id(item, turn),
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
    )
