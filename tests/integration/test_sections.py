"""Sections of stored articles: filters, the command line, and catalogues of older versions."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.integration.conftest import Opened, Typed
from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.types import Article, Filters, Passage

ARTICLES = (
    Article(
        id="match",
        title="فوز فريق المرفأ في المباراة الأخيرة",
        text="فاز فريق المرفأ على ضيفه في المباراة الأخيرة من الموسم.",
        metadata={"category": "sport"},
    ),
    Article(
        id="prices",
        title="تراجع أسعار السمك في المرفأ",
        text="تراجعت أسعار السمك في سوق المرفأ بعد المباراة مع بداية الموسم.",
        url="https://x.example/business/17",
    ),
    Article(id="other", title="المرفأ القديم", text="يعود تاريخ المرفأ القديم إلى قرون مضت."),
)


def chunked(article: Article) -> list[Passage]:
    return [Passage(0, 0, len(article.text), article.text)]


def fill(opened: Opened) -> None:
    store = opened()
    store.put_many([(article, chunked(article)) for article in ARTICLES])


def test_articles_are_found_by_section(opened: Opened, size: None) -> None:
    fill(opened)
    store = opened(writable=False)
    assert store.catalogue.sections() == [("economy", 1), ("sport", 1)]
    for section, article_id in (("sport", "match"), ("economy", "prices")):
        found = store.search("المباراة في المرفأ", 8, Filters(sections=(section,)))
        assert [p.article.id for p in found] == [article_id]
        assert found[0].article.section == section
    assert len(store.search("المباراة في المرفأ", 8)) == len(ARTICLES)


def test_the_list_shows_one_section(opened: Opened, typed: Typed) -> None:
    fill(opened)
    listed = json.loads(typed("articles", "list", "--section", "رياضة", "--json").stdout)
    assert [(a["id"], a["section"]) for a in listed] == [("match", "sport")]
    assert typed("articles", "list", "--section", "طبخ").exit_code == 2


def test_a_catalogue_without_sections_is_read_as_it_is_and_migrated_by_the_next_writer(
    opened: Opened, home: Path
) -> None:
    fill(opened)
    path = home / "store" / "catalogue.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP INDEX articles_section")
        db.execute("ALTER TABLE articles DROP COLUMN section")
        db.execute("PRAGMA user_version=3")
        db.commit()
    reader = Catalogue(path, create=False)
    expected = {"match": "sport", "prices": "economy", "other": None}
    assert {i.id: i.section for i in reader.list_articles()} == expected
    assert reader.selectivity(Filters(sections=("sport",))) == 1 / 3
    with closing(Catalogue(path)) as writer:
        assert {i.id: i.section for i in writer.list_articles()} == expected
    assert {i.id: i.section for i in reader.list_articles()} == expected
    reader.close()


def test_the_categories_of_a_feed_change_no_hash() -> None:
    article = ARTICLES[2]
    listed = Article(
        id=article.id,
        title=article.title,
        text=article.text,
        metadata={"feed_categories": ["Sport"]},
    )
    assert listed.content_hash == article.content_hash
