from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from vectorstore.core.types import ArticleInfo, RetrievedPassage
from vectorstore.indexes.near_duplicates import collapse_duplicates

TEXT = "ستضخ المحطة أربعين ألف متر مكعب من الماء كل يوم إلى أحياء المدينة القديمة"


def info(article_id: str, day: int | None = None) -> ArticleInfo:
    date = datetime(2026, 3, day, tzinfo=UTC) if day else None
    return ArticleInfo(id=article_id, title=f"عنوان {article_id}", published_at=date)


def passage(of: ArticleInfo, score: float, text: str = TEXT) -> RetrievedPassage:
    return RetrievedPassage(
        id=f"{of.id}-0", article=of, index=0, start=0, end=len(text), text=text, score=score
    )


OLD, NEW, OTHER = info("old", 1), info("new", 2), info("other", 3)
GROUPS = {"old": ("new", "old"), "new": ("new", "old")}
INFOS = {"old": OLD, "new": NEW}


def test_the_newest_duplicate_is_kept_and_lists_the_others() -> None:
    found = collapse_duplicates(
        [passage(OLD, 0.9), passage(OTHER, 0.8), passage(NEW, 0.7)], GROUPS, INFOS
    )
    assert [(p.article.id, p.score) for p in found] == [("new", 0.9), ("other", 0.8)]
    assert found[0].also_in == (OLD,) and found[1].also_in == ()


def test_a_passage_of_only_one_duplicate_is_kept() -> None:
    more = passage(OLD, 0.6, "وقالت البلدية إن الاحتفال سيقام يوم الجمعة عند الميناء")
    found = collapse_duplicates([passage(NEW, 0.9), more], GROUPS, INFOS)
    assert [p.article.id for p in found] == ["new", "old"]
    assert [p.also_in for p in found] == [(OLD,), (NEW,)]


def test_a_duplicate_that_was_not_found_is_listed_too() -> None:
    assert collapse_duplicates([passage(OLD, 0.9)], GROUPS, INFOS)[0].also_in == (NEW,)


def test_of_undated_duplicates_the_first_id_is_kept() -> None:
    a, b = info("a"), info("b")
    groups = {"a": ("a", "b"), "b": ("a", "b")}
    for found in ([passage(b, 0.9), passage(a, 0.8)], [passage(a, 0.9), passage(b, 0.8)]):
        assert [p.article.id for p in collapse_duplicates(found, groups, {"a": a, "b": b})] == ["a"]


def test_passages_of_one_article_are_not_collapsed() -> None:
    twice = [passage(NEW, 0.9), replace(passage(NEW, 0.8), id="new-1")]
    assert len(collapse_duplicates(twice, GROUPS, INFOS)) == 2
