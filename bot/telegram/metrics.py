"""Figures for Prometheus, in its text format (version 0.0.4).

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from bot.answers import Answer

Labels = tuple[tuple[str, str], ...]

_HELP = {
    "rawi_questions_total": "Questions that were answered, by how.",
    "rawi_stage_seconds_sum": "Seconds spent in a stage of answering.",
    "rawi_stage_seconds_count": "Questions that went through a stage of answering.",
    "rawi_telegram_errors_total": "Calls to Telegram that failed, by kind; most were repeated.",
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
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
