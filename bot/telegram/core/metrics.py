"""Prometheus metrics of one running bot."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Summary,
    disable_created_metrics,
    generate_latest,
)

from bot.core.models import Answer, ModelUse

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Counters since the start of the bot, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.stages = Summary(
            "rawi_stage_seconds",
            "Seconds spent in a stage of answering.",
            ["stage"],
            registry=self.registry,
        )
        self.questions = self._counter("questions", "Answered questions, by mode.", "mode")
        self.limited = self._counter("limited", "Questions over a rate limit, by limit.", "limit")
        self.skipped_updates = self._counter(
            "telegram_updates_skipped", "Updates that could not be built, by kind.", "kind"
        )
        self.telegram_errors = self._counter(
            "telegram_errors", "Failed calls to Telegram, by kind; most were repeated.", "kind"
        )
        self.syncs = self._counter("syncs", "Syncs of sources, by result.", "status")
        self.model_calls = self._counter("model_calls", "Calls to the chat model.")
        self.model_tokens = self._counter(
            "model_tokens", "Tokens read and written by the chat model.", "direction"
        )
        self.model_cost = self._counter(
            "model_cost", "Cost of the chat model, by the prices in the settings."
        )
        self.model_sentences = self._counter(
            "model_sentences", "Sentences of the chat model, by result of the check.", "verdict"
        )
        self.model_fallbacks = self._counter(
            "model_fallbacks", "Answers that the chat model failed to give, by reason.", "reason"
        )

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"rawi_{name}", documentation, labels, registry=self.registry)

    def gauge(self, name: str, documentation: str, value: Callable[[], float]) -> None:
        """Add a gauge that calls ``value`` whenever the metrics are read."""
        Gauge(name, documentation, registry=self.registry).set_function(value)

    def count_answer(self, answer: Answer) -> None:
        """Count an answer, the time of its stages and its use of a chat model."""
        self.questions.labels(answer.mode).inc()
        for stage, milliseconds in answer.timings_ms.items():
            self.stages.labels(stage).observe(milliseconds / 1000)
        if answer.model is not None:
            self._count_model_use(answer.model)

    def _count_model_use(self, use: ModelUse) -> None:
        self.model_calls.inc(use.calls)
        self.model_tokens.labels("read").inc(use.input_tokens or 0)
        self.model_tokens.labels("written").inc(use.output_tokens or 0)
        self.model_cost.inc(use.cost or 0)
        self.model_sentences.labels("supported").inc(use.sentences - use.unsupported)
        self.model_sentences.labels("unsupported").inc(use.unsupported)
        if use.fell_back is not None:
            self.model_fallbacks.labels(use.fell_back).inc()

    def text(self) -> bytes:
        """All metrics in the Prometheus text format, version 0.0.4."""
        return generate_latest(self.registry)
