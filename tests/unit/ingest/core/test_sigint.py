"""Ctrl-C that arrives where an exception gets lost still ends the work."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading

from ingest.core.sigint import tracked_interrupts


def told_by(code: str) -> str:
    """What a process of its own prints: an interrupt that goes astray must not end the tests."""
    done = subprocess.run(
        [sys.executable, "-c", f"{HEAD}\n{textwrap.dedent(code)}"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


HEAD = """
import gc, signal
from ingest.core.sigint import tracked_interrupts
"""


def test_an_interrupt_that_a_finaliser_swallowed_is_raised_where_stopping_is_safe() -> None:
    told = told_by("""
        class Finalised:
            def __del__(self):
                signal.raise_signal(signal.SIGINT)

        with tracked_interrupts() as stop_if_interrupted:
            Finalised()
            gc.collect()
            try:
                stop_if_interrupted()
            except KeyboardInterrupt:
                print("stopped")
            stop_if_interrupted()
            print("once is enough")
    """)
    assert told == "stopped\nonce is enough"


def test_an_interrupt_is_raised_at_once_where_it_can_be() -> None:
    told = told_by("""
        try:
            with tracked_interrupts():
                signal.raise_signal(signal.SIGINT)
                print("too late")
        except KeyboardInterrupt:
            print("stopped")
    """)
    assert told == "stopped"


def test_who_handled_interrupts_before_does_so_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with tracked_interrupts():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_ignored_interrupts_stay_ignored() -> None:
    told = told_by("""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with tracked_interrupts() as stop_if_interrupted:
            signal.raise_signal(signal.SIGINT)
            stop_if_interrupted()
            print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
    """)
    assert told == "True"


def test_another_thread_leaves_the_handler_alone() -> None:
    seen = []

    def work() -> None:
        with tracked_interrupts() as stop_if_interrupted:
            stop_if_interrupted()
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
