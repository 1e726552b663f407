from __future__ import annotations

import pytest

from bot.answering.multi_part import asks_for_list, comparison_sides
from bot.language.parsed_question import ParsedQuestion


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
        ("كلفة الجسر مقارنة بكلفة النفق", ("كلفة الجسر", "كلفة النفق")),
        ("قارن بين عدد الطائرات عند الشمال والجنوب", ("الشمال", "الجنوب")),
        ("من قتل الوزير أو الحارس؟", None),
        ("ماذا جرى بين الفريقين والحكم؟", None),
        ("كم المسافة بين المدينة والبحر؟", None),
    ],
)
def test_the_two_sides_of_a_comparison(question: str, expected: tuple[str, str] | None) -> None:
    assert comparison_sides(ParsedQuestion(question)) == expected
