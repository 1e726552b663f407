"""What a model thinks aloud before it answers is not its answer. Pure.

Models that reason do so between tags at the beginning of what they write, unless their server or
client keeps it apart: ``<think>…</think>`` (Qwen, DeepSeek), ``[THINK]…[/THINK]`` (Magistral).
"""

from __future__ import annotations

_TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[think]": "[/think]",
}


class ReasoningFilter:
    """Lets a stream of text through but for thoughts at its beginning, however it is cut."""

    def __init__(self) -> None:
        self._held = ""
        self._closing: str | None = None
        self._through = False

    def feed(self, piece: str) -> str:
        """Add ``piece``; what of the answer may go on."""
        if self._through:
            return piece
        self._held += piece
        if self._closing is None:
            self._held = self._held.lstrip()
            start = self._held.lower()
            opening = next((tag for tag in _TAGS if start.startswith(tag)), None)
            if opening is None:
                if any(tag.startswith(start) for tag in _TAGS):
                    return ""  # it may become one
                return self._let_through(self._held)
            self._closing = _TAGS[opening]
            self._held = self._held[len(opening) :]
        at = self._held.lower().find(self._closing)
        if at < 0:
            self._held = self._held[-len(self._closing) :]  # it may have begun
            return ""
        return self._let_through(self._held[at + len(self._closing) :])

    def finish(self) -> str:
        """The stream has ended; what was held back of the answer."""
        rest = "" if self._closing is not None and not self._through else self._held
        return self._let_through(rest)

    def _let_through(self, text: str) -> str:
        self._held, self._through = "", True
        return text
