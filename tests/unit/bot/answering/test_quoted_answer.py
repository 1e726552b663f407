"""Quotes of several articles: what agrees, what differs, and what is dropped."""

from __future__ import annotations

import pytest

from bot.answering.quoted_answer import (
    compare_answers,
    drop_unrelated_quotes,
    make_citations,
    quoted_text,
)
from bot.language.question_types import QuestionType
from tests.unit.bot.answering.sentences import as_quote, highlighted_sentence


def test_articles_with_the_same_answer_are_cited_as_agreeing() -> None:
    one = highlighted_sentence("قُتل 35 شخصا في الحريق.", "35")
    two = highlighted_sentence("وقال مسؤول إن عدد القتلى 35.", "35", article="b")
    assert compare_answers(one, two, "how_many") == "agrees"
    assert quoted_text([as_quote(one), as_quote(two)], "ar", "how_many").split("\n")[1] == (
        "ويتفق مع ذلك:"
    )


def test_numbers_in_words_are_numbers_where_articles_are_compared() -> None:
    one = highlighted_sentence("أصيب ثلاثة في الحريق.", "ثلاثة")
    two = highlighted_sentence("وقال مسؤول إن المصابين تسعة.", "تسعة", article="b")
    three = highlighted_sentence("وقال مسؤول إن المصابين 3.", "3", article="c")
    assert compare_answers(one, two, "how_many") == "differs"
    assert compare_answers(one, three, "how_many") == "agrees"


def test_articles_with_different_numbers_are_shown_to_differ_before_their_quotes() -> None:
    one = highlighted_sentence("قُتل 35 شخصا في الحريق.", "35 شخصا")
    two = highlighted_sentence("وقال مسؤول إن القتلى 41 شخصا.", "41 شخصا", article="b")
    lines = quoted_text([as_quote(one), as_quote(two)], "ar", "how_many").split("\n")
    assert lines[0] == "تختلف المقالات في الجواب: 35 شخصا [1]؛ و41 شخصا [2]."
    assert lines[1].endswith("[1]") and lines[2].endswith("[2]")


@pytest.mark.parametrize(
    ("score", "kind", "article"),
    [(1.0, "how_many", "b"), (9.0, "who", "b"), (9.0, "how_many", "a")],
)
def test_nothing_differs_that_is_unsure_no_number_or_of_one_article(
    score: float, kind: QuestionType, article: str
) -> None:
    one = highlighted_sentence("قُتل 35 شخصا في الحريق.", "35 شخصا")
    two = highlighted_sentence(
        "وقال مسؤول إن القتلى 41 شخصا.", "41 شخصا", article=article, score=score
    )
    assert compare_answers(one, two, kind) == "adds"


@pytest.mark.parametrize(
    ("text", "words", "article", "kept"),
    [
        ("وقال مسؤول إن عدد القتلى 35.", "35", "b", True),
        ("وقال مسؤول إن عدد القتلى 35 شخصا على الأقل.", "35 شخصا على الأقل", "b", True),
        ("وقال مسؤول إن القتلى 41 شخصا.", "41 شخصا", "b", True),
        ("وقال مسؤول إن النار أتت على السوق.", "السوق", "b", False),
        ("وقال مسؤول إن النار أتت على السوق.", "السوق", "a", True),
    ],
)
def test_a_second_source_bears_out_the_first_or_tells_another_number(
    text: str, words: str, article: str, kept: bool
) -> None:
    quotes = [
        as_quote(highlighted_sentence("قُتل 35 شخصا في الحريق.", "35 شخصا")),
        as_quote(highlighted_sentence(text, words, article=article)),
    ]
    assert drop_unrelated_quotes(quotes, "how_many") == quotes[: 1 + kept]


@pytest.mark.parametrize(
    ("kind", "first", "second", "kept"),
    [
        ("when", "الأحد", "الاثنين", True),
        ("who", "الحلواني", "والحلواني", True),
        ("where", "في القاهرة", "في بغداد", False),
        ("who", "الوزير سامر الحلواني", "الوزير محمد", False),
    ],
)
def test_another_day_is_told_and_function_words_bear_nothing_out(
    kind: QuestionType, first: str, second: str, kept: bool
) -> None:
    quotes = [
        as_quote(highlighted_sentence(f"جرى ذلك {first} كما قيل.", first)),
        as_quote(
            highlighted_sentence(f"جرى ذلك {second} كما قيل.", second, article="b", score=3.0)
        ),
    ]
    assert drop_unrelated_quotes(quotes, kind) == quotes[: 1 + kept]


def test_quotes_of_one_article_share_its_number() -> None:
    one = highlighted_sentence("قُتل 35 شخصا في الحريق.", "35 شخصا")
    two = highlighted_sentence("وقال مسؤول إن النار أتت على السوق.", "السوق", article="b")
    three = highlighted_sentence("استمر الحريق يومين.", "يومين")
    quotes = [as_quote(s) for s in (one, two, three)]
    assert [c.marker for c in make_citations(quotes)] == [1, 2, 1]
    assert [line[-3:] for line in quoted_text(quotes, "ar").split("\n") if "«" in line] == [
        "[1]",
        "[2]",
        "[1]",
    ]
