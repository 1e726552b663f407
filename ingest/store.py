"""Opens the store with this package's chunker; imports no loader, so that questions need none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ingest.core.settings import IngestSettings
from ingest.text import (
    BOILERPLATE_VERSION,
    CHUNKER_VERSION,
    CLEANING_VERSION,
    DETECTOR_VERSION,
)
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    from ingest.text.chunking import Chunker
    from ingest.text.cross_article_boilerplate import CrossArticleDetector
    from vectorstore.embedding.embedder import Embedder

RESERVED_TITLE_TOKENS = 96
"""Tokens of the model's window that are reserved for the article's title …"""
RESERVED_TITLE_FRACTION = 4
"""… or this fraction of the window, for models with a short one."""


def chunker_id(settings: IngestSettings | None = None) -> str:
    """The versions of cleaning and chunking; part of the store's fingerprint."""
    settings = settings or IngestSettings()
    versions = (CLEANING_VERSION, BOILERPLATE_VERSION, DETECTOR_VERSION, CHUNKER_VERSION)
    return f"{' '.join(versions)}/{settings.passage_tokens}"


def chunker_for(embedder: Embedder, settings: IngestSettings | None = None) -> Chunker:
    """A chunker whose passages fit the window of the embedding model, title included."""
    from ingest.text.chunking import TAIL_TOLERANCE, Chunker  # only writers chunk

    settings = settings or IngestSettings()
    window = embedder.max_tokens
    room = int(
        (window - min(RESERVED_TITLE_TOKENS, window // RESERVED_TITLE_FRACTION)) / TAIL_TOLERANCE
    )
    return Chunker(embedder.token_starts, max(1, min(settings.passage_tokens, room)))


def _detector() -> CrossArticleDetector:
    from ingest.text.cross_article_boilerplate import CrossArticleDetector  # only writers need it

    return CrossArticleDetector(chunker_for)


def open_store(
    settings: StoreSettings | None = None,
    *,
    writable: bool = False,
    check_fingerprint: bool = True,
    throttle: Callable[[], None] | None = None,
    notify: Callable[[str], None] | None = None,
) -> ArticleStore:
    """The store, with this package's chunker and boilerplate detector.

    See `ArticleStore` for the arguments and the errors raised.
    """
    if writable:
        from ingest.core.malloc import limit_malloc_arenas

        limit_malloc_arenas()  # takes effect only before threads start
    return ArticleStore(
        settings,
        chunker_id=chunker_id(),
        detector=_detector,
        writable=writable,
        check_fingerprint=check_fingerprint,
        throttle=throttle,
        notify=notify,
    )
