"""A question that is changed after it was answered takes its place in the conversation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.settings import BotSettings
from bot.engine import Engine
from vectorstore.core.settings import StoreSettings

STATEMENT = "ماذا قال نتنياهو عن البرنامج النووي الإيراني؟"
PROMISE = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
TRAIN = "كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟"
FOLLOW_UP = "ومن انتقد تصريحاته؟"
CRITIC = "غانتس"


@pytest.fixture(scope="module")
def engine(filled_samples: StoreSettings) -> Iterator[Engine]:
    with Engine.open(store_settings=filled_samples, settings=BotSettings(history=3)) as opened:
        yield opened


def test_a_follow_up_leans_on_the_changed_question_not_on_its_first_form(engine: Engine) -> None:
    engine.ask(TRAIN, thread="changed", turn_id="1")
    engine.ask(STATEMENT, thread="changed", turn_id="1", edited=True)
    assert CRITIC in engine.ask(FOLLOW_UP, thread="changed", turn_id="2").text


def test_a_changed_follow_up_leans_on_what_came_before_it(engine: Engine) -> None:
    engine.ask(STATEMENT, thread="earlier", turn_id="1")
    engine.ask("ومتى؟", thread="earlier", turn_id="2")
    engine.ask(TRAIN, thread="earlier", turn_id="3")
    anew = engine.ask(FOLLOW_UP, thread="earlier", turn_id="2", edited=True)
    assert CRITIC in anew.text
    # The newest question is still the one asked last.
    assert "طوكيو" in engine.ask("ومتى؟", thread="earlier", turn_id="4").standalone_question


def test_a_question_answered_twice_by_mistake_is_one_turn(engine: Engine) -> None:
    engine.ask(STATEMENT, thread="twice", turn_id="1")
    first = engine.ask(FOLLOW_UP, thread="twice", turn_id="2")
    again = engine.ask(FOLLOW_UP, thread="twice", turn_id="2")
    assert (again.text, again.standalone_question) == (first.text, first.standalone_question)


def test_a_changed_question_of_a_forgotten_conversation_starts_none(engine: Engine) -> None:
    engine.ask(STATEMENT, thread="forgotten", turn_id="1")
    engine.delete_thread("forgotten")
    assert not engine.ask(PROMISE, thread="forgotten", turn_id="1", edited=True).refused
    assert engine.ask("ومتى؟", thread="forgotten", turn_id="2").standalone_question == "ومتى؟"
