"""Turns: one at a time for a name, names apart, and nothing kept of those that are done."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.conversation.thread_locks import NamedLocks


def test_one_at_a_time_for_a_name_and_nothing_is_kept() -> None:
    turns = NamedLocks()
    inside: list[str] = []
    together: list[int] = []

    def visit(number: int) -> None:
        name = f"chat-{number % 5}"
        with turns.of(name):
            inside.append(name)
            together.append(inside.count(name))
            inside.remove(name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(400)))
    assert together == [1] * 400
    assert len(turns) == 0


def test_another_name_does_not_wait_and_a_waiting_one_keeps_its_lock() -> None:
    turns = NamedLocks()
    entered = threading.Event()
    with turns.of("a"):
        waiting = threading.Thread(target=lambda: _enter(turns, "a", entered))
        waiting.start()
        with turns.of("b"):
            assert len(turns) == 2
        assert not entered.is_set()
    waiting.join(240)
    assert entered.is_set()
    assert len(turns) == 0


def test_a_turn_that_fails_is_given_on() -> None:
    turns = NamedLocks()
    with pytest.raises(ValueError, match="broken"), turns.of("a"):
        raise ValueError("broken")
    with turns.of("a"):
        assert len(turns) == 1


def _enter(turns: NamedLocks, name: str, entered: threading.Event) -> None:
    with turns.of(name):
        entered.set()
