from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.answer_spans import answer_span
from bot.answering.sentence_features import split_passages
from bot.generation.support.hard_facts import fact_tokens, named_days
from bot.language.date_mentions import find_dates
from bot.language.query_dates import parse_query_dates
from vectorstore.core.types import ArticleInfo, RetrievedPassage

TODAY = date(2021, 6, 9)

Parts = tuple[str, int | None, int, int | None]


def found(text: str) -> list[Parts]:
    return [(text[m.start : m.end], m.day, m.month, m.year) for m in find_dates(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("افتتح في 3 شتنبر 2021.", [("3 شتنبر 2021", 3, 9, 2021)]),
        ("افتتح في 3 شتنبر.", [("3 شتنبر", 3, 9, None)]),
        ("افتتح يوم ٤ من شهر يونيو عام ٢٠٢١", [("٤ من شهر يونيو عام ٢٠٢١", 4, 6, 2021)]),
        ("في 14 كانون ثاني 2024 أعلن", [("14 كانون ثاني 2024", 14, 1, 2024)]),
        ("في 14 كانون 2 أعلن", [("14 كانون 2", 14, 1, None)]),
        ("منذ تشرين الثاني/نوفمبر 2023", [("تشرين الثاني/نوفمبر 2023", None, 11, 2023)]),
        ("بين 10 و21 أيار (مايو)", [("21 أيار (مايو", 21, 5, None)]),
        ("on June 4th, 2021", [("June 4th, 2021", 4, 6, 2021)]),
        ("on the 4th of June 2021", [("4th of June 2021", 4, 6, 2021)]),
        ("4/6/2021 ثم 2021-06-05", [("4/6/2021", 4, 6, 2021), ("2021-06-05", 5, 6, 2021)]),
        ("12/25/2021", [("12/25/2021", 25, 12, 2021)]),
        ("بين مارس ومايو", [("مارس", None, 3, None), ("ومايو", None, 5, None)]),
        ("31 يونيو 2021", [("يونيو 2021", None, 6, 2021)]),
        ("في مايو 120 شخصا", [("مايو", None, 5, None)]),
        ("45/6/2021", []),
        ("1442/10/23", []),
        ("هل مارس الوزير ضغطا؟", []),
        ("سيارة نيسان", []),
        ("You may march on", []),
        ("", []),
    ],
)
def test_dates_in_running_text(text: str, expected: list[Parts]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("day", ["3 شتنبر", "3 مايس", "3 كانون ثاني", "3 تشرين 2", "3 فيفري"])
def test_questions_highlighter_and_checker_read_the_same_date(day: str) -> None:
    text = f"افتتح الجسر في {day} أمام السيارات"
    [mention] = find_dates(text)
    asked = parse_query_dates(f"ماذا حدث في {day}؟", TODAY)
    assert asked.since and (asked.since.day, asked.since.month) == (3, mention.month)
    assert named_days(fact_tokens(text)) == {(3, mention.month)}
    article = ArticleInfo(id="a", title="")
    passage = RetrievedPassage(
        id="p", article=article, index=0, start=0, end=len(text), text=text, score=1.0
    )
    [sentence] = split_passages([passage])
    span = answer_span(sentence, "when")
    assert span is not None and text[slice(*span)] == day


@given(st.text(max_size=60) | st.text("0123456789٠١٢٣/-. يونيومارس كانون ثاني", max_size=60))
def test_mentions_lie_in_order_within_the_text(text: str) -> None:
    end = 0
    for mention in find_dates(text):
        assert end <= mention.start < mention.end <= len(text) and 1 <= mention.month <= 12
        end = mention.end
