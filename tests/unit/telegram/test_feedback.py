"""What readers thought of answers, as the evaluator gets it; and figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.models import Answer, Citation
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.feedback import as_test_set
from bot.telegram.core.metrics import Metrics
from bot.telegram.core.repository import AnswerRepository, StoredQuestion


@pytest.fixture
def records(tmp_path: Path) -> Iterator[AnswerRepository]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield AnswerRepository(database)
    database.close()


def given(*, refused: bool = False) -> Answer:
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


def rate(
    records: AnswerRepository, answer: Answer, verdict: int, reason: str | None = None
) -> None:
    answer_id = records.new_id()
    records.keep(answer_id, answer, StoredQuestion(1, 2, "thread", 3))
    records.rate(answer_id, 2, verdict, reason)


def test_a_good_answer_gives_gold_for_the_question_as_it_stands_alone(
    records: AnswerRepository,
) -> None:
    rate(records, given(), 1)
    (line,) = as_test_set(records)
    assert line["question"] == "متى يفتح الجسر؟"
    assert line["answerable"] is True
    assert line["relevant_ids"] == ["bridge.txt"]
    assert line["quotes"] == line["answers"] == ["يفتح الجسر في مايو."]


def test_a_good_refusal_says_that_there_is_no_answer(records: AnswerRepository) -> None:
    rate(records, given(refused=True), 1)
    assert [line["answerable"] for line in as_test_set(records)] == [False]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("source", {"forbidden_ids": ["bridge.txt"], "answerable": None}),
        ("missing", {"answerable": True}),
        ("wrong", {"answerable": None, "relevant_ids": []}),
    ],
)
def test_what_was_wrong_with_a_bad_answer_is_told(
    records: AnswerRepository, reason: str, expected: dict[str, object]
) -> None:
    rate(records, given(), -1, reason)
    (line,) = as_test_set(records)
    assert line["note"] == reason
    assert expected.items() <= line.items()


def test_a_second_opinion_of_the_same_person_replaces_the_first(records: AnswerRepository) -> None:
    records.keep(7, given(), StoredQuestion(1, 2, "thread", 3))
    records.rate(7, 2, 1)
    records.rate(7, 2, -1)
    assert [line["kind"] for line in as_test_set(records)] == ["feedback-bad"]


@pytest.mark.parametrize(
    "changed",
    [
        {"question": "من بنى الجسر؟", "standalone_question": "من بنى الجسر؟"},
        {"text": "يفتح الجسر في مايو. [1]"},
        {"citations": (), "refused": True},
    ],
)
def test_what_was_said_of_an_answer_goes_when_another_takes_its_place(
    records: AnswerRepository, changed: dict[str, Any]
) -> None:
    asked = StoredQuestion(1, 2, "thread", 3)
    records.keep(7, given(), asked)
    records.rate(7, 2, 1)
    records.keep(8, given(), asked)
    records.rate(8, 2, -1)

    records.keep(7, given(), asked)  # the same again, after a kill
    assert [line["kind"] for line in as_test_set(records)] == ["feedback-good", "feedback-bad"]
    records.keep(7, replace(given(), **changed), asked)
    assert [line["kind"] for line in as_test_set(records)] == ["feedback-bad"]
    assert not records.is_rated(7)
    assert records.is_rated(8)


def test_nothing_of_a_person_is_left_when_they_want_to_be_forgotten(
    records: AnswerRepository,
) -> None:
    rate(records, given(), 1)
    records.note_thread("thread", 2)
    records.choose_language(2, "en")
    assert records.threads_of(2) == ["thread"]
    records.forget_person(2)
    assert records.threads_of(2) == []
    assert list(as_test_set(records)) == []
    assert records.language(2) == "auto"


def test_answers_are_erased_after_their_time_with_their_threads(records: AnswerRepository) -> None:
    rate(records, given(), 1)
    records.note_thread("thread", 2)
    assert records.threads_older_than(1) == []
    records.forget_older_than(1)
    assert records.figures()["questions"] == 1
    records.database.run("UPDATE answers SET asked = asked - 200000")
    assert records.threads_older_than(1) == ["thread"]
    records.forget_older_than(1)
    assert records.threads_of(2) == []
    assert records.figures()["questions"] == 0


def test_figures_are_in_the_text_format_of_prometheus() -> None:
    metrics = Metrics()
    metrics.answered(given())
    metrics.gauge("rawi_jobs", "Jobs.", lambda: 2)
    lines = metrics.text().splitlines()
    assert 'rawi_questions_total{mode="quoted"} 1' in lines
    assert 'rawi_stage_seconds_sum{stage="retrieve"} 0.02' in lines
    assert "# TYPE rawi_jobs gauge" in lines
    assert "rawi_jobs 2" in lines
