"""Removes the reasoning of a model from the beginning of its output.

Reasoning models write it between tags, unless their server separates it: ``<think>…</think>``
(Qwen, DeepSeek), ``[THINK]…[/THINK]`` (Magistral).
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
    """Removes reasoning at the beginning of a stream; the chunk boundaries do not matter.

    Example:
        >>> stream = ReasoningFilter()
        >>> stream.feed("<thi"), stream.feed("nk>Which bridge?</thi"), stream.feed("nk>It opened.")
        ('', '', 'It opened.')
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._closing_tag: str | None = None
        self._done = False

    def feed(self, chunk: str) -> str:
        """Add ``chunk``; the text that is known not to be reasoning."""
        if self._done:
            return chunk
        self._buffer += chunk
        if self._closing_tag is None:
            self._buffer = self._buffer.lstrip()
            start = self._buffer.lower()
            opening = next((tag for tag in _TAGS if start.startswith(tag)), None)
            if opening is None:
                if any(tag.startswith(start) for tag in _TAGS):
                    return ""  # possibly an incomplete opening tag
                return self._end(self._buffer)
            self._closing_tag = _TAGS[opening]
            self._buffer = self._buffer[len(opening) :]
        at = self._buffer.lower().find(self._closing_tag)
        if at < 0:
            self._buffer = self._buffer[-len(self._closing_tag) :]  # may end in a part of the tag
            return ""
        return self._end(self._buffer[at + len(self._closing_tag) :])

    def finish(self) -> str:
        """The stream has ended; the rest of the text."""
        in_reasoning = self._closing_tag is not None and not self._done
        return self._end("" if in_reasoning else self._buffer)

    def _end(self, text: str) -> str:
        self._buffer, self._done = "", True
        return text
