"""Passages for tests of composing, and a stand-in for embeddings that finds everything alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from bot.generation.core.prompt import PromptPassage
from vectorstore.core.types import ArticleInfo, RetrievedPassage
from vectorstore.embedding.embedder import Vectors


def passage(
    text: str, number: int = 1, *, title: str = "", published: str | None = None, start: int = 0
) -> RetrievedPassage:
    article = ArticleInfo(
        id=f"article-{number}",
        title=title,
        published_at=datetime.fromisoformat(published) if published else None,
        language="ar",
    )
    return RetrievedPassage(
        id=f"passage-{number}",
        article=article,
        index=0,
        start=start,
        end=start + len(text),
        text=text,
    )


def excerpts(*texts: str | RetrievedPassage) -> list[PromptPassage]:
    found = []
    for number, text in enumerate(texts, 1):
        whole = passage(text, number) if isinstance(text, str) else text
        found.append(PromptPassage(whole, whole.text))
    return found


def all_alike(texts: Sequence[str]) -> Vectors:
    """Every text means the same: what is tested then is everything but the embeddings."""
    return np.ones((len(texts), 1), dtype=np.float32)


def none_alike(texts: Sequence[str]) -> Vectors:
    return np.eye(len(texts), dtype=np.float32)
