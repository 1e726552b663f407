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
    Article(
        id="unnamed",
        title="النجم يفوز على المرفأ ويتصدر الدوري",
        text="فاز فريق النجم لكرة القدم على المرفأ بهدفين، سجلهما المهاجم في الشوط الثاني من "
        "المباراة، ليتصدر ترتيب الدوري قبل جولتين من نهاية الموسم.",
    ),
)


def chunked(article: Article) -> list[Passage]:
    return [Passage(0, 0, len(article.text), article.text)]


def sections(catalogue: Catalogue) -> dict[str, str | None]:
    return {info.id: info.section for info in catalogue.list_articles()}


def fill(opened: Opened) -> None:
    store = opened()
    store.put_many([(article, chunked(article)) for article in ARTICLES])


def test_articles_are_found_by_section(opened: Opened, size: None) -> None:
    fill(opened)
    store = opened(writable=False)
    assert store.catalogue.sections() == [("sport", 2), ("economy", 1)]
    for section, ids in (("sport", {"match", "unnamed"}), ("economy", {"prices"})):
        found = store.search("المباراة في المرفأ", 8, Filters(sections=(section,)))
        assert {p.article.id for p in found} == ids
        assert found[0].article.section == section
    assert len(store.search("المباراة في المرفأ", 8)) == len(ARTICLES)


def test_the_list_shows_one_section(opened: Opened, typed: Typed) -> None:
    fill(opened)
    listed = json.loads(typed("articles", "list", "--section", "رياضة", "--json").stdout)
    assert {(a["id"], a["section"]) for a in listed} == {("match", "sport"), ("unnamed", "sport")}
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
    given = {"match": "sport", "prices": "economy"}
    assert sections(reader) == {**given, "unnamed": None}
    assert reader.selectivity(Filters(sections=("sport",))) == 1 / 3
    with closing(Catalogue(path)) as writer:
        assert sections(writer) == {**given, "unnamed": "sport"}
    assert sections(reader) == {**given, "unnamed": "sport"}
    reader.close()


def test_an_article_without_a_section_gets_the_one_that_its_text_belongs_to(opened: Opened) -> None:
    store = opened()
    store.put_many([(article, chunked(article)) for article in ARTICLES])
    assert sections(store.catalogue) == {"match": "sport", "prices": "economy", "unnamed": "sport"}


def test_the_categories_of_a_feed_change_no_hash() -> None:
    article = ARTICLES[2]
    listed = Article(
        id=article.id,
        title=article.title,
        text=article.text,
        metadata={"feed_categories": ["Sport"]},
    )
    assert listed.content_hash == article.content_hash
