from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles.builder import article_from_record
from vectorstore.core.types import Article

TEXT = "أعلنت الوزارة اليوم افتتاح الجسر الجديد."


def read(**record: Any) -> Article:
    return article_from_record(
        {"text": TEXT, **record}, fallback_id="f.jsonl#1", origin="/news/f.jsonl"
    )


def test_the_id_is_its_own_else_the_url_else_the_place() -> None:
    assert read(id="a", url="https://example.com/1").id == "a"
    assert read(url="https://example.com/1").id == "https://example.com/1"
    assert read().id == "f.jsonl#1"
    front = read(url="https://example.com/")  # which a table may give to all its rows
    assert (front.id, front.url) == ("f.jsonl#1", "https://example.com/")
    assert read(id="  ").id == "f.jsonl#1"
    assert read(id=True).id == "f.jsonl#1"


def test_the_language_is_detected_where_it_is_not_told() -> None:
    assert read().language == "ar"
    assert read(language="klingon").language == "ar"
    assert read(text="123", title="أعلنت الوزارة اليوم افتتاح الجسر").language == "ar"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
names = st.sampled_from(["id", "title", "url", "date", "source", "author", "lang", "x"])


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(names | st.text(max_size=8), json_values, max_size=6))
def test_any_record_becomes_an_article_that_can_be_stored(record: dict[str, Any]) -> None:
    article = article_from_record({**record, "text": TEXT}, fallback_id="f", origin="o")
    assert article.id
    assert "\n" not in article.title
    assert len(article.content_hash) == 64
    "".join([article.id, article.title, article.url or "", str(article.metadata)]).encode()
