from __future__ import annotations

import pytest

from bot.standalone import Turn, standalone_question


def asked(before: str, question: str) -> str:
    return standalone_question(question, [Turn(before, before)]).text


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("من افتتح الجسر الجديد؟", "ومتى؟", "متى افتتح الجسر الجديد؟"),
        ("من افتتح الجسر الجديد؟", "أين؟", "أين افتتح الجسر الجديد؟"),
        ("كم عدد المصابين في سوريا؟", "وفي مصر؟", "كم عدد المصابين في مصر؟"),
        ("Who opened the bridge?", "and when?", "when opened the bridge?"),
    ],
)
def test_what_a_short_follow_up_lacks_is_taken_from_before(
    before: str, question: str, standalone: str
) -> None:
    assert asked(before, question) == standalone


@pytest.mark.parametrize(
    ("before", "question", "borrowed"),
    [
        ("ماذا قال نتنياهو عن الاحتكاك مع واشنطن؟", "ومن انتقد تصريحاته؟", "نتنياهو"),
        ("من تعهد بملء مخزون إسرائيل؟", "ومتى أعلن ذلك؟", "مخزون"),
        ("من فاز ببطولة الدوري؟", "كم كسبت؟", "الدوري"),
        ("كم عدد المصابين في سوريا؟", "وماذا عن القتلى؟", "سوريا"),
        ("Who leads the council?", "What did he say about the budget?", "council"),
    ],
)
def test_a_question_that_points_back_gets_its_topic(
    before: str, question: str, borrowed: str
) -> None:
    found = standalone_question(question, [Turn(before, before)])
    assert borrowed in found.text
    assert found.is_followup


@pytest.mark.parametrize(
    "question",
    [
        "ما هي عاصمة المغرب؟",
        "من هو وزير الدفاع الأمريكي؟",
        "وزير الخارجية الروسي ماذا قال في موسكو؟",
        "كم عدد سكان القاهرة؟",
        "متى تأسست جامعة الدول العربية؟",
        "Who is the president of the football federation?",
        "وقعت الحرب بين أي تاريخين في قطاع غزة؟",
    ],
)
def test_a_new_topic_does_not_drag_the_old_one_along(question: str) -> None:
    found = standalone_question(question, [Turn("من افتتح الجسر؟", "من افتتح الجسر؟")])
    assert found.text == question
    assert not found.is_followup


def test_without_history_a_question_stays_as_it_is() -> None:
    assert standalone_question(" ومتى أعلن ذلك؟ ", []).text == "ومتى أعلن ذلك؟"


def test_follow_ups_chain_through_the_standalone_form() -> None:
    first = "من افتتح الجسر الجديد؟"
    second = standalone_question("ومتى؟", [Turn(first, first)])
    turns = [Turn(first, first), Turn("ومتى؟", second.text)]
    assert standalone_question("وأين؟", turns).text == "أين افتتح الجسر الجديد؟"
