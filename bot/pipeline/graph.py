"""The answering pipeline as a LangGraph graph.

    understand ─┬─ (small talk) ─────────────────────────────────────────────────┐
                ├─ carry_out (a command) ─┬─────────────────────────────── verify ┤
                ├─ respond (a summary …) ─┴(nothing)─┐                            │
                └─ retrieve ◄────────────────────────┘                            │
                     ├─ score ── choose_reading ─┬ compose ─────────────── verify ┤
                     │    ▲                      ├ quote ───────────────── verify ┤
                     │    └ (retrieve) ◄─ next_reading                            │
                     ├───────────────────────────┴ quote_unscored ──────── verify ┤
                     └(choose_reading)── refuse ──────────────────────────────────┴─ save_turn

A message that may continue the conversation has two readings; if the likelier one is uncertain or
not answered, the other is searched for as well, and the one that is answered better is taken.
If a citation is no longer in its article, the step is repeated once, then the question is refused.
With a chat model an answer is composed; what cannot be composed is quoted. Each step is a function
``(Dependencies, QuestionState) -> QuestionState``; the node returns what it changed. A checkpointer
stores ``turns`` and ``language`` only, which are JSON.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from bot.core.models import CancelledError
from bot.pipeline.answer import compose, quote, quote_unscored, refuse, score
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.respond import RESPONSE_INTENTS, respond
from bot.pipeline.retrieve import choose_reading, next_reading, retrieve
from bot.pipeline.save_turn import save_turn
from bot.pipeline.state import QuestionInput, QuestionState
from bot.pipeline.understand import understand
from bot.pipeline.verify import verify

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

MIN_CONFIDENCE_WHEN_DECLINED = 0.8
"""Confidence from which on passages are quoted although the chat model found no answer in them."""

MAX_STALE_READS = 2
"""How often articles are read for a question, since they may change in the meantime."""


def carry_out(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer a command on the last answer; see `bot.pipeline.commands`."""
    from bot.pipeline.commands import carry_out as step  # not needed for a question

    return step(deps, state)


Step = Callable[[Dependencies, QuestionState], QuestionState]
_STEPS: dict[Step, str] = {
    understand: "understand",
    carry_out: "answer",
    respond: "answer",
    retrieve: "retrieve",
    next_reading: "retrieve",
    choose_reading: "answer",
    quote_unscored: "answer",
    score: "answer",
    compose: "answer",
    quote: "answer",
    verify: "verify",
    refuse: "answer",
}
"""The steps, and the stage that the time of each is counted under."""


def compile_graph(
    checkpointer: BaseCheckpointSaver[Any] | None,
) -> CompiledStateGraph[QuestionState, Dependencies, QuestionInput, QuestionState]:
    """The graph, ready to be invoked with ``Dependencies`` as its context."""
    graph = StateGraph(QuestionState, context_schema=Dependencies, input_schema=QuestionInput)
    for step, stage in _STEPS.items():
        graph.add_node(step.__name__, _timed_node(step, stage))
    graph.add_node("save_turn", _save_turn)
    graph.add_edge(START, "understand")
    graph.add_conditional_edges(
        "understand", _after_understand, ["save_turn", "carry_out", "respond", "retrieve"]
    )
    graph.add_conditional_edges("carry_out", _after_response, ["verify", "save_turn", "retrieve"])
    graph.add_conditional_edges("respond", _after_response, ["verify", "save_turn", "retrieve"])
    graph.add_conditional_edges("retrieve", _after_retrieve, ["quote_unscored", "score"])
    graph.add_edge("quote_unscored", "verify")
    graph.add_conditional_edges("score", _after_score, ["next_reading", "choose_reading"])
    graph.add_edge("next_reading", "retrieve")
    graph.add_conditional_edges(
        "choose_reading", _after_choice, ["compose", "quote", "quote_unscored", "refuse"]
    )
    graph.add_conditional_edges("compose", _after_compose, ["verify", "quote", "refuse"])
    graph.add_edge("quote", "verify")
    graph.add_conditional_edges(
        "verify", _after_verify, ["save_turn", "respond", "retrieve", "refuse"]
    )
    graph.add_conditional_edges("refuse", _after_response, ["verify", "save_turn", "retrieve"])
    graph.add_edge("save_turn", END)
    return graph.compile(checkpointer=checkpointer)


def _timed_node(step: Step, stage: str) -> Callable[..., Any]:
    """A node that runs ``step``, adds its milliseconds to ``stage``, and returns the changes.

    Raises:
        CancelledError: from the node, if the question was cancelled.
    """

    def node(state: QuestionState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
        is_cancelled = state.request.is_cancelled
        if is_cancelled is not None and is_cancelled():
            raise CancelledError
        start = time.perf_counter()
        changes = _changes(state, step(runtime.context, state))
        elapsed = (time.perf_counter() - start) * 1000
        total = round(state.timings_ms.get(stage, 0.0) + elapsed, 2)
        return {**changes, "timings_ms": {**state.timings_ms, stage: total}}

    return node


def _save_turn(state: QuestionState, runtime: Runtime[Dependencies]) -> dict[str, Any]:
    return _changes(state, save_turn(runtime.context, state))


def _changes(before: QuestionState, after: QuestionState) -> dict[str, Any]:
    """The fields of ``after`` that differ from ``before``."""
    values = {f.name: getattr(after, f.name) for f in fields(after)}
    return {name: value for name, value in values.items() if value is not getattr(before, name)}


def _after_understand(state: QuestionState) -> str:
    message = state.message
    assert message is not None  # noqa: S101
    if state.answer is not None:
        return "save_turn"
    if message.command is not None and message.command != "correction":
        return "carry_out"
    return "respond" if message.intent in RESPONSE_INTENTS else "retrieve"


def _after_response(state: QuestionState) -> str:
    if state.answer is None:
        return "retrieve"
    return "verify" if state.answer.citations else "save_turn"


def _after_retrieve(state: QuestionState) -> str:
    assert state.message is not None  # noqa: S101
    chosen = state.message.chosen_article is not None
    return "quote_unscored" if state.unscored_quotes and not chosen else "score"


def _after_score(state: QuestionState, runtime: Runtime[Dependencies]) -> str:
    assert state.message is not None  # noqa: S101
    if len(state.scored) == len(state.readings):
        return "choose_reading"
    certain = state.message.is_certain and _is_answered(state, runtime.context)
    return "choose_reading" if certain else "next_reading"


def _is_answered(state: QuestionState, deps: Dependencies) -> bool:
    # Without a sentence there is nothing to quote, however low the threshold.
    confidence = state.confidence or 0.0
    return bool(state.sentences) and confidence >= deps.settings.refusal_threshold


def _after_choice(state: QuestionState, runtime: Runtime[Dependencies]) -> str:
    deps = runtime.context
    if not _is_answered(state, deps):
        return "quote_unscored" if state.unscored_quotes else "refuse"
    return "compose" if deps.composer and state.request.compose else "quote"


def _after_compose(state: QuestionState) -> str:
    if state.answer is not None:
        return "verify"
    declined = state.model_use is not None and state.model_use.fell_back == "declined"
    return (
        "refuse"
        if declined and (state.confidence or 0.0) < MIN_CONFIDENCE_WHEN_DECLINED
        else "quote"
    )


def _after_verify(state: QuestionState) -> str:
    if state.answer is not None:
        return "save_turn"
    if state.stale_reads >= MAX_STALE_READS:
        return "refuse"
    assert state.message is not None  # noqa: S101
    return "respond" if state.message.intent in RESPONSE_INTENTS else "retrieve"
