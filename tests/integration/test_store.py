"""What goes into the store, what is found, and that nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from tests.integration.newsroom import article, by_paragraph, found, kept, put, utc
from vectorstore.core.errors import StoreError
from vectorstore.core.types import Filters
from vectorstore.indexes.chroma_index import ChromaIndex
from vectorstore.store import ArticleStore

BUDGET = "أقر البرلمان ميزانية العام المقبل بعد نقاش طويل."
TAX = "ترفع الميزانية الجديدة الضرائب على التبغ والسكر."
MATCH = "فاز المنتخب في المباراة النهائية بركلات الترجيح."
RAIN = "هطلت أمطار غزيرة على المدن الساحلية وتسببت في فيضانات."

Opened = Callable[..., ArticleStore]

pytestmark = pytest.mark.usefixtures("size")


def test_an_article_is_found_with_its_place(store: ArticleStore) -> None:
    budget = article("budget", BUDGET, TAX, title="الميزانية", source="المرسى", url="https://m/1")
    assert put(store, budget, article("match", MATCH)) == [("added", 2), ("added", 1)]
    best = store.search("كم ترتفع الضرائب على التبغ؟")[0]
    assert (best.article.id, best.article.title, best.article.url) == (
        "budget",
        "الميزانية",
        "https://m/1",
    )
    assert budget.text[best.start : best.end] == best.text == TAX
    assert 0 <= best.score <= 1 and best.similarity > 0.8 and best.lexical > 0
    assert store.get("budget") == budget
    assert store.check() == []


def test_an_english_question_finds_an_arabic_article(store: ArticleStore) -> None:
    put(store, article("match", MATCH), article("rain", RAIN), article("budget", BUDGET))
    assert found(store, "Which cities had heavy rain and floods?", k=1) == [RAIN]


@pytest.mark.parametrize("question", ["", "   ", "؟!", "\ud800", "a" * 10_000, 'AND ("'])
def test_no_question_breaks_the_search(store: ArticleStore, question: str) -> None:
    put(store, article("match", MATCH))
    assert found(store, question) in ([], [MATCH])
    assert found(store, "المباراة", k=0) == []


def test_unchanged_articles_embed_nothing(opened: Opened, embedded: list[str]) -> None:
    articles = [article("budget", BUDGET, TAX), article("match", MATCH)]
    put(opened(), *articles)
    before, generation = kept(opened()), opened().catalogue.generation
    embedded.clear()
    again = opened()
    assert put(again, *articles) == [("unchanged", 0), ("unchanged", 0)]
    assert embedded == [] and kept(again) == before
    assert again.catalogue.generation == generation, "readers need not look again"


def test_a_changed_article_is_replaced_whole(store: ArticleStore) -> None:
    put(store, article("news", BUDGET, title="قديم"))
    assert put(store, article("news", MATCH, title="جديد")) == [("updated", 1)]
    assert found(store, "الميزانية") == [MATCH]
    assert store.get("news") == article("news", MATCH, title="جديد")


def test_a_shorter_version_leaves_nothing_behind(store: ArticleStore) -> None:
    put(store, article("news", BUDGET, TAX, RAIN), article("match", MATCH))
    put(store, article("news", RAIN))
    catalogue, chroma, lexical = kept(store)
    assert catalogue == chroma == lexical and len(catalogue) == 2
    assert sorted(found(store, "ضرائب الميزانية")) == sorted([MATCH, RAIN])
    assert store.check() == []


def test_of_a_changed_article_only_new_passages_are_embedded(
    store: ArticleStore, embedded: list[str]
) -> None:
    put(store, article("news", BUDGET, TAX, title="خبر"))
    embedded.clear()
    assert put(store, article("news", BUDGET, RAIN, title="خبر")) == [("updated", 1)]
    assert embedded == [f"خبر\n{RAIN}"]
    assert put(store, article("news", BUDGET, RAIN, title="عنوان")) == [("updated", 2)]


def test_an_article_can_go_back_to_what_it_was(store: ArticleStore) -> None:
    first, second = article("news", BUDGET, TAX), article("news", MATCH)
    for version in (first, second, first):
        put(store, version)
        assert set(found(store, "خبر")) == {p.text for p in by_paragraph(version)}
    assert store.check() == []


def test_the_last_of_several_versions_in_a_batch_wins(store: ArticleStore) -> None:
    results = put(store, article("news", BUDGET), article("match", MATCH), article("news", RAIN))
    assert results == [("added", 1), ("added", 1)]
    assert sorted(found(store, "خبر")) == sorted([MATCH, RAIN])


def test_an_unchanged_article_at_another_place_is_told_so(store: ArticleStore) -> None:
    put(store, article("news", BUDGET, origin="/old"), article("match", MATCH, origin="/m"))
    again = [article("news", BUDGET, origin="/new"), article("match", MATCH, origin="/m")]
    assert put(store, *again) == [("unchanged", 0)] * 2
    assert store.catalogue.origins_of(["news", "match"]) == {"news": "/new", "match": "/m"}


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_every_origin_is_listed_once_whatever_the_page(
    store: ArticleStore, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vectorstore.catalogue.articles._ROWS_PER_PAGE", page)
    places = {"a": "/a", "b": None, "c": "/c", "d": "/d"}
    put(store, *(article(name, MATCH, origin=place) for name, place in places.items()))
    assert list(store.catalogue.origins()) == [("/a", "a"), ("/c", "c"), ("/d", "d")]


def test_an_article_without_text_is_kept_and_not_found(store: ArticleStore) -> None:
    assert put(store, article("empty"), article("match", MATCH)) == [("added", 0), ("added", 1)]
    assert found(store, "المباراة") == [MATCH]
    assert put(store, article("empty")) == [("unchanged", 0)]
    assert store.check() == []


def test_removed_articles_are_gone(store: ArticleStore) -> None:
    put(store, article("news", BUDGET, TAX), article("match", MATCH))
    assert store.remove(["news", "unknown", "news"]) == ["news"]
    assert store.get("news") is None and found(store, "الميزانية") == [MATCH]
    assert [len(ids) for ids in kept(store)] == [1, 1, 1]
    assert store.remove(["news"]) == [] and store.check() == []


def test_a_store_opened_without_a_chunker_takes_no_articles(opened: Opened) -> None:
    put(opened(), article("match", MATCH))
    store = opened(chunker_id=None)
    with pytest.raises(StoreError, match="without a chunker"):
        put(store, article("news", BUDGET))
    assert store.remove(["match"]) == ["match"]


def test_a_missing_store_is_explained_and_not_made(opened: Opened, home: Path) -> None:
    with pytest.raises(StoreError, match="rawi ingest PATH"):
        opened(writable=False)
    assert not home.exists()


def test_more_vectors_than_chroma_takes_at_once(tmp_path: Path) -> None:
    count = 6_000  # Chroma takes 5,461
    rows = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32)
    ids = [f"p{i}" for i in range(count)]
    index = ChromaIndex(tmp_path / "vectors")
    index.upsert(ids, rows, [{"article": "a"}] * count)
    index.reopen(1)
    assert sum(len(page) for page, _ in index.pages()) == count
    ((found, score),) = index.search(rows[5_900], 1)
    assert found == "p5900" and score == pytest.approx(1.0, abs=1e-5)
    index.delete([*ids[:5_990], "unknown"])
    assert {pid for page, _ in index.pages() for pid in page} == set(ids[5_990:])
    index.close()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(sources=("المرسى",)), {"may", "june"}),
        (Filters(sources=("المرسى", "الساحل")), {"may", "june", "july"}),
        (Filters(sources=("مرسى",)), set()),
        (Filters(since=utc("2021-06-04T00:00")), {"june", "july"}),
        (Filters(until=utc("2021-06-04T16:57")), {"may", "june"}),
        (Filters(until=utc("2021-06-04T16:56")), {"may"}),
        (Filters(utc("2021-05-31T21:00"), utc("2021-05-31T21:00")), {"may"}),
        (Filters(utc("2021-06-01T00:00"), utc("2021-06-30T00:00"), ("الساحل",)), set()),
    ],
)
def test_filters_by_date_and_source(
    store: ArticleStore, filters: Filters, expected: set[str]
) -> None:
    put(
        store,
        # 2021-06-01 00:00 in Riyadh is still May in UTC.
        article(
            "may", RAIN, source="المرسى", published_at=datetime.fromisoformat("2021-06-01T00:00+03")
        ),
        article("june", RAIN, source="المرسى", published_at=datetime(2021, 6, 4, 16, 57)),
        article("july", RAIN, source="الساحل", published_at=utc("2021-07-01T09:00")),
        article("undated", RAIN),
    )
    answers = store.search("أمطار غزيرة", filters=filters)
    assert {answer.article.id for answer in answers} == expected


def test_a_filtered_search_is_the_search_without_the_rest(store: ArticleStore) -> None:
    """However many articles pass: few are compared one by one, many are picked from the nearest."""
    topics = [BUDGET, TAX, MATCH, RAIN]
    articles = [
        article(f"{i}", topics[i % 4], title=f"خبر {i}", published_at=utc(f"2021-{i:03}"))
        for i in range(1, 121)
    ]
    put(store, *articles)
    similarity = {p.article.id: p.similarity for p in store.search("فيضانات", 1_000)}
    for days in (1, 9, 40, 110):
        passing = [a.id for a in articles[:days]]
        filters = Filters(since=articles[0].published_at, until=articles[days - 1].published_at)
        answers = store.search("فيضانات", 5, filters)
        assert len(answers) == min(5, days)
        assert {answer.article.id for answer in answers} <= set(passing)
        nearest = max(similarity[i] for i in passing)
        assert max(a.similarity for a in answers) == pytest.approx(nearest, abs=1e-3)


def test_a_question_does_not_wait_for_an_ingest_in_the_same_process(opened: Opened) -> None:
    embedding, go_on = threading.Event(), threading.Event()

    def throttle() -> None:
        embedding.set()
        assert go_on.wait(240)

    go_on.set()
    store = opened(throttle=throttle)
    put(store, article("match", MATCH))
    go_on.clear()
    embedding.clear()
    writer = threading.Thread(target=put, args=(store, article("news", BUDGET)))
    writer.start()
    assert embedding.wait(240)
    assert found(store, "المباراة") == [MATCH]
    assert writer.is_alive(), "the question waited for the writer to give up"
    go_on.set()
    writer.join()
    assert BUDGET in found(store, "الميزانية")


def test_many_threads_ask_while_articles_change(store: ArticleStore) -> None:
    """Every question finds exactly one version of the article that is being replaced."""
    versions = [article("news", f"{BUDGET} نسخة {i}.", title="خبر") for i in range(12)]
    put(store, versions[0], article("match", MATCH))
    wrong: list[list[str]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answers = found(store, "ميزانية البرلمان")
            if sum(BUDGET in answer for answer in answers) != 1 or MATCH not in answers:
                wrong.append(answers)

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for version in versions[1:]:
        put(store, version)
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert store.check() == []
