"""Running a test set: order, threads, errors, and taking up a run that was stopped."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.models import Answer
from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import load_run
from evaluation.runs.run_folder import RunFolder
from evaluation.runs.runner import run_testset
from evaluation.runs.summary import summarise_run
from evaluation.testsets.checks import AnswerChecks
from evaluation.testsets.testsets import Conversation
from tests.unit.evaluation.golds import TEXTS, cite, found, gold, refuse, reply
from vectorstore.core.types import Article

CONFIG = {"format": 1, "name": "r", "testset": {"sha256": "s", "items": 3, "turns": 4}, "seed": 0}
TOLL = "ارتفعت الحصيلة إلى 21 قتيلًا."


class FakeStore:
    """Articles by id."""

    def get(self, article_id: str) -> Article | None:
        text = TEXTS.get(article_id)
        if not text:
            return None
        return Article(
            id=article_id,
            title=f"عنوان {article_id}",
            text=text,
            metadata={"category": "local"},
        )


class ScriptedEngine:
    """Gives scripted answers, and records questions with their threads."""

    def __init__(self, answer: Callable[[str], Answer] | None = None) -> None:
        self.store = FakeStore()
        self.asked: list[tuple[str, str | None]] = []
        self.forgotten: list[str] = []
        self._answer = answer or (lambda question: _right())
        self._lock = threading.Lock()

    def ask(self, question: str, *, thread: str | None = None) -> Answer:
        with self._lock:
            self.asked.append((question, thread))
        return replace(self._answer(question), question=question)

    def delete_thread(self, thread: str) -> None:
        self.forgotten.append(thread)


def _right() -> Answer:
    return reply(cite("flood", TOLL), retrieved=found(("flood", TOLL)), confidence=0.9)


def _single(name: str) -> Conversation:
    return Conversation(name, [gold(id=name, item_id=name, question=name)])


def _talk(name: str, turns: int) -> Conversation:
    questions = [
        gold(
            id=f"{name}#{n}",
            item_id=name,
            turn=n,
            position="first" if n == 1 else "followup",
            question=f"{name}#{n}",
        )
        for n in range(1, turns + 1)
    ]
    return Conversation(name, questions)


TESTSET = [_single("a"), _talk("t", 2), _single("b")]
IDS = ["a", "t#1", "t#2", "b"]


def _lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _begun(tmp_path: Path, **changes: Any) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    assert folder.start(CONFIG | changes) == []
    return folder


def test_a_run_has_a_row_per_question_in_the_test_sets_order(tmp_path: Path) -> None:
    folder = _begun(tmp_path)

    rows = run_testset(ScriptedEngine(), TESTSET, folder, jobs=3)

    assert [row["id"] for row in rows] == [row["id"] for row in _lines(folder.path)] == IDS
    folder.finish(summarise_run(rows))
    stored = load_run(folder.path)
    assert stored.scored_run().expected == 4
    assert stored.summary["measures"]["contains_gold"]["value"] == 1.0


def test_a_row_holds_what_a_report_shows(tmp_path: Path) -> None:
    row = run_testset(ScriptedEngine(), [_single("a")], _begun(tmp_path))[0]

    assert row["retrieved"][0]["text"] == TOLL
    assert row["retrieved"][0]["title"] == "عنوان flood"
    assert row["answer"]["citations"][0]["quote"] == TOLL
    assert row["answer"]["confidence"] == 0.9
    assert row["relevant_ids"] == ["flood"]
    assert row["measures"]["verbatim"] == 1.0
    assert row["error"] is None


def test_a_row_holds_what_its_checks_are_decided_by(tmp_path: Path) -> None:
    published = datetime(2018, 5, 1, tzinfo=UTC)
    answer = reply(
        cite("flood", TOLL, published_at=published, source="BBC"),
        intent="yes_no",
        verdict="yes",
        next_offset=7,
    )
    checks = AnswerChecks(nuggets=[["21"], ["412"]], section="Local", source="bbc", says="yes")
    asked = Conversation("a", [gold(id="a", item_id="a", variety="gulf", checks=checks)])

    [row] = run_testset(ScriptedEngine(lambda question: answer), [asked], _begun(tmp_path))

    assert row["variety"] == "gulf"
    assert row["checks"]["nuggets"] == [["21"], ["412"]]
    assert {name: row["answer"][name] for name in ("mode", "intent", "command", "verdict")} == {
        "mode": "quoted",
        "intent": "yes_no",
        "command": None,
        "verdict": "yes",
    }
    assert row["answer"]["has_more"] is True
    assert row["answer"]["characters"] == len(answer.text)
    [citation] = row["answer"]["citations"]
    assert (citation["published_at"], citation["source"], citation["section"]) == (
        "2018-05-01T00:00:00+00:00",
        "BBC",
        "local",
    )
    assert row["failed_checks"] == [{"check": "nuggets", "expected": [["412"]], "found": 1}]
    assert (row["measures"]["nugget_recall"], row["measures"]["partly"]) == (0.5, 1.0)


def test_turns_share_a_fresh_thread_that_is_forgotten_and_single_questions_have_none(
    tmp_path: Path,
) -> None:
    engine = ScriptedEngine()

    run_testset(engine, [*TESTSET, _talk("u", 2)], _begun(tmp_path), jobs=4)

    threads = {question: thread for question, thread in engine.asked}
    assert threads["a"] is threads["b"] is None
    assert threads["t#1"] == threads["t#2"] != threads["u#1"] == threads["u#2"]
    assert set(engine.forgotten) == {threads["t#1"], threads["u#1"]}
    turns = [question for question, _ in engine.asked if question.startswith("t")]
    assert turns == ["t#1", "t#2"]


def test_an_engine_that_fails_leaves_an_error_and_the_run_goes_on(tmp_path: Path) -> None:
    def answer(question: str) -> Answer:
        if question == "t#1":
            raise RuntimeError("no memory left")
        return _right()

    rows = run_testset(ScriptedEngine(answer), TESTSET, _begun(tmp_path), jobs=2)

    assert [row["error"] for row in rows] == [None, "RuntimeError: no memory left", None, None]
    assert rows[1]["answer"] is None
    assert summarise_run(rows)["errors"] == 1
    assert summarise_run(rows)["measures"]["contains_gold"]["n"] == 3


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder = _begun(tmp_path)

    def stop_at_b(question: str) -> Answer:
        if question == "b":
            raise KeyboardInterrupt
        return _right()

    with pytest.raises(KeyboardInterrupt):
        run_testset(ScriptedEngine(stop_at_b), TESTSET, folder)
    assert sorted(row["id"] for row in _lines(folder.path)) == ["a", "t#1", "t#2"]

    again = ScriptedEngine()
    told: list[int] = []
    rows = run_testset(again, TESTSET, folder, present=folder.start(CONFIG), advance=told.append)

    assert [question for question, _ in again.asked] == ["b"]
    assert told == [3, 1]
    assert [row["id"] for row in rows] == IDS


def test_a_torn_line_is_dropped_and_half_a_conversation_asked_again(tmp_path: Path) -> None:
    folder = _begun(tmp_path)
    run_testset(ScriptedEngine(), TESTSET, folder)
    whole = folder.results.read_bytes().splitlines(keepends=True)
    folder.results.write_bytes(b"".join(whole[:2]) + whole[2][:50])

    present = folder.start(CONFIG)
    again = ScriptedEngine()
    rows = run_testset(again, TESTSET, folder, present=present, jobs=2)

    assert [row["id"] for row in present] == ["a", "t#1"]
    assert sorted(question for question, _ in again.asked) == ["b", "t#1", "t#2"]
    assert [row["id"] for row in rows] == [row["id"] for row in _lines(folder.path)] == IDS


def test_another_configuration_is_refused_with_every_difference(tmp_path: Path) -> None:
    folder = _begun(tmp_path, settings={"bot": {"passages": 8}})
    changed = CONFIG | {"seed": 1, "settings": {"bot": {"passages": 10, "new": True}}}

    with pytest.raises(EvaluationError) as refused:
        folder.start(changed)

    message = str(refused.value)
    assert "settings.bot.passages: 8 in the run, 10 now" in message
    assert "settings.bot.new: null in the run, true now" in message
    assert "seed: 0 in the run, 1 now" in message
    assert "--restart" in message


def test_another_machine_or_day_may_go_on_with_a_run(tmp_path: Path) -> None:
    folder = _begun(tmp_path, created="2026-01-01", machine={"cpus": 2})

    assert folder.start(CONFIG | {"created": "2026-01-02", "machine": {"cpus": 8}}) == []


def test_restart_throws_the_rows_away(tmp_path: Path) -> None:
    folder = _begun(tmp_path)
    folder.finish(summarise_run(run_testset(ScriptedEngine(), TESTSET, folder)))

    assert folder.start(CONFIG | {"seed": 5}, restart=True) == []
    assert _lines(folder.path) == []
    assert not (folder.path / "summary.json").exists()


@pytest.mark.parametrize("restart", [False, True])
def test_a_folder_of_other_things_is_not_taken(tmp_path: Path, restart: bool) -> None:
    (tmp_path / "letter.txt").write_text("keep me")

    with pytest.raises(EvaluationError, match="holds other files"):
        RunFolder(tmp_path).start(CONFIG, restart=restart)
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_strange_characters_survive_in_a_row(tmp_path: Path) -> None:
    strange = "سؤال\u2028\ud800\r"
    asked = Conversation("a", [gold(id="a", item_id="a", question=strange)])
    folder = _begun(tmp_path)

    run_testset(ScriptedEngine(lambda question: refuse()), [asked], folder)

    assert folder.start(CONFIG)[0]["question"] == strange


def test_only_a_finished_run_has_a_summary(tmp_path: Path) -> None:
    folder = _begun(tmp_path)
    assert folder.summary() == {}

    folder.finish(summarise_run(run_testset(ScriptedEngine(), TESTSET, folder)))

    assert folder.summary()["questions"] == 4
