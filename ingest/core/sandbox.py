"""Parsers of files from anyone in a process of their own, with limits of time and memory.

A file that makes the parser hang, crash or devour memory costs that process, which the next file
gets anew. It is kept between files, because starting one takes a quarter of a second.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ingest.core.errors import LoadError

SIGN_OF_LIFE = "\n"
"""What a process says now and then while it is at work."""
PATIENCE = 10
"""Times the seconds without a sign of life, that an answer may take."""
FILES = 200
"""After which a process is replaced: a library that loses memory loses no more than that."""

_ROOT = Path(__file__).resolve().parents[2]
_MOST = 512_000_000  # characters of an answer
_AT_START = 10.0  # seconds more for a process that has just been started


class SandboxedProcess:
    """A module that answers requests, run as ``python -m module BYTES``; one at a time.

    Safe to share between threads; a process that was forked starts one of its own.
    """

    def __init__(self, module: str, max_bytes: int) -> None:
        self.module = module
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._answered = 0
        atexit.register(self.close)

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to ``request``.

        Raises:
            LoadError: nothing was heard for ``seconds``, or no answer for ``PATIENCE`` times as
                long; it took more memory than it may have; or the process ended over it.
        """
        with self._lock:
            process, fresh = self._running()
            answer = _ask(process, request, seconds + (_AT_START if fresh else 0.0))
            self._answered += 1
            if answer is None or answer.get("exhausted") or self._answered >= FILES:
                self._end()
        if answer is None:
            if process.returncode is None or process.returncode == -9:
                raise LoadError("parser_timeout", seconds=seconds)
            answer = {"exhausted": True}
        if answer.get("exhausted"):
            raise LoadError("parser_exhausted")
        if "broken" in answer:
            raise LoadError("parser_failed", reason=answer["broken"])
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _running(self) -> tuple[subprocess.Popen[str], bool]:
        process = self._process
        if process is not None and self._owner == os.getpid() and process.poll() is None:
            return process, False
        search = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(  # noqa: S603 - our own module
            # -P: not a json.py that lies where the command is called.
            [sys.executable, "-P", "-m", self.module, str(self.max_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONUTF8": "1"},
        )
        self._process, self._owner, self._answered = process, os.getpid(), 0
        return process, True

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def _ask(
    process: subprocess.Popen[str], request: dict[str, Any], seconds: float
) -> dict[str, Any] | None:
    """The answer; None when the process ended over it or was killed for taking too long."""
    heard: queue.Queue[str] = queue.Queue()
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    stdout = process.stdout

    def listen() -> None:
        line = SIGN_OF_LIFE
        while line == SIGN_OF_LIFE:
            try:
                line = stdout.readline(_MOST)
            except (OSError, ValueError):
                line = ""
            heard.put(line)

    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    except OSError:
        process.wait()
        return None
    # A thread and not select(): pipes cannot be waited for in that way on every system.
    threading.Thread(target=listen, daemon=True).start()
    until = time.monotonic() + PATIENCE * seconds
    line = SIGN_OF_LIFE
    while line == SIGN_OF_LIFE:
        try:
            line = heard.get(timeout=max(0.0, min(seconds, until - time.monotonic())))
        except queue.Empty:
            process.kill()
            process.wait()
            return None
    if not line.endswith("\n"):
        with suppress(subprocess.TimeoutExpired):
            process.wait(_AT_START)
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer
