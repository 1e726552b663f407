from __future__ import annotations

import pytest

from bot.language.question_types import is_question, is_statement, question_type, type_match
from vectorstore.core.text_analysis import words


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("من تعهد بملء المخزون؟", "who"),
        ("مين فاز بالكأس؟", "who"),
        ("ومن انتقد تصريحاته؟", "who"),
        ("Who won?", "who"),
        ("متى بدأت الحرب؟", "when"),
        ("امتى الماتش؟", "when"),
        ("في أي عام تأسس النادي؟", "when"),
        ("كم عدد القتلى؟", "how_many"),
        ("قديش عدد المصابين؟", "how_many"),
        ("How many people died?", "how_many"),
        ("ما نسبة الزيادة؟", "how_many"),
        ("أين أقيمت المباراة؟", "where"),
        ("فين اتقبض عليه؟", "where"),
        ("في أي مدينة عقد المؤتمر؟", "where"),
        ("لماذا استقال الوزير؟", "why"),
        ("ليش تأخر القطار؟", "why"),
        ("لم استقال الوزير؟", "why"),
        ("أي دول لم تحضر القمة؟", "other"),
        ("من لم يحضر القمة؟", "who"),
        ("هل فاز المنتخب؟", "yes_no"),
        ("ماذا قال الوزير؟", "other"),
    ],
)
def test_the_question_word_tells_what_is_asked_for(question: str, kind: str) -> None:
    assert question_type(question) == kind


def test_a_number_that_stands_in_the_question_is_no_answer() -> None:
    asked = frozenset(words("كم عدد قتلى زلزال 2023؟"))
    assert type_match("how_many", words("وقع زلزال 2023 في الشمال"), asked) == 0
    assert type_match("how_many", words("قتل 41 شخصا في زلزال 2023"), asked) == 1


def test_a_date_answers_when() -> None:
    asked = frozenset(words("متى افتتح الجسر؟"))
    assert type_match("when", words("افتتح الجسر في 3 أيار/مايو"), asked) == 1
    assert type_match("when", words("افتتح الوزير الجسر"), asked) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("تجتاح البلاد موجة برد قارس ويتوقع تساقط الثلوج في أرجائها هذا الأسبوع", True),
        ("A cold spell is sweeping the country and snow is expected this week", True),
        ("تجتاح البلاد موجة برد قارس ويتوقع تساقط الثلوج في أرجائها هذا الأسبوع؟", False),
        ("أخبار البرد هذا الأسبوع", False),
        ("كم بلغت درجات الحرارة في أرجاء البلاد كلها في هذا الأسبوع", False),
        ("في البلاد كلها كم بلغت درجات الحرارة في هذا الأسبوع", False),
        ("أريد كل ما كتب عن موجة البرد القارس في هذا الأسبوع", False),
        ("tell me all about the cold spell in the north this week", False),
    ],
)
def test_a_headline_that_was_pasted_asks_nothing(text: str, told: bool) -> None:
    assert is_statement(text) is told


@pytest.mark.parametrize(
    "text",
    [
        "كم بلغت كلفة الجسر",
        "وكم",
        "ماهي عاصمة البلاد",
        "ماهى مساحة المدينة",
        "بماذا يشتهر الوادي",
        "بأي لغة كُتب البيان",
        "في أي عام افتتح الجسر",
        "مع من التقى الوزير",
        "الوزير التقى بمين",
        "شو صار بالميناء",
        "ايش سبب الحريق",
        "الجسر ازاي اتبنى",
        "جسر وادي الريحان؟",
        "لخص لي الخبر",
        "شكون ربح الكاس",
        "واش تفتح الجسر",
        "وما موقف الوزير",
        "ومن المسؤول عن الحريق",
        "من المسؤول عن الحريق",
        "لم استقال الوزير",
        "وينه الجسر الجديد",
        "الوزير استقال ولا لا",
        "ابي اعرف كلفة الجسر",
        "what's the cost of the bridge",
        "in which year did it open",
        "will the bridge open this year",
        "Name the minister",
        "دور على خبر الجسر",
        "how long is the bridge",
        "Who opened it",
        "وين صار الحريق",
    ],
)
def test_it_asks_with_or_without_a_question_mark(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "كلفة جسر وادي الريحان",
        "حريق ميناء المرجان",
        "افتتاح جسر وادي الريحان بعد ثلاث سنوات من العمل",
        "bridge opening cost",
        "WHO measles campaign",
        "ما بعد الحرب على الحدود",
        "ما لا يقل عن 20 قتيلا في الحريق",
        "من المتوقع هطول أمطار غزيرة",
        "من القاهرة إلى بغداد بالقطار",
        "لم يعد الدولار ملاذا",
        "كم هائل من الأخطاء",
        "آخر مباراة لميسي",
        "توك شو جديد",
        "TV show awards",
        "the president who resigned",
        "المنتخب يترشح إلى دور الثمانية بعد مباراة صعبة",
        "ارتفاع قيمة اللاعب أكثر من أي لاعب آخر",
        "الوزير يتعهد بالرد على أي هجوم",
        "",
        "…",
    ],
)
def test_search_words_and_headlines_ask_nothing(text: str) -> None:
    assert not is_question(text)
