"""A title without end does not push its passages out of the model's window."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.newsroom import article, by_paragraph, put
from vectorstore.catalogue.passages import EMBEDDED_TITLES_KEY
from vectorstore.store import ArticleStore

RAIN = "هطلت أمطار غزيرة على المدن الساحلية وتسببت في سيول"
TITLE = "أخبار متفرقة من كل مكان " * 200

Opened = Callable[..., ArticleStore]


def test_passages_under_an_endless_title_are_embedded_themselves(
    store: ArticleStore, embedded: list[str]
) -> None:
    put(store, article("rain", RAIN, title=TITLE), article("tax", "ضريبة", title="قصير"))
    assert embedded == [f"{TITLE[:200]}\n{RAIN}", "قصير\nضريبة"]
    plain = store.embedder.embed_passages([RAIN])[0]
    assert store.search("أين هطلت الأمطار؟")[0].text == RAIN
    vector = store.catalogue.vectors_by_text(["rain"])["rain", TITLE, RAIN]
    assert float(vector @ plain) > 0.85


def test_all_words_of_an_endless_title_are_still_searched(store: ArticleStore) -> None:
    put(store, article("rain", RAIN, title=f"{TITLE} زمردة"), article("tax", "ضريبة", title="ب"))
    assert [p.text for p in store.search("زمردة") if p.lexical > 0] == [RAIN]


def test_only_vectors_with_endless_titles_are_made_anew(
    opened: Opened, embedded: list[str]
) -> None:
    with opened() as store:
        put(store, article("rain", RAIN, title=TITLE), article("tax", "ضريبة", title="قصير"))
        # As a store of before the cut is:
        store.catalogue.set_meta(EMBEDDED_TITLES_KEY, "any")
        assert store.check() == [
            "1 articles are embedded with titles of any length; `rawi store rebuild` repairs it"
        ]
        embedded.clear()
        result = store.rebuild(by_paragraph)
        assert (result.reused, result.embedded) == (1, 1)
        assert embedded == [f"{TITLE[:200]}\n{RAIN}"]
        assert store.check() == []


def test_a_store_without_endless_titles_needs_no_rebuild(opened: Opened) -> None:
    with opened() as store:
        put(store, article("tax", "ضريبة", title="قصير"))
        store.catalogue.set_meta(EMBEDDED_TITLES_KEY, "any")
        assert store.check() == []
        assert store.rebuild(by_paragraph).embedded == 0
