"""What a question draws on: follow-ups and dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest

from bot.answering.query import FOLLOWUP_BONUS, Query, retrieve_passages
from bot.conversation.query_rewriting import StandaloneQuestion
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates
from tests.integration.newsroom import article, put
from vectorstore.store import ArticleStore

ARTICLES = [
    article(name, text, published_at=datetime(2021, 6, 4))
    for name, text in {
        "market": "أوقع حريق السوق تسعة جرحى.",
        "ferry": "أوقع حريق العبارة جرحى.",
        "forest": "أوقع حريق الغابة جرحى.",
        "rain": "هطلت أمطار غزيرة على المدن الساحلية.",
    }.items()
]
JUNE = QueryDates("published", datetime(2021, 6, 1), datetime(2021, 6, 30, 23, 59, 59), "", "")


@pytest.mark.parametrize(
    ("question", "dates"),
    [
        ("كم جريحا أوقع حريق السوق؟", JUNE),
        ("كم جريحا في الحصيلة الأولية لحريق السوق؟", QueryDates()),
        ("كم جريحا أوقع حريق السوق؟", QueryDates()),
    ],
    ids=["published", "first report", "undated"],
)
def test_a_follow_up_prefers_the_article_it_goes_on_about(
    store: ArticleStore, question: str, dates: QueryDates
) -> None:
    put(store, *ARTICLES)
    query = Query(StandaloneQuestion(ParsedQuestion(question)), dates)
    _, second, third = retrieve_passages(store, query, 3)
    assert second.score - third.score < FOLLOWUP_BONUS < 1 - third.score
    found = retrieve_passages(
        store, replace(query, context_articles=frozenset({third.article.id})), 3
    )
    assert [p.id for p in found[1:]] == [third.id, second.id]
    assert all(a.score >= b.score for a, b in pairwise(found))
