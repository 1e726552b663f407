from __future__ import annotations

from datetime import UTC, datetime

from ingest.core.deferred_articles import DeferredArticles
from vectorstore.core.types import Article


def article(article_id: str, text: str = "نص") -> Article:
    return Article(
        id=article_id,
        title="عنوان",
        text=text,
        published_at=datetime(2021, 6, 4, tzinfo=UTC),
        metadata={"tags": ["أ", {"ب": 1}]},
    )


def test_articles_come_back_whole_in_the_order_in_which_they_came() -> None:
    waiting = DeferredArticles()
    for name in "cab":
        waiting.put(article(name), 10)
    assert [found for found, _ in waiting] == [article(name) for name in "cab"]
    assert [size for _, size in waiting] == [10, 10, 10]


def test_a_newer_version_takes_the_place_and_the_turn_of_an_older_one() -> None:
    waiting = DeferredArticles()
    assert waiting.put(article("a", "قديم"), 10) == 0
    assert waiting.put(article("b"), 20) == 0
    assert waiting.put(article("a", "جديد"), 30) == 10
    assert [(found.id, found.text) for found, _ in waiting] == [("b", "نص"), ("a", "جديد")]


def test_a_version_that_is_not_wanted_is_forgotten() -> None:
    waiting = DeferredArticles()
    waiting.put(article("a"), 10)
    assert waiting.drop("a") == 10
    assert waiting.drop("a") == 0
    assert list(waiting) == []
