"""Dependencies of the steps of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.answering.sentence_scorer import SentenceScorer
from bot.conversation.article_context import ArticleContext
from bot.core.settings import BotSettings
from vectorstore.reader.loading import LazyReader
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    from bot.generation.composer import Composer


@dataclass(frozen=True)
class Dependencies:
    """The store, the settings and what was built from them; the graph's runtime context."""

    store: ArticleStore
    settings: BotSettings
    composer: Composer | None
    reader: LazyReader | None
    scorer: SentenceScorer
    article_context: ArticleContext

    @property
    def today(self) -> date:
        """The date that "yesterday" in a question is relative to."""
        return self.settings.today or date.today()

    @classmethod
    def of(
        cls,
        store: ArticleStore,
        settings: BotSettings,
        composer: Composer | None = None,
        reader: LazyReader | None = None,
    ) -> Dependencies:
        """Build them; the reading model is left out if the settings turn it off."""
        reader = reader if settings.reader == "auto" else None
        scorer = SentenceScorer(store, reader)
        return cls(store, settings, composer, reader, scorer, ArticleContext(store))
