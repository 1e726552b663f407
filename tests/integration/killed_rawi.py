"""Runs ``rawi`` and kills it, as ``kill -9`` would, at a place in its code.

    python killed_rawi.py MODULE:CLASS.METHOD before|after N ARGUMENT...

The process dies when the method is called for the Nth time, or has returned from that call.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any


def kill_at(place: str, when: str, nth: int) -> None:
    """Replace the method by one that counts its calls and kills."""
    module, _, path = place.partition(":")
    class_name, name = path.split(".")
    owner = getattr(importlib.import_module(module), class_name)
    original = getattr(owner, name)
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        mine = calls == nth
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if mine and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, counted)


if __name__ == "__main__":
    kill_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.argv = ["rawi", *sys.argv[4:]]
    from rawi import main

    main()
