from __future__ import annotations

import pytest

from bot.answering.multi_part import asks_for_list, comparison_sides, without_affirming
from bot.language.parsed_question import ParsedQuestion
from tests.unit.bot.answering.sentences import highlighted_sentence


@pytest.mark.parametrize(
    "question",
    [
        "ما أهم قرارات المجلس؟",
        "ما هي الأسباب؟",
        "ما الإجراءات التي أقرتها المحافظة؟",
        "شو مطالب المحتجين؟",
        "من هم الفائزون؟",
        "اذكر أسماء المرشحين",
        "Who were the winners?",
        "What are the reasons?",
        "ما أبرز الترشيحات؟",
    ],
)
def test_a_question_for_a_list_is_known(question: str) -> None:
    assert asks_for_list(ParsedQuestion(question))


@pytest.mark.parametrize(
    "question",
    ["ما قرار المجلس؟", "من فاز بالكأس؟", "كم عدد القرارات؟", "Who won?", "متى أقر القرار؟"],
)
def test_a_question_for_one_thing_is_no_list(question: str) -> None:
    assert not asks_for_list(ParsedQuestion(question))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("قارن بين كلفة الجسر وخسائر الحريق", ("كلفة الجسر", "خسائر الحريق")),
        ("ما الفرق بين الخط الأول والخط الثاني؟", ("الخط الأول", "الخط الثاني")),
        ("Compare the bridge and the market.", ("the bridge", "the market")),
        ("What is the difference between trams and buses?", ("trams", "buses")),
        ("أيهما أكثر قتلى زلزال الجبل أم زلزال الساحل؟", ("زلزال الجبل", "زلزال الساحل")),
        ("مين فاز أكثر الوحدة ولا الاتحاد؟", ("الوحدة", "الاتحاد")),
        ("مين اكتر واحد زاد سعره الوحدة ولا الاتحاد؟", ("الوحدة", "الاتحاد")),
        ("ما الفرق بين رأي الوزير والمحافظ في قانون الصيد؟", ("رأي الوزير", "المحافظ")),
        ("كلفة الجسر مقارنة بكلفة النفق", ("كلفة الجسر", "كلفة النفق")),
        ("قارن بين عدد الطائرات عند الشمال والجنوب", ("الشمال", "الجنوب")),
        ("من قتل الوزير أو الحارس؟", None),
        ("ماذا جرى بين الفريقين والحكم؟", None),
        ("كم المسافة بين المدينة والبحر؟", None),
    ],
)
def test_the_two_sides_of_a_comparison(question: str, expected: tuple[str, str] | None) -> None:
    assert comparison_sides(ParsedQuestion(question)) == expected


ATTENDED = highlighted_sentence("حضرت القمة اثنتا عشرة دولة بينها تالانا.", "تالانا")
ABSENT = highlighted_sentence("ولم تحضر سيليمار القمة احتجاجا على الرسوم.", "سيليمار")
ABSTAINED = highlighted_sentence("امتنعت مورا عن الحضور.", "مورا")


def kept(question: str) -> list[str]:
    """The texts of the sentences that still have a score."""
    for sentence in (ATTENDED, ABSENT, ABSTAINED):
        sentence.score = 0.3
    found = without_affirming(ParsedQuestion(question), [ATTENDED, ABSENT, ABSTAINED])
    return [s.text for s in found if s.score > 0]


@pytest.mark.parametrize(
    "question",
    [
        "أي دول لم تحضر القمة؟",
        "من الذين لم يحضروا القمة؟",
        "كم دولة لم تحضر القمة؟",
        "مين ما حضر القمة؟",
        "مين محضرش القمة؟",
        "شكون ما حضروش القمة؟",
        "شو الدول اللي ما حضرت القمة؟",
    ],
)
def test_who_did_not_is_not_answered_by_who_did(question: str) -> None:
    assert kept(question) == [ABSENT.text, ABSTAINED.text]


@pytest.mark.parametrize(
    "question",
    [
        "أي دول حضرت القمة؟",
        "ما الدول التي حضرت القمة؟",
        "لماذا لم تحضر سيليمار القمة؟",
        "هل لم تحضر سيليمار القمة؟",
        "لم حضرت تالانا القمة؟",
    ],
)
def test_other_questions_keep_every_sentence(question: str) -> None:
    assert len(kept(question)) == 3
