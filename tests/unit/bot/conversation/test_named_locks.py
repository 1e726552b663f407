"""Turns: one at a time for a name, names apart, and nothing kept of those that are done."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.conversation.named_locks import NamedLocks


def test_one_at_a_time_for_a_name_and_nothing_is_kept() -> None:
    locks = NamedLocks()
    inside: list[str] = []
    together: list[int] = []

    def visit(number: int) -> None:
        name = f"chat-{number % 5}"
        with locks.hold(name):
            inside.append(name)
            together.append(inside.count(name))
            inside.remove(name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(400)))
    assert together == [1] * 400
    assert len(locks) == 0


def test_another_name_does_not_wait_and_a_waiting_one_keeps_its_lock() -> None:
    locks = NamedLocks()
    entered = threading.Event()
    with locks.hold("a"):
        waiting = threading.Thread(target=lambda: _enter(locks, "a", entered))
        waiting.start()
        with locks.hold("b"):
            assert len(locks) == 2
        assert not entered.is_set()
    waiting.join(240)
    assert entered.is_set()
    assert len(locks) == 0


def test_a_turn_that_fails_is_given_on() -> None:
    locks = NamedLocks()
    with pytest.raises(ValueError, match="broken"), locks.hold("a"):
        raise ValueError("broken")
    with locks.hold("a"):
        assert len(locks) == 1


def _enter(locks: NamedLocks, name: str, entered: threading.Event) -> None:
    with locks.hold(name):
        entered.set()
