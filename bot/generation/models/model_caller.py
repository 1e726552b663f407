"""Calls of a chat model with timeouts, retries and cancellation.

Clients of providers cannot be interrupted from outside, so each stream is read by a thread of its
own, and the caller polls a queue for chunks, timeouts and cancellation.
"""

from __future__ import annotations

import contextlib
import contextvars
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.models import CancelledError
from bot.generation.core.errors import FailureReason, ModelFailedError, ModelUnusableError
from bot.generation.core.prompt import Message

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from bot.core.settings import LLMSettings

_POLL_INTERVAL = 0.1
MAX_RETRY_DELAY = 20.0
"""Seconds; if a server asks for a longer delay, the call is not retried."""

IsCancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call, as counted by the provider."""

    input_tokens: int
    output_tokens: int


class ModelCaller:
    """Streams the output of the model made by ``factory`` on first use. Thread-safe."""

    def __init__(
        self,
        factory: Callable[[], BaseChatModel],
        settings: LLMSettings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._factory, self._settings = factory, settings
        self._sleep, self._jitter = sleep, jitter
        self._model: BaseChatModel | None = None
        self._lock = threading.Lock()

    def stream(
        self, messages: Sequence[Message], is_cancelled: IsCancelled | None = None
    ) -> Iterator[str | TokenUsage]:
        """Chunks of text as they arrive, then the token usage if the provider reports it.

        Failures that may pass are retried as long as no text has arrived.

        Raises:
            ModelFailedError: The last attempt failed.
            CancelledError: ``is_cancelled`` returned True.
        """
        cancelled = is_cancelled or (lambda: False)
        deadline = time.monotonic() + self._settings.total_timeout
        for attempt in range(self._settings.retries + 1):
            has_text = False
            try:
                for item in self._attempt(messages, cancelled, deadline):
                    has_text = has_text or isinstance(item, str)
                    yield item
                return
            except ModelFailedError as failure:
                if has_text or not failure.retryable or attempt == self._settings.retries:
                    raise
                self._back_off(attempt, failure, deadline, cancelled)

    def _back_off(
        self, attempt: int, failure: ModelFailedError, deadline: float, is_cancelled: IsCancelled
    ) -> None:
        """Wait as long as the server asks for, else exponentially with jitter."""
        delay = failure.retry_after
        if delay is None:
            delay = 0.5 * 2**attempt * (0.5 + self._jitter() / 2)
        if delay > MAX_RETRY_DELAY or time.monotonic() + delay >= deadline:
            raise failure
        until = time.monotonic() + delay
        while (left := until - time.monotonic()) > 0:
            if is_cancelled():
                raise CancelledError
            self._sleep(min(left, _POLL_INTERVAL))

    def _attempt(
        self, messages: Sequence[Message], is_cancelled: IsCancelled, deadline: float
    ) -> Iterator[str | TokenUsage]:
        reader = _StreamReader(self._load(), messages)
        limit = min(deadline, time.monotonic() + self._settings.first_token_timeout)
        try:
            while True:
                if is_cancelled():
                    raise CancelledError
                try:
                    item = reader.next(timeout=_POLL_INTERVAL)
                except queue.Empty:
                    if time.monotonic() >= limit:
                        raise ModelFailedError("timeout", retryable=True) from None
                    continue
                if item is None:
                    return
                yield item
                if time.monotonic() >= deadline:
                    raise ModelFailedError("timeout")
                limit = min(deadline, time.monotonic() + self._settings.pause_timeout)
        finally:
            reader.stop()

    def _load(self) -> BaseChatModel:
        with self._lock:
            if self._model is None:
                try:
                    self._model = self._factory()
                except ModelUnusableError as error:
                    raise ModelFailedError("refused", str(error)) from error
            return self._model


class _StreamReader:
    """Reads the stream of a model in a thread of its own."""

    def __init__(self, model: BaseChatModel, messages: Sequence[Message]) -> None:
        self._items: queue.Queue[str | TokenUsage | Exception | None] = queue.Queue()
        self._stopped = threading.Event()
        context = contextvars.copy_context()  # the tracing switch is a context variable
        threading.Thread(
            target=lambda: context.run(self._read, model, list(messages)),
            name="chat-model",
            daemon=True,
        ).start()

    def next(self, timeout: float) -> str | TokenUsage | None:
        """The next item; None at the end of the stream.

        Raises:
            queue.Empty: No item within ``timeout`` seconds.
            ModelFailedError: The stream failed.
        """
        item = self._items.get(timeout=timeout)
        if isinstance(item, Exception):
            raise to_model_failure(item) from item
        return item

    def stop(self) -> None:
        """Stop reading; the connection is closed at the next chunk."""
        self._stopped.set()

    def _read(self, model: BaseChatModel, messages: list[Message]) -> None:
        try:
            stream = model.stream(messages)
            input_tokens = output_tokens = 0
            for chunk in stream:
                if self._stopped.is_set():
                    getattr(stream, "close", lambda: None)()
                    return
                if text := _text(chunk):
                    self._items.put(text)
                if usage := getattr(chunk, "usage_metadata", None):
                    input_tokens += int(usage.get("input_tokens") or 0)
                    output_tokens += int(usage.get("output_tokens") or 0)
            if input_tokens or output_tokens:
                self._items.put(TokenUsage(input_tokens, output_tokens))
            self._items.put(None)
        except Exception as error:  # each provider raises errors of its own
            self._items.put(error)


def _text(chunk: Any) -> str:
    """The text of a chunk, without reasoning and other blocks."""
    content = chunk.content
    if isinstance(content, str):
        return content
    return "".join(
        block if isinstance(block, str) else str(block.get("text") or "")
        for block in content
        if isinstance(block, str) or block.get("type") == "text"
    )


def to_model_failure(error: Exception) -> ModelFailedError:
    """Classify an error of a provider's client by its HTTP status, else by its class names.

    Considers the causes too, since some clients wrap the errors of their HTTP library.
    """
    if isinstance(error, ModelFailedError):
        return error
    chain = _causes(error)
    detail = " ".join(str(error).split())[:200]
    for cause in chain:
        status = getattr(cause, "status_code", None) or getattr(cause, "code", None)
        if isinstance(status, int) and status > 0:
            return _failure_of_status(status, detail, _retry_after(chain))
    names = " ".join(kind.__name__ for cause in chain for kind in type(cause).__mro__)
    reason: FailureReason
    if "Timeout" in names:
        reason = "timeout"
    elif any(name in names for name in ("Connect", "Protocol", "ReadError", "OSError")):
        reason = "connection"
    elif "JSON" in names or isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return ModelFailedError("malformed", detail)
    else:
        reason = "server"
    return ModelFailedError(reason, detail, retryable=True)


def _causes(error: BaseException) -> list[BaseException]:
    """``error`` and the chain of its ``__cause__``, outermost first."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and cause not in chain:
        chain.append(cause)
    return chain


def _failure_of_status(status: int, detail: str, retry_after: float | None) -> ModelFailedError:
    if status == 429:
        return ModelFailedError("busy", detail, retryable=True, retry_after=retry_after)
    if status in {408, 409} or status >= 500:
        return ModelFailedError("server", detail, retryable=True, retry_after=retry_after)
    return ModelFailedError("refused", detail)


def _retry_after(chain: Sequence[BaseException]) -> float | None:
    for error in chain:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        with contextlib.suppress(ValueError):
            return max(0.0, float(headers.get("retry-after", "")))
    return None
