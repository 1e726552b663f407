"""Rawi as a LangChain retriever."""

from __future__ import annotations

import asyncio
from datetime import datetime

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from tests.integration.newsroom import article, put
from vectorstore.core.types import Filters
from vectorstore.retriever import RawiRetriever
from vectorstore.store import ArticleStore

MATCH = "فاز المنتخب في المباراة النهائية بركلات الترجيح."
RAIN = "هطلت أمطار غزيرة على المدن الساحلية."


def fill(store: ArticleStore) -> None:
    put(
        store,
        article(
            "match",
            "مقدمة قصيرة.",
            MATCH,
            title="الكأس",
            source="المرسى",
            url="https://m/1",
            published_at=datetime(2021, 6, 4, 16, 57),
        ),
        article("rain", RAIN, source="الساحل"),
    )


def test_documents_name_their_place(store: ArticleStore) -> None:
    fill(store)
    retriever: BaseRetriever = RawiRetriever(store=store, k=1)
    (document,) = retriever.invoke("من فاز بالمباراة النهائية؟")
    score = document.metadata.pop("score")
    assert 0 <= score <= 1
    assert document == Document(
        id=document.id,
        page_content=MATCH,
        metadata={
            "article_id": "match",
            "title": "الكأس",
            "url": "https://m/1",
            "source": "المرسى",
            "published_at": "2021-06-04T16:57:00",
            "start": 13,
            "end": 13 + len(MATCH),
        },
    )


def test_k_and_filters_hold(store: ArticleStore) -> None:
    fill(store)
    assert len(RawiRetriever(store=store).invoke("خبر")) == 3
    assert len(RawiRetriever(store=store, k=2).invoke("خبر")) == 2
    of_one_paper = RawiRetriever(store=store, filters=Filters(sources=("الساحل",)))
    assert [d.page_content for d in of_one_paper.invoke("المباراة")] == [RAIN]


def test_questions_can_be_asked_concurrently(store: ArticleStore) -> None:
    fill(store)
    retriever = RawiRetriever(store=store, k=1)

    async def ask() -> list[list[Document]]:
        questions = ["المباراة النهائية", "أمطار غزيرة"] * 8
        return await asyncio.gather(*(retriever.ainvoke(question) for question in questions))

    texts = [documents[0].page_content for documents in asyncio.run(ask())]
    assert texts == [MATCH, RAIN] * 8
