"""Thread contamination: answers that depend on what was asked before."""

from __future__ import annotations

import json
from types import SimpleNamespace

from bot.core.models import Answer
from evaluation.runs.contamination import independent_questions, measure_contamination
from evaluation.testsets.checks import AnswerChecks
from evaluation.testsets.testsets import Conversation, GoldQuestion
from tests.unit.evaluation.golds import cite, gold, refuse, reply

TOLL = "ارتفعت الحصيلة إلى 21 قتيلًا."
HOUSES = "تضرر 412 منزلًا."


def _question(name: str) -> GoldQuestion:
    return gold(id=name, item_id=name, question=f"{name}؟")


QUESTIONS = [_question(name) for name in "abcdef"]


class Engine:
    """Answers ``spoiled`` otherwise when ``spoiler`` was asked right before in the thread."""

    store = SimpleNamespace()

    def __init__(self, spoiler: str = "", spoiled: str = "", answer: Answer | None = None) -> None:
        self.threads: dict[str, list[str]] = {}
        self.deleted: list[str] = []
        self._spoiler, self._spoiled = f"{spoiler}؟", f"{spoiled}؟"
        self._answer = answer

    def ask(self, question: str, *, thread: str | None = None) -> Answer:
        assert thread is not None
        asked = self.threads.setdefault(thread, [])
        asked.append(question)
        if self._answer and asked[-2:] == [self._spoiler, self._spoiled]:
            return self._answer
        return reply(cite("flood", TOLL), text="الحصيلة [1]", standalone_question=question)

    def delete_thread(self, thread: str) -> None:
        self.deleted.append(thread)


def test_every_question_is_asked_alone_and_in_every_order() -> None:
    engine = Engine()
    done: list[int] = []

    found = measure_contamination(engine, QUESTIONS, orders=2, seed=1, advance=done.append)

    lengths = [len(asked) for asked in engine.threads.values()]
    assert lengths == [1] * 6 + [6, 6]
    first, second = list(engine.threads.values())[6:]
    assert sorted(first) == sorted(second) == [q.question for q in QUESTIONS]
    assert first != second
    assert sum(done) == 18
    assert engine.deleted == list(engine.threads)
    assert (found.asked, found.changed) == (12, ())


def test_the_same_seed_asks_in_the_same_orders() -> None:
    runs = [Engine(), Engine(), Engine()]
    for engine, seed in zip(runs, (1, 1, 2), strict=True):
        measure_contamination(engine, QUESTIONS, orders=1, seed=seed)
    one, same, other = ([*engine.threads.values()][-1] for engine in runs)
    assert one == same != other


def test_a_changed_answer_is_named_with_the_question_before() -> None:
    order = Engine()
    measure_contamination(order, QUESTIONS, orders=1, seed=1)
    before, after = ([*order.threads.values()][-1])[2:4]
    changes = {
        ("text", "citations", "refused"): refuse(),
        ("citations",): reply(cite("flood", HOUSES), text="الحصيلة [1]"),
        ("text",): reply(cite("flood", TOLL), text="21 [1]"),
    }
    for differs, answer in changes.items():
        engine = Engine(before.strip("؟"), after.strip("؟"), answer)
        [changed] = measure_contamination(engine, QUESTIONS, orders=1, seed=1).changed
        assert (changed.previous_question, changed.question) == (before, after)
        assert (changed.order, changed.place, changed.differs) == (1, 4, differs)
        assert changed.alone.text == "الحصيلة [1]"
        assert changed.in_thread.text == answer.text


def test_the_json_counts_and_lists_the_changes() -> None:
    order = Engine()
    measure_contamination(order, QUESTIONS, orders=1, seed=1)
    before, after = (question.strip("؟") for question in [*order.threads.values()][-1][:2])
    found = measure_contamination(Engine(before, after, refuse()), QUESTIONS, orders=1, seed=1)

    written = json.loads(json.dumps(found.to_json()))

    assert {name: written[name] for name in ("questions", "orders", "asked", "changed")} == {
        "questions": 6,
        "orders": 1,
        "asked": 6,
        "changed": 1,
    }
    [changed] = written["changed_answers"]
    assert (changed["previous_id"], changed["id"]) == (before, after)
    assert changed["in_thread"]["mode"] == "refusal"


def test_later_turns_and_commands_are_not_independent() -> None:
    first = gold(id="t#1", turn=1, position="first")
    later = gold(id="t#2", turn=2, position="followup")
    command = gold(id="more", checks=AnswerChecks(command="more"))
    conversations = [
        Conversation("t", [first, later]),
        Conversation("more", [command]),
        Conversation("a", [QUESTIONS[0]]),
    ]

    assert independent_questions(conversations) == [first, QUESTIONS[0]]
