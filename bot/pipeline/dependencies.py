"""What the steps work with, and the form of what they reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.answering.sentence_scorer import SentenceScorer
from bot.conversation.article_context import ArticleContext
from bot.core.models import Answer, Citation, Mode, ModelUse, RetrievedRef, Suggestion
from bot.core.settings import BotSettings
from bot.pipeline.state import QuestionState
from vectorstore.reader.loading import LazyReader
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    from bot.generation.composer import Composer


@dataclass(frozen=True)
class Dependencies:
    """The store and the settings that the steps share; one for as long as those are the same."""

    store: ArticleStore
    settings: BotSettings
    composer: Composer | None
    waiting_reader: LazyReader | None
    weighing: SentenceScorer
    ground: ArticleContext

    @classmethod
    def of(
        cls,
        store: ArticleStore,
        settings: BotSettings,
        composer: Composer | None = None,
        waiting_reader: LazyReader | None = None,
    ) -> Dependencies:
        """Means over ``store``; the reading model is left out where the settings say so."""
        reader = waiting_reader if settings.reader == "auto" else None
        weighing = SentenceScorer(store, reader)
        return cls(store, settings, composer, reader, weighing, ArticleContext(store))


def reply_of(
    means: Dependencies,
    work: QuestionState,
    mode: Mode,
    said: str,
    *,
    citations: tuple[Citation, ...] = (),
    suggestions: tuple[Suggestion, ...] = (),
) -> Answer:
    """The reply ``said``, with what the road has come to know."""
    return Answer(
        text=said,
        refused=mode == "refusal",
        language=work.language,
        mode=mode,
        question=work.question,
        standalone_question=work.standalone.text,
        citations=citations,
        suggestions=suggestions,
        retrieved=tuple(
            RetrievedRef(
                passage_id=p.id,
                article_id=p.article.id,
                index=p.index,
                start=p.start,
                end=p.end,
                score=p.score,
            )
            for p in work.passages
        ),
        confidence=work.confidence,
        reading=work.reading,
        model=work.model or _asked_model(means, work),
    )


def _asked_model(means: Dependencies, work: QuestionState) -> ModelUse | None:
    """What a chat model did for a reply that it did not compose."""
    if means.composer is None or work.spent is None:
        return None
    return work.spent.model_use(means.composer.settings)
