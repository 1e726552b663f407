"""Thread contamination: whether unrelated questions before it change the answer to a question.

Independent questions are asked each in a thread of its own, and all of them one after the other in
one thread, in several random orders. Both answers to a question should be the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.core.models import Answer
    from evaluation.runs.runner import AnsweringEngine
    from evaluation.testsets.testsets import Conversation, GoldQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedAnswer:
    """What a reader sees of an answer, and what was searched for.

    ``citations`` are ``(article id, start, end)``.
    """

    text: str
    refused: bool
    mode: str
    standalone_question: str
    citations: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, answer: Answer) -> ObservedAnswer:
        """The observed part of ``answer``."""
        return cls(
            text=answer.text,
            refused=answer.refused,
            mode=answer.mode,
            standalone_question=answer.standalone_question,
            citations=tuple((c.article_id, c.start, c.end) for c in answer.citations),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAnswer:
    """A question that was answered otherwise in a thread than alone.

    Attributes:
        order: Number of the order, from 1.
        place: Its place in that order, from 1.
        previous_id: The question asked right before it; likewise ``previous_question``.
        differs: Which of ``text``, ``citations`` and ``refused`` differ.
    """

    id: str
    question: str
    order: int
    place: int
    previous_id: str
    previous_question: str
    differs: tuple[str, ...]
    alone: ObservedAnswer
    in_thread: ObservedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ContaminationReport:
    """The changed answers of all orders; ``asked`` is the number of answers compared."""

    questions: int
    orders: int
    seed: int
    changed: tuple[ChangedAnswer, ...]

    @property
    def asked(self) -> int:
        """Number of answers in threads."""
        return self.questions * self.orders

    def to_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {
            "format": 1,
            "questions": self.questions,
            "orders": self.orders,
            "seed": self.seed,
            "asked": self.asked,
            "changed": len(self.changed),
            "changed_answers": [asdict(each) for each in self.changed],
        }


def independent_questions(conversations: Sequence[Conversation]) -> list[GoldQuestion]:
    """Single questions and first turns, without commands, which act on the answer before."""
    return [
        conversation.questions[0]
        for conversation in conversations
        if conversation.questions[0].checks.command is None
    ]


def measure_contamination(
    engine: AnsweringEngine,
    questions: Sequence[GoldQuestion],
    *,
    orders: int = 3,
    seed: int = 1,
    advance: Callable[[int], None] = lambda questions: None,
) -> ContaminationReport:
    """Ask every question alone, and all in one thread in ``orders`` random orders.

    ``advance`` is called with the number of questions asked.
    """
    alone: dict[str, ObservedAnswer] = {}
    for question in questions:
        with _thread(engine) as thread:
            alone[question.id] = ObservedAnswer.of(engine.ask(question.question, thread=thread))
        advance(1)
    draw = Random(seed)  # noqa: S311
    changed: list[ChangedAnswer] = []
    for order in range(1, orders + 1):
        shuffled = draw.sample(list(questions), len(questions))
        with _thread(engine) as thread:
            for place, question in enumerate(shuffled, 1):
                answer = ObservedAnswer.of(engine.ask(question.question, thread=thread))
                advance(1)
                differs = _differences(alone[question.id], answer)
                if differs:
                    # The first of a thread has none before it: it differs by chance alone.
                    previous = shuffled[place - 2] if place > 1 else None
                    changed.append(
                        ChangedAnswer(
                            id=question.id,
                            question=question.question,
                            order=order,
                            place=place,
                            previous_id=previous.id if previous else "",
                            previous_question=previous.question if previous else "",
                            differs=differs,
                            alone=alone[question.id],
                            in_thread=answer,
                        )
                    )
    return ContaminationReport(
        questions=len(questions), orders=orders, seed=seed, changed=tuple(changed)
    )


@contextmanager
def _thread(engine: AnsweringEngine) -> Iterator[str]:
    """The name of a new thread, which is deleted afterwards."""
    thread = f"evaluation-{uuid.uuid4().hex}"
    try:
        yield thread
    finally:
        engine.delete_thread(thread)


def _differences(alone: ObservedAnswer, in_thread: ObservedAnswer) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("text", "citations", "refused")
        if getattr(alone, name) != getattr(in_thread, name)
    )
