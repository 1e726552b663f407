"""Text of passages as it is embedded and indexed, and passage ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from vectorstore.core.types import Article, Passage

NumberedPassages = list[tuple[str, Passage]]
"""Passages with their ids."""


MAX_EMBEDDED_TITLE_LENGTH = 200
"""Longest part of a title that is embedded, so that the passage stays in the model's window."""

EMBEDDED_TITLES_KEY = "embedded_titles"
"""Metadata key for the `MAX_EMBEDDED_TITLE_LENGTH` of the stored vectors. Not set for older stores,
whose vectors include whole titles and are only reused if the title is short enough."""


def embedding_text(title: str, text: str) -> str:
    """The embedded text of a passage; the title of its article gives context."""
    return searched_text(title[:MAX_EMBEDDED_TITLE_LENGTH], text)


def searched_text(title: str, text: str) -> str:
    """The indexed text of a passage: the whole title of its article and its own text."""
    return f"{title}\n{text}" if title else text


def number_passages(
    article: Article, passages: Iterable[Passage], chunker_id: str
) -> NumberedPassages:
    """Passages with ids that are unique per version of the article and chunker.

    So the indexes can hold the old and the new version at the same time.
    """
    passages = list(passages)
    spans = " ".join(f"{p.start}-{p.end}" for p in passages)
    version = "\0".join([article.id, article.content_hash, chunker_id, spans])
    digest = hashlib.sha256(version.encode("utf-8", "surrogatepass")).hexdigest()
    return [(f"{digest[:24]}-{passage.index}", passage) for passage in passages]
