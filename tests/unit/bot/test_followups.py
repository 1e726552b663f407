from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.answering.suggested_questions import followups
from vectorstore.core.types import Article

LEAD = "افتتح الوزير مساء الأحد معرض الكتاب في مدينة نورسان بعد انقطاع طويل."


def suggested(
    *sentences: str,
    quoted: Sequence[tuple[int, int]] | None = None,
    asked: Sequence[str] = (),
    language: str = "ar",
) -> tuple[str, ...]:
    text = " ".join([LEAD, *sentences])
    article = Article(id="a", title="معرض الكتاب", text=text, language=language)
    return followups(
        article,
        [(0, len(LEAD))] if quoted is None else quoted,
        asked,
        "en" if language == "en" else "ar",
        lambda stems: dict.fromkeys(stems, (1.0, True)),
        limit=3,
    )


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("وبلغت كلفة المعرض 310 آلاف دينار.", "كم بلغت كلفة المعرض؟"),
        ("وباع الناشرون في اليوم الأول 4,200 نسخة.", "كم نسخة باع الناشرون في اليوم الأول؟"),
        ("وقالت مديرة المعرض، هبة السالم، إن الإقبال فاق التوقعات.", "ماذا قالت مديرة المعرض؟"),
        ("وأعلن اتحاد الناشرين أن المعرض سيمدد أسبوعًا.", "ماذا أعلن اتحاد الناشرين؟"),
        (
            "وتراجع عدد دور النشر المشاركة بسبب ارتفاع أجور الشحن.",
            "لماذا تراجع عدد دور النشر المشاركة؟",
        ),
        ("وانطلق بناء القاعة الجديدة في 4 آذار/مارس 2019.", "متى انطلق بناء القاعة الجديدة؟"),
    ],
)
def test_a_sentence_makes_the_question_that_it_answers(sentence: str, question: str) -> None:
    assert question in suggested(sentence)


def test_an_english_article_makes_english_questions() -> None:
    said = '"We sold out in a day," said Mona Keel, the head of the fair.'
    assert suggested(said, language="en") == ("What did Mona Keel say?",)


@pytest.mark.parametrize(
    "sentence",
    [
        "وكان المعرض قد توقف قبل أربع سنوات لأعمال الصيانة.",  # no shape
        "وقال إن المعرض سيبقى مفتوحًا في العطلة.",  # nobody is named
        "وتستمر الفعاليات حتى الخميس 25 آذار/مارس الجاري في القاعات.",  # a date is no amount
        "وبلغ 25.",  # nothing but a number
    ],
)
def test_a_sentence_without_a_plain_question_makes_none(sentence: str) -> None:
    assert suggested(sentence) == ()


def test_what_was_shown_or_asked_is_not_asked_for_again() -> None:
    cost = "وبلغت كلفة المعرض 310 آلاف دينار."
    assert suggested(cost, quoted=[(0, 500)]) == ()
    assert suggested(cost, asked=["كم بلغت كلفة المعرض؟"]) == ()


def test_at_most_three_are_offered_each_of_another_kind_first() -> None:
    found = suggested(
        "وقالت مديرة المعرض، هبة السالم، إن الإقبال فاق التوقعات.",
        "وقال رئيس اتحاد الناشرين، عمر الزين، إن المبيعات جيدة.",
        "وبلغت كلفة المعرض 310 آلاف دينار.",
        "وتراجع عدد دور النشر المشاركة بسبب ارتفاع أجور الشحن.",
    )
    assert len(found) == 3
    assert {question.split()[0] for question in found} == {"ماذا", "كم", "لماذا"}


def test_an_article_in_another_language_than_the_reply_makes_none() -> None:
    article = Article(
        id="a", title="", text=f"{LEAD} وبلغت كلفة المعرض 310 آلاف دينار.", language="ar"
    )
    none = followups(article, [], [], "en", lambda s: dict.fromkeys(s, (1.0, True)), limit=3)
    assert none == ()
