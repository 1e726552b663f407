"""What was made lately is given again; what was not asked for longest is made anew."""

from __future__ import annotations

from vectorstore.core.lru_cache import LRUCache


def test_only_what_is_not_known_is_made_and_the_longest_unused_goes() -> None:
    made: list[list[str]] = []

    def make(keys: list[str]) -> list[str]:
        made.append(keys)
        return [key.upper() for key in keys]

    cache: LRUCache[str, str] = LRUCache(2)
    assert cache.get_all(["a", "b", "a"], make) == ["A", "B", "A"]
    assert cache.get_all(["a"], make) == ["A"]
    assert cache.get_all(["c", "a"], make) == ["C", "A"]
    assert cache.get_all(["b"], make) == ["B"]
    assert made == [["a", "b"], ["c"], ["b"]]


def test_more_keys_than_are_kept_all_get_their_value() -> None:
    cache: LRUCache[int, int] = LRUCache(1)
    assert cache.get_all([1, 2, 3], lambda keys: [-key for key in keys]) == [-1, -2, -3]
    assert cache.get_all([], lambda keys: keys) == []
