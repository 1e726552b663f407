"""The state of the answering graph: what a conversation stores, and one question in progress.

And the ``Answer`` built from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypedDict, TypeVar

from langgraph.channels import UntrackedValue

from bot.answering.query import Query
from bot.answering.quote_selection import Quote
from bot.answering.sentence_features import Sentence
from bot.answering.shapes.verdicts import JudgedSentence
from bot.conversation.intent import ParsedMessage
from bot.conversation.turns import History, Turn, split_history
from bot.core.intents import Reply, Slots
from bot.core.models import (
    Answer,
    Citation,
    Draft,
    Mode,
    ModelUse,
    ReaderSummary,
    RetrievedRef,
    SuggestedQuestion,
    Suggestion,
    Verdict,
)
from bot.core.usage import UsageCounter
from bot.pipeline.dependencies import Dependencies
from prompts import Language
from vectorstore.core.types import Filters, RetrievedPassage

T = TypeVar("T")
Transient = Annotated[T, UntrackedValue]
"""A channel of one run of the graph, which no checkpoint contains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRequest:
    """A question and its options; see ``Engine.ask``."""

    question: str = ""
    filters: Filters | None = None
    language: Literal["auto", "ar", "en"] = "auto"
    turn_id: str | None = None
    edited: bool = False
    chosen: SuggestedQuestion | None = None
    offset: int | None = None
    on_draft: Callable[[Draft], None] | None = None
    is_cancelled: Callable[[], bool] | None = None
    compose: bool = True


class QuestionInput(TypedDict):
    """Input of the graph."""

    request: Transient[QuestionRequest]


@dataclass(frozen=True, kw_only=True)
class QuestionState:
    """The channels of the graph. Nodes return changes of it and never modify it.

    Attributes:
        turns: The stored turns, oldest first, in the form of ``Turn.to_json``. Checkpointed.
        language: The language of the last answer. Checkpointed.
        request: The question.
        reply_language: The language of the answer.
        readings: The readings of the message, the likeliest first.
        scored: The states after the scoring of those that were searched for.
        message: The reading that is searched for or answered.
        query: What is searched for.
        passages: The retrieved passages, best first.
        passages_outside_dates: Passages outside the dates of a question that nothing inside them
            answers.
        unscored_quotes: Quotes that need no scoring: leads of articles, or earlier quotes.
        intro_key: Key under ``bot.answer`` of the line before them.
        sentences: The scored sentences of ``passages``.
        confidence: Probability that they answer the question.
        judged: The sentence that answers a yes/no question, with its verdict.
        side_quotes: The sides of a comparison, each with its quote; None if nothing answers it. One
            quote without a name tells of both.
        reader: The reading model's part in that.
        chosen_by_reader: Whether the reading model had a part in the choice of sentences, rather
            than in their highlighting only.
        reply: The content of an answer that needs no scoring (a summary, headlines …).
        slots: What the request for it names.
        answer: The answer.
        model_use: What the chat model did for the answer.
        usage: Token usage of all calls of the chat model so far.
        timings_ms: Milliseconds per stage.
        stale_reads: How many answers were discarded because a cited article had changed.
    """

    turns: list[dict[str, Any]] = field(default_factory=list)
    language: Language | None = None

    # After a cancelled question LangGraph builds a state of what was checkpointed alone.
    request: Transient[QuestionRequest] = field(default_factory=QuestionRequest)
    reply_language: Transient[Language] = "ar"
    readings: Transient[tuple[ParsedMessage, ...]] = ()
    scored: Transient[tuple[QuestionState, ...]] = ()
    message: Transient[ParsedMessage | None] = None
    query: Transient[Query | None] = None
    passages: Transient[list[RetrievedPassage]] = field(default_factory=list)
    passages_outside_dates: Transient[list[RetrievedPassage]] = field(default_factory=list)
    unscored_quotes: Transient[list[Quote]] = field(default_factory=list)
    intro_key: Transient[str | None] = None
    sentences: Transient[list[Sentence]] = field(default_factory=list)
    confidence: Transient[float | None] = None
    judged: Transient[JudgedSentence | None] = None
    side_quotes: Transient[list[tuple[str, Quote | None]]] = field(default_factory=list)
    reader: Transient[ReaderSummary | None] = None
    chosen_by_reader: Transient[bool] = False
    reply: Transient[Reply | None] = None
    slots: Transient[Slots] = field(default_factory=Slots)
    answer: Transient[Answer | None] = None
    model_use: Transient[ModelUse | None] = None
    usage: Transient[UsageCounter | None] = None
    timings_ms: Transient[dict[str, float]] = field(default_factory=dict)
    stale_reads: Transient[int] = 0

    @property
    def history(self) -> History:
        """The turns before and after this question."""
        turns = [Turn.from_json(stored) for stored in self.turns]
        return split_history(turns, self.request.turn_id, edited=self.request.edited)

    def with_message(self, message: ParsedMessage) -> QuestionState:
        """This state with ``message``, and the query that follows from it."""
        if message is self.message:
            return self
        context = frozenset(message.context_articles)
        query = Query(message.standalone, message.dates, context, self.request.filters)
        return replace(self, message=message, query=query)


def build_answer(
    deps: Dependencies,
    state: QuestionState,
    mode: Mode,
    text: str,
    *,
    citations: tuple[Citation, ...] = (),
    suggestions: tuple[Suggestion, ...] = (),
    verdict: Verdict | None = None,
    next_offset: int | None = None,
) -> Answer:
    """The answer with this ``text``."""
    message = state.message
    assert message is not None  # noqa: S101
    return Answer(
        text=text,
        refused=mode == "refusal",
        language=state.reply_language,
        mode=mode,
        question=state.request.question,
        standalone_question=message.standalone.text,
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
        intent=message.intent,
        command=message.command,
        verdict=verdict,
        next_offset=next_offset,
    )


def _unused_calls(deps: Dependencies, state: QuestionState) -> ModelUse | None:
    """Usage of a chat model that did not compose the answer."""
    if deps.composer is None or state.usage is None:
        return None
    return state.usage.model_use(deps.composer.settings)
