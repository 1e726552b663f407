"""Rawi's retrieval as a LangChain retriever."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from vectorstore.core.types import Filters, RetrievedPassage
from vectorstore.store import ArticleStore


class RawiRetriever(BaseRetriever):
    """The passages of an ``ArticleStore`` that fit a question best, as documents, best first.

    A document's text is the passage's, word for word. Its metadata: ``article_id``, ``title``,
    ``url``, ``source``, ``published_at`` (ISO 8601; without an offset the time zone is unknown),
    ``start`` and ``end`` (characters in the article's text), ``score`` (in [0, 1]).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: ArticleStore = Field(description="Open for as long as the retriever is used.")
    k: int = Field(default=8, ge=1, description="Documents, at most.")
    filters: Filters | None = Field(default=None, description="Which articles may be drawn on.")

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        return [_document(found) for found in self.store.search(query, self.k, self.filters)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        found = await asyncio.to_thread(self.store.search, query, self.k, self.filters)
        return [_document(passage) for passage in found]


def _document(found: RetrievedPassage) -> Document:
    article = found.article
    return Document(
        id=found.id,
        page_content=found.text,
        metadata={
            "article_id": article.id,
            "title": article.title,
            "url": article.url,
            "source": article.source,
            "published_at": article.published_at.isoformat() if article.published_at else None,
            "start": found.start,
            "end": found.end,
            "score": found.score,
        },
    )
