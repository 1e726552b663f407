from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.core.disk_dict import DiskDict
from vectorstore.core.types import Article


@pytest.fixture
def values() -> Iterator[DiskDict[Any]]:
    values: DiskDict[Any] = DiskDict()
    yield values
    values.close()


def test_values_are_set_replaced_and_deleted(values: DiskDict[Any]) -> None:
    values["ب"] = ("/b", 1)
    values["a"] = (None, 2)
    values["ب"] = ("/b", 3)
    assert dict(values) == {"a": (None, 2), "ب": ("/b", 3)} and len(values) == 2
    assert "ب" in values and "c" not in values and values.get("c") is None
    assert values.pop("a") == (None, 2) and values.pop("a", None) is None
    assert list(values) == ["ب"]
    with pytest.raises(KeyError):
        values["a"]
    with pytest.raises(KeyError):
        del values["a"]


def test_iteration_is_in_the_order_of_the_last_assignment(values: DiskDict[Any]) -> None:
    for key in "cab":
        values[key] = 1
    values["c"] = 2
    assert list(values.items()) == [("a", 1), ("b", 1), ("c", 2)]


def test_articles_come_back_whole(values: DiskDict[Any]) -> None:
    article = Article(
        id="a",
        title="عنوان",
        text="نص",
        published_at=datetime(2021, 6, 4, tzinfo=UTC),
        metadata={"tags": ["أ", {"ب": 1}]},
    )
    values["a"] = (article, 10)
    assert values["a"] == (article, 10)


def test_it_holds_many_values(values: DiskDict[Any]) -> None:
    for n in range(20_000):
        values[f"https://a.example/{n}"] = ("added", n)
    assert values["https://a.example/19999"] == ("added", 19_999) and len(values) == 20_000
