from __future__ import annotations

import pytest

from bot.answering.multi_part import asks_for_list, comparison_sides, select_quotes
from bot.answering.sentence_features import Sentence
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.types import ArticleInfo, RetrievedPassage


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
        ("ماذا جرى بين الفريقين والحكم؟", None),
        ("كم المسافة بين المدينة والبحر؟", None),
    ],
)
def test_the_two_sides_of_a_comparison(question: str, expected: tuple[str, str] | None) -> None:
    assert comparison_sides(ParsedQuestion(question)) == expected


def sentences(*told: tuple[str, str, float]) -> list[Sentence]:
    """Sentences, each given as article, words and score."""
    found = []
    for rank, (article, text, score) in enumerate(told):
        info = ArticleInfo(id=article, title=article)
        start = 100 * rank
        passage = RetrievedPassage(
            id=f"{article}/{rank}",
            article=info,
            index=rank,
            start=start,
            end=start + len(text),
            text=text,
        )
        found.append(Sentence(passage, rank, start, start + len(text), text, score=score))
    return found


COUNCIL = sentences(
    ("council", "أقر المجلس رفع رواتب المعلمين.", 0.5),
    ("council", "وقرر المجلس بناء أربع مدارس جديدة.", 0.2),
    ("council", "ألغى المجلس رسوم رياض الأطفال.", 0.12),
    ("other", "أقر المجلس رفع رواتب المعلمين.", 0.1),
    ("weather", "الطقس حار اليوم في الساحل كله.", 0.02),
)


def told(question: str, limit: int = 5) -> list[str]:
    return [quote.text for quote in select_quotes(ParsedQuestion(question), COUNCIL, limit)]


def test_a_list_quotes_every_part_that_holds_up_and_nothing_twice() -> None:
    assert told("ما أهم قرارات المجلس؟") == [s.text for s in COUNCIL[:3]]


def test_a_list_stops_at_the_limit_and_one_fact_at_itself() -> None:
    assert len(told("ما أهم قرارات المجلس؟", 2)) == 2
    assert told("بماذا قضى قرار المجلس؟") == [COUNCIL[0].text]


def test_a_comparison_quotes_one_sentence_for_each_side() -> None:
    assert told("قارن بين رواتب المعلمين ورسوم رياض الأطفال") == [COUNCIL[0].text, COUNCIL[2].text]
    # Nothing tells of one side: then it is a question like any other.
    assert told("قارن بين رواتب المعلمين وأسعار الذهب") == [COUNCIL[0].text]
