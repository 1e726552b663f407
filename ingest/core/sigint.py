"""Ctrl-C that cannot get lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def tracked_interrupts() -> Iterator[Callable[[], None]]:
    """Within it Ctrl-C raises ``KeyboardInterrupt`` as ever, and is remembered besides.

    Python raises wherever it happens to be. Where that is a function that native code calls back
    (an inference, a finaliser), the exception is printed at best and work goes on. What this gives
    is to be called where stopping is safe; it raises the interrupt that got lost before.

    Does nothing outside the main thread, where no signal arrives, nor where interrupts are ignored.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: None
        return
    handle, came = before, threading.Event()

    def remember(number: int, frame: FrameType | None) -> None:
        came.set()
        handle(number, frame)

    def check() -> None:
        if came.is_set():
            came.clear()
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, remember)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
