"""A question's road as one LangGraph graph.

    understand ─┬─ (small talk) ──────────────────────────┐
                └─ retrieve ─┬ weigh ─┬ compose ─ verify ─┤
                             │        ├ quote ─── verify ─┤
                             ├────────┴ tell ──── verify ─┤
                             └(weigh)── refuse ───────────┴─ remember

What does not stand in its article any more is retrieved again, once, and then refused.
With a chat model the graph composes what it would quote; what cannot be composed is quoted.
The state is plain JSON-able data, so any checkpointer can keep it. What only one question needs
(passages, sentences) travels in ``Workspace``, which is not kept. The steps stand in
``bot.pipeline``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from bot.core.models import CancelledError
from bot.pipeline import answer, retrieve, save_turn, verify
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, ThreadState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

SURE = 0.8
"""Confidence from which on Rawi quotes even where the model found no answer in the passages."""

READINGS = 2
"""How often the articles are read for a question: they may change under the first answer."""

Step = Callable[[Dependencies, ThreadState, QuestionState], None]
_STEPS: dict[str, tuple[str, Step]] = {
    "understand": ("understand", retrieve.take),
    "retrieve": ("retrieve", retrieve.find),
    "tell": ("answer", answer.tell),
    "weigh": ("answer", answer.weigh),
    "compose": ("answer", answer.compose),
    "quote": ("answer", answer.quote),
    "verify": ("verify", verify.verify),
    "refuse": ("answer", answer.refuse),
}
"""Per node, the stage that its time is counted under, and what it does."""


def compiled(
    means: Dependencies, checkpointer: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[ThreadState, QuestionState, ThreadState, ThreadState]:
    """The graph over ``means``, ready to run."""

    def enough(state: ThreadState, runtime: Runtime[QuestionState]) -> str:
        return _after_weighing(means, runtime.context)

    def remember(state: ThreadState, runtime: Runtime[QuestionState]) -> ThreadState:
        return save_turn.remember(means, state, runtime.context)

    graph = StateGraph(ThreadState, context_schema=QuestionState)
    for name, (stage, step) in _STEPS.items():
        graph.add_node(name, _timed(means, stage, step))
    graph.add_node("remember", remember)
    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", _after_understanding, ["remember", "retrieve"])
    graph.add_conditional_edges("retrieve", _after_retrieving, ["tell", "weigh"])
    graph.add_edge("tell", "verify")
    graph.add_conditional_edges("weigh", enough, ["compose", "quote", "tell", "refuse"])
    graph.add_conditional_edges("compose", _after_composing, ["verify", "quote", "refuse"])
    graph.add_edge("quote", "verify")
    graph.add_conditional_edges("verify", _after_verifying, ["remember", "retrieve", "refuse"])
    graph.add_edge("refuse", "remember")
    graph.add_edge("remember", END)
    return graph.compile(checkpointer=checkpointer)


def _timed(means: Dependencies, stage: str, step: Step) -> Callable[..., Any]:
    """A graph node that runs ``step`` and notes its milliseconds under ``stage``."""

    def node(state: ThreadState, runtime: Runtime[QuestionState]) -> dict[str, Any]:
        work = runtime.context
        if work.cancelled is not None and work.cancelled():
            raise CancelledError
        begun = time.perf_counter()
        step(means, state, work)
        spent = (time.perf_counter() - begun) * 1000
        work.timings_ms[stage] = round(work.timings_ms.get(stage, 0.0) + spent, 2)
        return {}

    return node


def _after_understanding(state: ThreadState, runtime: Runtime[QuestionState]) -> str:
    return "remember" if runtime.context.answer is not None else "retrieve"


def _after_retrieving(state: ThreadState, runtime: Runtime[QuestionState]) -> str:
    work = runtime.context
    return "tell" if work.tells and work.understood.article is None else "weigh"


def _after_weighing(means: Dependencies, work: QuestionState) -> str:
    # Without a sentence there is nothing to quote, however low the threshold.
    if not work.sentences or (work.confidence or 0.0) < means.settings.refusal_threshold:
        if work.tells:  # of the article that was picked
            work.tells_key = "lead_of_pick"
            return "tell"
        return "refuse"
    return "compose" if means.composer and work.compose else "quote"


def _after_composing(state: ThreadState, runtime: Runtime[QuestionState]) -> str:
    work = runtime.context
    if work.answer is not None:
        return "verify"
    declined = work.model is not None and work.model.fell_back == "declined"
    return "refuse" if declined and (work.confidence or 0.0) < SURE else "quote"


def _after_verifying(state: ThreadState, runtime: Runtime[QuestionState]) -> str:
    work = runtime.context
    if work.answer is not None:
        return "remember"
    return "retrieve" if work.misread < READINGS else "refuse"
