"""Known-item questions from titles and summaries."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.generation.known_items import known_items
from evaluation.testsets.items import QuestionItem
from tests.unit.evaluation.generation.articles import (
    FLOOD_ARTICLE,
    OIL_ARTICLE,
    Catalogue,
    article,
)
from vectorstore.core.types import Article


def questions(*articles: Article, **options: Any) -> list[tuple[str, str]]:
    items = known_items(Catalogue(*articles), **options).items
    return sorted((item.id, item.question) for item in items if isinstance(item, QuestionItem))


def test_titles_and_summaries_become_questions_for_their_article() -> None:
    made = known_items(Catalogue(FLOOD_ARTICLE, OIL_ARTICLE))
    assert sorted(item.id for item in made.items) == [
        "summary-flood",
        "summary-oil",
        "title-flood",
        "title-oil",
    ]
    by_id = {item.id: item for item in made.items}
    title = by_id["title-flood"]
    assert isinstance(title, QuestionItem)
    assert title.question == FLOOD_ARTICLE.title
    assert title.relevant_ids == ["flood"]
    assert title.hide_fields == ["title", "summary"]
    assert (title.kind, title.generated) == ("title", "title")
    assert by_id["summary-oil"].generated == "summary"


def test_only_the_kinds_asked_for_are_made() -> None:
    ids = [name for name, _ in questions(FLOOD_ARTICLE, OIL_ARTICLE, kinds=("summary",))]
    assert ids == ["summary-flood", "summary-oil"]


def test_a_limit_draws_the_same_with_the_same_seed_and_both_kinds() -> None:
    many = [
        article(
            f"a{n:02}", f"العنوان رقم {n} من أخبار اليوم", summary=f"ملخص الخبر {n} في سطر واحد"
        )
        for n in range(30)
    ]
    once, again = questions(*many, limit=10, seed=3), questions(*many, limit=10, seed=3)
    assert once == again != questions(*many, limit=10, seed=4)
    assert sorted(name.split("-")[0] for name, _ in once) == ["summary"] * 5 + ["title"] * 5


@pytest.mark.parametrize(
    ("articles", "reason"),
    [
        ([article("a", "")], "no title"),
        ([article("a", "أخبار اليوم")], "title under 4 words"),
        ([article("a", "ضَرَبت السيولُ قرى وادي القطا")], "title stands in the text"),
        ([article("a", FLOOD_ARTICLE.title), FLOOD_ARTICLE], "title of several articles"),
    ],
)
def test_what_makes_no_fair_question_is_left_out_with_its_reason(
    articles: list[Article], reason: str
) -> None:
    made = known_items(Catalogue(*articles), kinds=("title",))
    assert made.items == []
    assert made.skipped == {reason: len(articles)}


def test_a_summary_that_repeats_the_title_asks_once() -> None:
    same = article("a", "كارثة مائية تهز محافظة التلال", summary="كارثةٌ مائية تهزّ محافظة التلال.")
    assert [name for name, _ in questions(same)] == ["title-a"]


def test_a_long_summary_is_cut_after_a_sentence() -> None:
    first = "غرقت منطقة كاملة بعد أمطار لم يسبق لها مثيل."
    long = article("a", "", summary=f"{first} {'كلام طويل ' * 60}.")
    assert questions(long) == [("summary-a", first)]
