"""Builds an ``Answer`` from the state of the graph."""

from __future__ import annotations

from bot.core.models import Answer, Citation, Mode, ModelUse, RetrievedRef, Suggestion
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState


def build_answer(
    deps: Dependencies,
    state: QuestionState,
    mode: Mode,
    text: str,
    *,
    citations: tuple[Citation, ...] = (),
    suggestions: tuple[Suggestion, ...] = (),
) -> Answer:
    """The answer with this ``text``."""
    assert state.message is not None  # noqa: S101
    return Answer(
        text=text,
        refused=mode == "refusal",
        language=state.reply_language,
        mode=mode,
        question=state.request.question,
        standalone_question=state.message.standalone.text,
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
            for p in state.passages
        ),
        confidence=state.confidence,
        reading=state.reader,
        model=state.model_use or _unused_calls(deps, state),
    )


def _unused_calls(deps: Dependencies, state: QuestionState) -> ModelUse | None:
    """Usage of a chat model that did not compose the answer."""
    if deps.composer is None or state.usage is None:
        return None
    return state.usage.model_use(deps.composer.settings)
