"""LangChain retriever over an article store."""

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
    """Returns the passages that match a query best as documents, best first.

    For use in other LangChain programs::

        from ingest.store import open_store
        from vectorstore.retriever import RawiRetriever

        with open_store() as store:
            for document in RawiRetriever(store=store, k=4).invoke("من تعهد بملء المخزون؟"):
                print(document.metadata["title"], document.page_content)

    A document's text is that of the passage. Its metadata: ``article_id``, ``title``, ``url``,
    ``source``, ``published_at`` (ISO 8601; without an offset if the time zone is unknown),
    ``start`` and ``end`` (characters in the article's text), ``score`` (in [0, 1]).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: ArticleStore = Field(description="Must be open while the retriever is used.")
    k: int = Field(default=8, ge=1, description="Largest number of documents.")
    filters: Filters | None = Field(default=None, description="Restricts the articles searched.")

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
