"""Runs parsers of untrusted files in a subprocess, with limits of time and memory.

A file that makes the parser hang, crash or exhaust memory ends the subprocess; the next file starts
a new one. It is reused between files, because starting one takes a quarter of a second.
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

HEARTBEAT = "\n"
"""Written by the subprocess from time to time while it works."""
MAX_TOTAL_FACTOR = 10
"""Largest time for a response, as a multiple of that between heartbeats."""
MAX_REQUESTS = 200
"""Requests after which a process is replaced, to bound the memory leaks of libraries."""

_ROOT = Path(__file__).resolve().parents[2]
_MAX_RESPONSE = 512_000_000  # characters
_STARTUP_SECONDS = 10.0  # additional seconds for a process that was just started


class SandboxedProcess:
    """A module run as ``python -m module BYTES``, which answers one request at a time.

    Thread-safe. A forked process starts a subprocess of its own.
    """

    def __init__(self, module: str, max_bytes: int) -> None:
        self.module = module
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._requests = 0
        atexit.register(self.close)

    def request(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The response to ``message``.

        Raises:
            LoadError: No heartbeat for ``seconds``, or no response for ``MAX_TOTAL_FACTOR`` times
                as long; the memory limit was exceeded; or the process ended or failed.
        """
        with self._lock:
            process, fresh = self._running()
            answer = _send(process, message, seconds + (_STARTUP_SECONDS if fresh else 0.0))
            self._requests += 1
            if answer is None or answer.get("exhausted") or self._requests >= MAX_REQUESTS:
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
        """End the subprocess, if it runs."""
        with self._lock:
            self._end()

    def _running(self) -> tuple[subprocess.Popen[str], bool]:
        process = self._process
        if process is not None and self._owner == os.getpid() and process.poll() is None:
            return process, False
        search = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(  # noqa: S603 - our own module
            # -P: do not import a json.py from the current folder.
            [sys.executable, "-P", "-m", self.module, str(self.max_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONUTF8": "1"},
        )
        self._process, self._owner, self._requests = process, os.getpid(), 0
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


def _send(
    process: subprocess.Popen[str], message: dict[str, Any], seconds: float
) -> dict[str, Any] | None:
    """The response; None if the process ended or was killed because it took too long."""
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    stdout = process.stdout

    def read_lines() -> None:
        line = HEARTBEAT
        while line == HEARTBEAT:
            try:
                line = stdout.readline(_MAX_RESPONSE)
            except (OSError, ValueError):
                line = ""
            lines.put(line)

    try:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
    except OSError:
        process.wait()
        return None
    # A thread, because select() does not work with pipes on every system.
    threading.Thread(target=read_lines, daemon=True).start()
    until = time.monotonic() + MAX_TOTAL_FACTOR * seconds
    line = HEARTBEAT
    while line == HEARTBEAT:
        try:
            line = lines.get(timeout=max(0.0, min(seconds, until - time.monotonic())))
        except queue.Empty:
            process.kill()
            process.wait()
            return None
    if not line.endswith("\n"):
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STARTUP_SECONDS)
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer
