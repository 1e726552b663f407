"""Passages and fake embeddings for tests of generation."""

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


def prompt_passages(*texts: str | RetrievedPassage) -> list[PromptPassage]:
    passages = [
        passage(text, number) if isinstance(text, str) else text
        for number, text in enumerate(texts, 1)
    ]
    return [PromptPassage(p, p.text) for p in passages]


def embed_alike(texts: Sequence[str]) -> Vectors:
    """All texts have the same vector."""
    return np.ones((len(texts), 1), dtype=np.float32)


def embed_unlike(texts: Sequence[str]) -> Vectors:
    """All vectors are orthogonal."""
    return np.eye(len(texts), dtype=np.float32)
