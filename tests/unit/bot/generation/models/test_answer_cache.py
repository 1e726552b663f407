from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from bot.generation.models import answer_cache
from bot.generation.models.answer_cache import AnswerCache, CachedAnswer

KEY = AnswerCache.key([("system", "rules"), ("human", "question")], "v1", "openai:x", None)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_another_process_finds_a_cached_answer(tmp_path: Path) -> None:
    AnswerCache(tmp_path / "a.db", 7).put(KEY, CachedAnswer("جواب [1]", 10, 5))
    assert AnswerCache(tmp_path / "a.db", 7).get(KEY) == CachedAnswer("جواب [1]", 10, 5)


def test_reads_a_file_of_version_0_2(tmp_path: Path) -> None:
    """The schema and the key must not change: files of earlier versions are in use."""
    assert KEY == "b334ebac996601a3b8efaa53a27cb814d93b42235769327a00d7f017f7c45a8b"
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute(
            "CREATE TABLE answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, "
            "read INTEGER, written INTEGER, at REAL NOT NULL)"
        )
        db.execute("INSERT INTO answers VALUES (?, 'جواب [1]', 10, NULL, 999.0)", (KEY,))
    cache = AnswerCache(tmp_path / "a.db", 7, clock=Clock())
    assert cache.get(KEY) == CachedAnswer("جواب [1]", 10, None)


def test_the_key_depends_on_all_parameters() -> None:
    prompt = [("system", "rules"), ("human", "question")]
    keys = {
        KEY,
        AnswerCache.key([("system", "rules"), ("human", "other")], "v1", "openai:x", None),
        AnswerCache.key(prompt, "v2", "openai:x", None),
        AnswerCache.key(prompt, "v1", "openai:y", None),
        AnswerCache.key(prompt, "v1", "openai:x", "http://here"),
    }
    assert len(keys) == 5


def test_answers_expire(tmp_path: Path) -> None:
    clock = Clock()
    cache = AnswerCache(tmp_path / "a.db", 7, clock=clock)
    cache.put(KEY, CachedAnswer("قديم"))
    clock.now += 7 * 86_400
    assert cache.get(KEY) is not None
    clock.now += 1
    assert cache.get(KEY) is None


def test_only_the_newest_answers_are_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_cache, "MAX_ANSWERS", 3)
    clock = Clock()
    cache = AnswerCache(tmp_path / "a.db", 7, clock=clock)
    for number in range(5):
        clock.now += 1
        cache.put(str(number), CachedAnswer("x"))
    assert [n for n in range(5) if cache.get(str(n))] == [2, 3, 4]


def test_zero_days_cache_nothing(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "a.db", 0)
    cache.put(KEY, CachedAnswer("x"))
    assert cache.get(KEY) is None
    assert not (tmp_path / "a.db").exists()


def test_a_corrupt_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is no database, whatever its name says" * 50)
    cache = AnswerCache(tmp_path / "a.db", 7)
    assert cache.get(KEY) is None
    cache.put(KEY, CachedAnswer("x"))
    assert cache.get(KEY) == CachedAnswer("x")


def test_a_path_that_cannot_be_written_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = AnswerCache(tmp_path / "file" / "a.db", 7)
    cache.put(KEY, CachedAnswer("x"))
    assert cache.get(KEY) is None


def test_threads_share_a_cache(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "a.db", 7)

    def put(number: int) -> None:
        cache.put(str(number), CachedAnswer(f"answer {number}"))

    threads = [threading.Thread(target=put, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [cache.get(str(n)) for n in range(20)]
    assert found == [CachedAnswer(f"answer {n}") for n in range(20)]
