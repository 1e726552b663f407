"""Figures for Prometheus, in its text format (version 0.0.4).

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from bot.core.models import Answer, ModelUse

Labels = tuple[tuple[str, str], ...]

_HELP = {
    "rawi_questions_total": "Questions that were answered, by how.",
    "rawi_stage_seconds_sum": "Seconds spent in a stage of answering.",
    "rawi_stage_seconds_count": "Questions that went through a stage of answering.",
    "rawi_telegram_updates_skipped_total": "Updates that could not be built, by kind.",
    "rawi_telegram_errors_total": "Calls to Telegram that failed, by kind; most were repeated.",
    "rawi_model_calls_total": "Calls to the chat model.",
    "rawi_model_tokens_total": "Tokens that the chat model read and wrote.",
    "rawi_model_cost_total": "What they cost, by the prices in the settings.",
    "rawi_model_sentences_total": "Sentences of the chat model, by what came of the check.",
    "rawi_model_fallbacks_total": "Answers that it was asked for and did not give, by why.",
    "rawi_syncs_total": "Syncs of sources, by how they ended.",
    "rawi_limited_total": "Questions that were turned away, by limit.",
}


class Metrics:
    """Counts since the bot was started. Only the event loop's thread counts."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Labels], float] = defaultdict(float)
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._counts[(name, tuple(sorted(labels.items())))] += by

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show what ``value()`` gives at the moment of asking."""
        self._gauges[name] = (text, value)

    def answered(self, given: Answer) -> None:
        """Count an answer and the time of its stages."""
        self.count("rawi_questions_total", mode=given.mode)
        for stage, milliseconds in given.timings_ms.items():
            self.count("rawi_stage_seconds_sum", milliseconds / 1000, stage=stage)
            self.count("rawi_stage_seconds_count", stage=stage)

        if given.model is not None:
            self._asked(given.model)

    def _asked(self, use: ModelUse) -> None:
        """Count what a chat model did for an answer."""
        self.count("rawi_model_calls_total", use.calls)
        self.count("rawi_model_tokens_total", use.input_tokens or 0, direction="read")
        self.count("rawi_model_tokens_total", use.output_tokens or 0, direction="written")
        self.count("rawi_model_cost_total", use.cost or 0)
        self.count(
            "rawi_model_sentences_total", use.sentences - use.unsupported, verdict="supported"
        )
        self.count("rawi_model_sentences_total", use.unsupported, verdict="unsupported")
        if use.fell_back is not None:
            self.count("rawi_model_fallbacks_total", reason=use.fell_back)

    def text(self) -> str:
        """All figures."""
        lines = []
        for name in sorted({name for name, _ in self._counts}):
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} counter"]
            lines += [
                f"{name}{_shown(dict(labels))} {value:g}"
                for (counted, labels), value in sorted(self._counts.items())
                if counted == name
            ]
        for name, (text, value) in sorted(self._gauges.items()):
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name} {value():g}"]
        return "\n".join(lines) + "\n"


def _shown(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
