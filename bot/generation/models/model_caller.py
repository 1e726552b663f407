"""One chat model called safely: bounded in time, tried again where that helps, cancelled at once.

The model's own stream runs in a thread of its own, since no provider's client can be interrupted
from outside; whoever waits for words waits on a queue, with a limit, and looks up ten times a
second whether the answer is still wanted.
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
from bot.generation.core.errors import ModelFailedError, ModelUnusableError, Reason
from bot.generation.core.prompt import Message

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from bot.generation.core.settings import LLMSettings

_LOOK_UP = 0.1
LONGEST_PAUSE = 20.0
"""Seconds waited before another try, at most, whatever the server asks for."""

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call read and wrote, as its provider counts."""

    read: int
    written: int


class ModelCaller:
    """Streams answers of the model that ``factory`` makes on first use. Thread-safe."""

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
        self, messages: Sequence[Message], cancelled: Cancelled | None = None
    ) -> Iterator[str | Tokens]:
        """The model's words as they come, and once its count of tokens, where it counts.

        Tries again while no word has come and the failure may pass.

        Raises:
            ModelFailedError: it gave up.
            CancelledError: ``cancelled`` said so.
        """
        wanted = cancelled or (lambda: False)
        deadline = time.monotonic() + self._settings.total_timeout
        for attempt in range(self._settings.retries + 1):
            begun = False
            try:
                for item in self._once(messages, wanted, deadline):
                    begun = begun or isinstance(item, str)
                    yield item
                return
            except ModelFailedError as failure:
                if begun or not failure.again or attempt == self._settings.retries:
                    raise
                self._wait(attempt, failure, deadline, wanted)

    def _wait(
        self, attempt: int, failure: ModelFailedError, deadline: float, cancelled: Cancelled
    ) -> None:
        """Growing pauses, each shortened by chance so that many callers do not come at once."""
        pause = failure.wait
        if pause is None:
            pause = 0.5 * 2**attempt * (0.5 + self._jitter() / 2)
        if pause > LONGEST_PAUSE or time.monotonic() + pause >= deadline:
            raise failure
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            if cancelled():
                raise CancelledError
            self._sleep(min(left, _LOOK_UP))

    def _once(
        self, messages: Sequence[Message], cancelled: Cancelled, deadline: float
    ) -> Iterator[str | Tokens]:
        call = _Call(self._loaded(), messages)
        limit = min(deadline, time.monotonic() + self._settings.first_token_timeout)
        try:
            while True:
                if cancelled():
                    raise CancelledError
                try:
                    item = call.next(timeout=_LOOK_UP)
                except queue.Empty:
                    if time.monotonic() >= limit:
                        raise ModelFailedError("timeout", again=True) from None
                    continue
                if item is None:
                    return
                yield item
                if time.monotonic() >= deadline:
                    raise ModelFailedError("timeout")
                limit = min(deadline, time.monotonic() + self._settings.pause_timeout)
        finally:
            call.stop()

    def _loaded(self) -> BaseChatModel:
        with self._lock:
            if self._model is None:
                try:
                    self._model = self._factory()
                except ModelUnusableError as error:
                    raise ModelFailedError("refused", str(error)) from error
            return self._model


class _Call:
    """A model's stream, read by a thread of its own."""

    def __init__(self, model: BaseChatModel, messages: Sequence[Message]) -> None:
        self._items: queue.Queue[str | Tokens | Exception | None] = queue.Queue()
        self._stopped = threading.Event()
        context = contextvars.copy_context()  # the tracing switch is one of its variables
        threading.Thread(
            target=lambda: context.run(self._read, model, list(messages)),
            name="chat-model",
            daemon=True,
        ).start()

    def next(self, timeout: float) -> str | Tokens | None:
        """What comes next; None at the end.

        Raises:
            queue.Empty: nothing has come.
            ModelFailedError: the stream broke.
        """
        item = self._items.get(timeout=timeout)
        if isinstance(item, Exception):
            raise as_failure(item) from item
        return item

    def stop(self) -> None:
        """Read no further; the connection is closed as soon as the provider's client allows."""
        self._stopped.set()

    def _read(self, model: BaseChatModel, messages: list[Message]) -> None:
        try:
            stream = model.stream(messages)
            read = written = 0
            for chunk in stream:
                if self._stopped.is_set():
                    getattr(stream, "close", lambda: None)()
                    return
                if words := _words(chunk):
                    self._items.put(words)
                if usage := getattr(chunk, "usage_metadata", None):
                    read += int(usage.get("input_tokens") or 0)
                    written += int(usage.get("output_tokens") or 0)
            if read or written:
                self._items.put(Tokens(read, written))
            self._items.put(None)
        except Exception as error:  # each provider raises errors of its own
            self._items.put(error)


def _words(chunk: Any) -> str:
    """The text of a chunk; a model's thoughts and other blocks are not for the reader."""
    content = chunk.content
    if isinstance(content, str):
        return content
    return "".join(
        block if isinstance(block, str) else str(block.get("text") or "")
        for block in content
        if isinstance(block, str) or block.get("type") == "text"
    )


def as_failure(error: Exception) -> ModelFailedError:
    """What a provider's error means to us: by its status, else by what kind of error it is.

    Some say it only in the error that theirs was raised from.
    """
    if isinstance(error, ModelFailedError):
        return error
    chain = _causes(error)
    detail = " ".join(str(error).split())[:200]
    for one in chain:
        status = getattr(one, "status_code", None) or getattr(one, "code", None)
        if isinstance(status, int) and status > 0:
            return _by_status(status, detail, _retry_after(chain))
    name = " ".join(kind.__name__ for one in chain for kind in type(one).__mro__)
    reason: Reason
    if "Timeout" in name:
        reason = "timeout"
    elif "Connect" in name or "Protocol" in name or "ReadError" in name or "OSError" in name:
        reason = "connection"
    elif "JSON" in name or isinstance(error, (ValueError, TypeError, KeyError, AttributeError)):
        return ModelFailedError("malformed", detail)
    else:
        reason = "server"
    return ModelFailedError(reason, detail, again=True)


def _causes(error: BaseException) -> list[BaseException]:
    """``error`` and what it was raised from, outermost first."""
    found = [error]
    while (cause := found[-1].__cause__) is not None and cause not in found:
        found.append(cause)
    return found


def _by_status(status: int, detail: str, wait: float | None) -> ModelFailedError:
    if status == 429:
        return ModelFailedError("busy", detail, again=True, wait=wait)
    if status in {408, 409} or status >= 500:
        return ModelFailedError("server", detail, again=True, wait=wait)
    return ModelFailedError("refused", detail)


def _retry_after(chain: Sequence[BaseException]) -> float | None:
    for error in chain:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        with contextlib.suppress(ValueError):
            return max(0.0, float(headers.get("retry-after", "")))
    return None
