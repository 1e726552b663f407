"""Stored feedback, its export as a test set, and the deletion of stored answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.models import Answer, Citation
from bot.telegram.core.chat_state import ChatState
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.feedback import to_test_set
from bot.telegram.core.repository import AnswerRepository, QuestionOrigin


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[AnswerRepository]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield AnswerRepository(database)
    database.close()


def answer(*, refused: bool = False) -> Answer:
    cited = Citation(
        marker=1,
        article_id="bridge.txt",
        title="الجسر",
        url=None,
        source=None,
        published_at=None,
        quote="يفتح الجسر في مايو.",
        start=0,
        end=19,
    )
    return Answer(
        text="…",
        refused=refused,
        language="ar",
        mode="refusal" if refused else "quoted",
        question="ومتى؟",
        standalone_question="متى يفتح الجسر؟",
        citations=() if refused else (cited,),
        timings_ms={"retrieve": 20.0, "total": 50.0},
    )


def rate(answers: AnswerRepository, rated: Answer, verdict: int, reason: str | None = None) -> None:
    answer_id = answers.new_id()
    answers.save(answer_id, rated, QuestionOrigin(1, 2, "thread", 3))
    answers.rate(answer_id, 2, verdict, reason)


def test_a_good_answer_becomes_gold_for_the_standalone_question(
    answers: AnswerRepository,
) -> None:
    rate(answers, answer(), 1)
    (line,) = to_test_set(answers)
    assert line["question"] == "متى يفتح الجسر؟"
    assert line["answerable"] is True
    assert line["relevant_ids"] == ["bridge.txt"]
    assert line["quotes"] == line["answers"] == ["يفتح الجسر في مايو."]


def test_a_good_refusal_becomes_an_unanswerable_question(answers: AnswerRepository) -> None:
    rate(answers, answer(refused=True), 1)
    assert [line["answerable"] for line in to_test_set(answers)] == [False]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("source", {"forbidden_ids": ["bridge.txt"], "answerable": None}),
        ("missing", {"answerable": True}),
        ("wrong", {"answerable": None, "relevant_ids": []}),
    ],
)
def test_the_reason_of_a_bad_rating_is_exported(
    answers: AnswerRepository, reason: str, expected: dict[str, object]
) -> None:
    rate(answers, answer(), -1, reason)
    (line,) = to_test_set(answers)
    assert line["note"] == reason
    assert expected.items() <= line.items()


def test_a_second_rating_of_a_user_replaces_the_first(answers: AnswerRepository) -> None:
    answers.save(7, answer(), QuestionOrigin(1, 2, "thread", 3))
    answers.rate(7, 2, 1)
    answers.rate(7, 2, -1)
    assert [line["kind"] for line in to_test_set(answers)] == ["feedback-bad"]


@pytest.mark.parametrize(
    "changed",
    [
        {"question": "من بنى الجسر؟", "standalone_question": "من بنى الجسر؟"},
        {"text": "يفتح الجسر في مايو. [1]"},
        {"citations": (), "refused": True},
    ],
)
def test_ratings_are_deleted_when_the_answer_is_replaced_by_another(
    answers: AnswerRepository, changed: dict[str, Any]
) -> None:
    origin = QuestionOrigin(1, 2, "thread", 3)
    answers.save(7, answer(), origin)
    answers.rate(7, 2, 1)
    answers.save(8, answer(), origin)
    answers.rate(8, 2, -1)

    answers.save(7, answer(), origin)  # the same again, after a restart
    assert [line["kind"] for line in to_test_set(answers)] == ["feedback-good", "feedback-bad"]
    answers.save(7, replace(answer(), **changed), origin)
    assert [line["kind"] for line in to_test_set(answers)] == ["feedback-bad"]
    assert not answers.is_rated(7)
    assert answers.is_rated(8)


def test_all_data_of_a_user_are_deleted(
    answers: AnswerRepository,
) -> None:
    rate(answers, answer(), 1)
    chats = ChatState(answers.database)
    chats.set_language(2, "en")
    assert answers.threads_of(2) == ["thread"]
    answers.delete_user(2)
    assert answers.threads_of(2) == []
    assert list(to_test_set(answers)) == []
    assert chats.language(2) == "auto"


def test_old_answers_are_deleted_with_their_threads(answers: AnswerRepository) -> None:
    rate(answers, answer(), 1)
    assert answers.threads_older_than(1) == []
    answers.delete_older_than(1)
    assert answers.statistics()["questions"] == 1
    answers.database.run("UPDATE answers SET asked = asked - 200000")
    assert answers.threads_older_than(1) == ["thread"]
    answers.delete_older_than(1)
    assert answers.threads_of(2) == []
    assert answers.statistics()["questions"] == 0
