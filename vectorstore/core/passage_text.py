"""The text of a passage as it is embedded and searched, and the ids of passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from vectorstore.core.types import Article, Passage

Numbered = list[tuple[str, Passage]]
"""Passages with their ids."""


TITLE_CHARACTERS = 200
"""Of a title that is embedded: one without end would push the passage out of the model's window."""

EMBEDDED_TITLES = "embedded_titles"
"""Under this name the catalogue keeps the length at which titles were cut for its vectors; older
vectors have whole titles, and are made anew where that makes a difference."""


def embedding_text(title: str, text: str) -> str:
    """What is embedded of a passage: its article's title gives it context."""
    return searched_text(title[:TITLE_CHARACTERS], text)


def searched_text(title: str, text: str) -> str:
    """What the lexical index keeps of a passage: every word of its article's title, and its own."""
    return f"{title}\n{text}" if title else text


def numbered(article: Article, passages: Iterable[Passage], chunker_id: str) -> Numbered:
    """Passages with ids that differ between versions of an article, and between ways to cut one.

    So the old and the new version can lie in the indexes side by side for a moment.
    """
    passages = list(passages)
    spans = " ".join(f"{p.start}-{p.end}" for p in passages)
    version = "\0".join([article.id, article.content_hash, chunker_id, spans])
    digest = hashlib.sha256(version.encode("utf-8", "surrogatepass")).hexdigest()
    return [(f"{digest[:24]}-{passage.index}", passage) for passage in passages]
