from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from evaluation.runs.followup_retrieval import measure_followups
from evaluation.testsets.items import ConversationItem
from evaluation.testsets.testsets import Conversation, _gold_turns
from tests.unit.evaluation.golds import TEXTS, refuse
from tests.unit.evaluation.golds import found as retrieved

CONVERSATION = ConversationItem.model_validate(
    {
        "id": "talk",
        "turns": [
            {"question": "ماذا ضربت السيول؟", "relevant_ids": ["flood"]},
            {
                "question": "ومتى؟",
                "standalone": "متى ضربت السيول؟",
                "relevant_ids": ["flood"],
                "kind": "ellipsis",
            },
            {"question": "وكم؟", "standalone": "كم قتلت السيول؟", "relevant_ids": ["flood"]},
            {"question": "شكرا", "answerable": False},
        ],
    }
)


class ForgetfulEngine:
    """Finds the right article only for questions that name the floods."""

    store = SimpleNamespace()

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def ask(self, question: str, *, thread: str | None = None) -> Any:
        if thread is not None:
            self.threads.add(thread)
        article = "flood" if "السيول" in question else "oil"
        return refuse(
            standalone_question=question, retrieved=retrieved((article, TEXTS[article][:10]))
        )

    def delete_thread(self, thread: str) -> None:
        self.threads.discard(thread)


def test_what_resolving_lost_is_the_difference_to_the_full_question() -> None:
    engine = ForgetfulEngine()
    measured = measure_followups(engine, [Conversation("talk", list(_gold_turns(CONVERSATION)))])
    assert [turn.id for turn in measured.turns] == ["talk#2", "talk#3"]
    assert (measured.mean("recall"), measured.mean("recall_gold")) == (0.0, 1.0)
    assert measured.share == 0.0
    assert all(turn.loses_recall for turn in measured.turns)
    assert not engine.threads  # every thread was forgotten


def test_the_figures_name_what_was_searched_for() -> None:
    figures = measure_followups(
        ForgetfulEngine(), [Conversation("talk", list(_gold_turns(CONVERSATION)))]
    ).to_json()
    assert figures["turns"] == 2
    assert figures["by_turn"][0]["kind"] == "ellipsis"
    assert figures["by_turn"][0]["resolved"] == "ومتى؟"
    assert figures["recall@5_gold"] == pytest.approx(1.0)


def test_without_follow_ups_there_is_nothing_to_divide_by() -> None:
    assert measure_followups(ForgetfulEngine(), []).share == 0.0
