"""Ctrl-C that is not lost inside native code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def tracked_interrupts() -> Iterator[Callable[[], None]]:
    """Record Ctrl-C in addition to raising ``KeyboardInterrupt``; yields a function to check it.

    Python raises in whatever function is running. If native code called that function (inference,
    a finaliser), the exception is lost. The yielded function raises it again; call it where
    stopping is safe.

    Does nothing outside the main thread, which no signal reaches, or if interrupts are ignored.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: None
        return
    previous, interrupted = before, threading.Event()

    def record(number: int, frame: FrameType | None) -> None:
        interrupted.set()
        previous(number, frame)

    def check() -> None:
        if interrupted.is_set():
            interrupted.clear()
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, record)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
