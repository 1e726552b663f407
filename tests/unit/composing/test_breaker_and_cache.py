"""A failing model is left alone for a while; what was written is kept, and never in the way."""

from __future__ import annotations

import threading
from pathlib import Path

from bot.generation.models.answer_cache import MOST_KEPT, AnswerCache, Written
from bot.generation.models.circuit_breaker import CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = CircuitBreaker(3, 60, clock=Clock())
    for _ in range(2):
        assert breaker.lets_through()
        breaker.failed()
    assert breaker.lets_through()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.lets_through()
        breaker.failed()
    assert not breaker.lets_through()


def test_after_the_pause_one_call_sees_how_it_goes() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 60, clock=clock)
    breaker.failed()
    clock.now += 59
    assert not breaker.lets_through()
    clock.now += 1
    assert breaker.lets_through()
    assert not breaker.lets_through(), "the others wait for its outcome"
    breaker.succeeded()
    assert breaker.lets_through()
    assert breaker.lets_through()


def test_a_failure_of_that_call_begins_the_pause_again() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 60, clock=clock)
    breaker.failed()
    clock.now += 60
    assert breaker.lets_through()
    breaker.failed()
    clock.now += 59
    assert not breaker.lets_through()


KEY = AnswerCache.key([("system", "rules"), ("human", "question")], "v1", "openai:x", None)


def test_what_was_written_is_found_again_by_another_process(tmp_path: Path) -> None:
    AnswerCache(tmp_path / "a.db", 7).put(KEY, Written("جواب [1]", 10, 5))
    assert AnswerCache(tmp_path / "a.db", 7).get(KEY) == Written("جواب [1]", 10, 5)


def test_anything_that_decides_the_answer_changes_the_key() -> None:
    prompt = [("system", "rules"), ("human", "question")]
    keys = {
        KEY,
        AnswerCache.key([("system", "rules"), ("human", "other")], "v1", "openai:x", None),
        AnswerCache.key(prompt, "v2", "openai:x", None),
        AnswerCache.key(prompt, "v1", "openai:y", None),
        AnswerCache.key(prompt, "v1", "openai:x", "http://here"),
    }
    assert len(keys) == 5


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    cache = AnswerCache(tmp_path / "a.db", 7, clock=clock)
    cache.put(KEY, Written("قديم"))
    clock.now += 7 * 86_400 + 1
    assert cache.get(KEY) is None


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    clock = Clock()
    cache = AnswerCache(tmp_path / "a.db", 7, clock=clock)
    cache.put("first", Written("x"))
    for number in range(3):
        clock.now += 1
        cache.put(f"k{number}", Written("x"))
    assert cache.get("first") is not None
    assert MOST_KEPT >= 1_000


def test_zero_days_keep_nothing(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "a.db", 0)
    cache.put(KEY, Written("x"))
    assert cache.get(KEY) is None
    assert not (tmp_path / "a.db").exists()


def test_a_broken_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is no database, whatever its name says" * 50)
    cache = AnswerCache(tmp_path / "a.db", 7)
    assert cache.get(KEY) is None
    cache.put(KEY, Written("x"))
    assert cache.get(KEY) == Written("x")


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "not" / "there" / "a.db", 7)
    cache.put(KEY, Written("x"))
    assert cache.get(KEY) is None


def test_threads_share_it(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "a.db", 7)

    def work(number: int) -> None:
        cache.put(str(number), Written(f"answer {number}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cache.get(str(n)) for n in range(20)] == [Written(f"answer {n}") for n in range(20)]
