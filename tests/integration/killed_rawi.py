"""Runs ``rawi`` and kills it, as ``kill -9`` would, at a point of its code.

    python killed_rawi.py MODULE:CLASS.METHOD before|after ARGUMENT...

The process is killed before the first call of the method, or when that has returned.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


def run_killed(method: str, when: str, *arguments: object, environment: Mapping[str, str]) -> None:
    """Run ``rawi`` with ``arguments``, which must reach the kill point."""
    killed = subprocess.run(
        [sys.executable, __file__, method, when, *map(str, arguments)],
        env=dict(environment),
        capture_output=True,
        timeout=240,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()


def kill_at(method: str, when: str) -> None:
    """Make the first call of ``method`` kill the process."""
    module, _, path = method.partition(":")
    class_name, name = path.split(".")
    owner = getattr(importlib.import_module(module), class_name)
    original = getattr(owner, name)

    def killing(*arguments: Any, **named: Any) -> None:
        if when == "after":
            original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killing)


if __name__ == "__main__":
    kill_at(*sys.argv[1:3])
    sys.argv = ["rawi", *sys.argv[3:]]
    from rawi import main

    main()
