"""How providers' servers stream what a model says: the bytes of four protocols."""

from __future__ import annotations

import json
from typing import Any, Protocol

NDJSON, EVENTS = "application/x-ndjson", "text/event-stream"


class Dialect(Protocol):
    """One protocol's way to begin, to say a piece and to end."""

    content_type: str

    def begin(self) -> str: ...
    def piece(self, text: str) -> str: ...
    def end(self, request: dict[str, Any], read: int, written: int) -> str: ...


def dialect_of(path: str) -> Dialect | None:
    """The protocol that is spoken at an address."""
    if path.endswith("/chat/completions"):
        return OpenAI()
    if path.endswith("/api/chat"):
        return Ollama()
    if path.endswith("/v1/messages"):
        return Anthropic()
    return Google() if ":streamGenerateContent" in path else None


def _event(fields: dict[str, Any], name: str = "") -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(fields, ensure_ascii=False)}\n\n"


class OpenAI:
    """https://platform.openai.com/docs/api-reference/chat-streaming"""

    content_type = EVENTS

    def begin(self) -> str:
        return ""

    def piece(self, text: str) -> str:
        return self._chunk({"choices": [{"index": 0, "delta": {"content": text}}]})

    def end(self, request: dict[str, Any], read: int, written: int) -> str:
        last = self._chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (request.get("stream_options") or {}).get("include_usage"):
            usage = {
                "prompt_tokens": read,
                "completion_tokens": written,
                "total_tokens": read + written,
            }
            last += self._chunk({"choices": [], "usage": usage})
        return f"{last}data: [DONE]\n\n"

    @staticmethod
    def _chunk(fields: dict[str, Any]) -> str:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0}
        return _event({**head, "model": "scripted", **fields})


class Ollama:
    """https://github.com/ollama/ollama/blob/main/docs/api.md"""

    content_type = NDJSON

    def begin(self) -> str:
        return ""

    def piece(self, text: str) -> str:
        return self._line(text, done=False)

    def end(self, request: dict[str, Any], read: int, written: int) -> str:
        counts = {"done_reason": "stop", "prompt_eval_count": read, "eval_count": written}
        return self._line("", done=True, **counts)

    @staticmethod
    def _line(text: str, **fields: Any) -> str:
        message: dict[str, Any] = {"role": "assistant", "content": text}
        made = {"model": "scripted", "created_at": "2026-01-01T00:00:00Z", "message": message}
        return json.dumps({**made, **fields}, ensure_ascii=False) + "\n"


class Anthropic:
    """https://docs.anthropic.com/en/docs/build-with-claude/streaming"""

    content_type = EVENTS

    def begin(self) -> str:
        message: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "scripted",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        block = {"type": "text", "text": ""}
        return self._said("message_start", message=message) + self._said(
            "content_block_start", index=0, content_block=block
        )

    def piece(self, text: str) -> str:
        delta = {"type": "text_delta", "text": text}
        return self._said("content_block_delta", index=0, delta=delta)

    def end(self, request: dict[str, Any], read: int, written: int) -> str:
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        usage = {"input_tokens": read, "output_tokens": written}
        return (
            self._said("content_block_stop", index=0)
            + self._said("message_delta", delta=delta, usage=usage)
            + self._said("message_stop")
        )

    @staticmethod
    def _said(kind: str, **fields: Any) -> str:
        return _event({"type": kind, **fields}, kind)


class Google:
    """https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent"""

    content_type = EVENTS

    def begin(self) -> str:
        return ""

    def piece(self, text: str) -> str:
        return self._chunk(text)

    def end(self, request: dict[str, Any], read: int, written: int) -> str:
        counts = {
            "promptTokenCount": read,
            "candidatesTokenCount": written,
            "totalTokenCount": read + written,
        }
        return self._chunk("", {"finishReason": "STOP"}, usageMetadata=counts)

    @staticmethod
    def _chunk(text: str, more: dict[str, Any] | None = None, **fields: Any) -> str:
        content = {"parts": [{"text": text}], "role": "model"}
        candidate = {"content": content, "index": 0, **(more or {})}
        return _event({"candidates": [candidate], "modelVersion": "scripted", **fields})
