from __future__ import annotations

import pytest

from bot.conversation.suggested_choices import Choice, SuggestedChoices, match_choice
from vectorstore.core.text_analysis import AnalysedText

ARTICLES = SuggestedChoices(
    question="كم سعر التذكرة؟",
    articles=("bridge", "tram", "cup"),
    titles=(
        "افتتاح الجسر الجديد في مرسى النخيل",
        "الترام الليلي يعود إلى الشوارع بعد توقف",
        "نادي الأمواج يحرز كأس السواحل",
    ),
)
QUESTIONS = SuggestedChoices(questions=("لماذا أُغلق الجسر؟", "كم كلف الجسر؟"))
OUTSIDE = SuggestedChoices(
    question="من افتتح الجسر؟", articles=("bridge",), titles=("الجسر",), dated=True
)


@pytest.mark.parametrize(
    ("reply", "article"),
    [
        ("1", "bridge"),
        ("٢", "tram"),
        ("3.", "cup"),
        ("رقم 2", "tram"),
        ("الثاني", "tram"),
        ("التاني", "tram"),
        ("المقال الثالث من فضلك", "cup"),
        ("الأخير", "cup"),
        ("the second one", "tram"),
        ("number 3", "cup"),
        ("نعم", "bridge"),
        ("أيوه", "bridge"),
        ("yes please", "bridge"),
        ("الترام الليلي يعود إلى الشوارع", "tram"),
    ],
)
def test_a_short_reply_takes_an_article_that_was_offered(reply: str, article: str) -> None:
    assert match_choice(AnalysedText(reply), ARTICLES) == Choice("article", article)


@pytest.mark.parametrize(
    "reply",
    [
        "4",
        "0",
        "2021",
        "من الأول؟",
        "كم كلف الجسر الثاني؟",
        "من فاز بالمركز الأول في السباق؟",
        "متى؟",
        "الجسر",
        "هل نعم الجواب؟",
        "",
    ],
)
def test_anything_else_is_no_reply_to_the_offer(reply: str) -> None:
    assert match_choice(AnalysedText(reply), ARTICLES) is None


@pytest.mark.parametrize("reply", ["لا", "لا شكرا", "no thanks"])
def test_an_offer_may_be_declined(reply: str) -> None:
    assert match_choice(AnalysedText(reply), ARTICLES) == Choice("declined")


def test_a_question_that_was_offered_is_taken_by_its_number() -> None:
    assert match_choice(AnalysedText("2"), QUESTIONS) == Choice("question", "كم كلف الجسر؟")
    assert match_choice(AnalysedText("نعم"), QUESTIONS) == Choice("question", "لماذا أُغلق الجسر؟")


def test_yes_to_what_lies_outside_the_dates_asks_without_them() -> None:
    assert match_choice(AnalysedText("نعم"), OUTSIDE) == Choice("undated", "من افتتح الجسر؟")
    assert match_choice(AnalysedText("1"), OUTSIDE) == Choice("article", "bridge")


def test_an_offer_survives_being_kept() -> None:
    assert SuggestedChoices.from_json(ARTICLES.to_json()) == ARTICLES
    assert SuggestedChoices.from_json(None) is None
    assert SuggestedChoices.from_json(SuggestedChoices().to_json()) is None
