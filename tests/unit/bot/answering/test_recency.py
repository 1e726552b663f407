from __future__ import annotations

from datetime import date, datetime

from bot.answering.recency import rank_by_recency
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import parse_query_dates
from vectorstore.core.types import ArticleInfo, RetrievedPassage

FIRST = "سبعة قتلى في سيول مفاجئة ضربت وادي القطا"
UPDATE = "ارتفاع حصيلة سيول وادي القطا إلى 21 قتيلا"


def passage(title: str, day: datetime | None, score: float) -> RetrievedPassage:
    article = ArticleInfo(id=title, title=title, published_at=day)
    return RetrievedPassage(
        id=title, article=article, index=0, start=0, end=1, text="ا", score=score
    )


def order(question: str, *passages: RetrievedPassage) -> list[str]:
    dates = parse_query_dates(question, date(2022, 12, 1))
    return [p.article.title for p in rank_by_recency(passages, dates, ParsedQuestion(question))]


OLD = passage(FIRST, datetime(2022, 11, 14), 1.0)
NEW = passage(UPDATE, datetime(2022, 11, 19), 0.95)


def test_of_one_story_the_newer_report_goes_first() -> None:
    assert order("كم بلغت حصيلة السيول؟", OLD, NEW) == [UPDATE, FIRST]


def test_a_date_in_the_question_leaves_the_order_alone() -> None:
    assert order("كم قتيلا سقط في السيول في 14 نوفمبر؟", OLD, NEW) == [FIRST, UPDATE]
    assert order("كم بلغت الحصيلة الأولية؟", OLD, NEW) == [FIRST, UPDATE]


def test_another_story_is_not_superseded_by_its_date() -> None:
    other = passage("نادي الأمواج يحرز كأس السواحل", datetime(2022, 12, 3), 0.95)
    assert order("كم بلغت حصيلة السيول؟", OLD, other)[0] == FIRST


def test_a_much_better_passage_of_the_older_report_still_wins() -> None:
    far = passage(UPDATE, datetime(2022, 11, 19), 0.5)
    assert order("كم مفقودا؟", OLD, far) == [FIRST, UPDATE]
    assert order("ما آخر أخبار السيول؟", OLD, passage(UPDATE, datetime(2022, 11, 19), 0.75)) == [
        UPDATE,
        FIRST,
    ]


def test_an_article_without_a_date_is_neither_older_nor_newer() -> None:
    assert order("كم بلغت الحصيلة؟", passage(FIRST, None, 1.0), NEW) == [FIRST, UPDATE]
