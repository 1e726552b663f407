"""The process that reads PDFs: a request and an answer per line, as JSON, until there are no more.

It may be killed at any moment, and is, when a file takes too long.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer requests from standard input; the argument is the memory it may use, in bytes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    # What a library prints goes nowhere: standard output carries answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    import pypdfium2  # noqa: F401 - counts as what this process has before the limit

    from ingest.formats.pdf.text_layer import read_pdf

    _limit_memory(int(sys.argv[1]))

    def say(words: str) -> None:
        answers.write(f"{words}\n")
        answers.flush()

    for line in sys.stdin:
        say(json.dumps(_answer(json.loads(line), partial(read_pdf, page_read=lambda: say("")))))


def _answer(request: dict[str, Any], read_pdf: Callable[[Path, int], Any]) -> dict[str, Any]:
    from ingest.core.errors import LoadError

    try:
        return dict(read_pdf(Path(os.fsdecode(bytes.fromhex(request["path"]))), request["pages"]))
    except LoadError as error:
        return {"error": error.to_json()}
    except MemoryError:
        return {"exhausted": True}
    except Exception as error:  # the world's PDFs
        return {"broken": f"{type(error).__name__}: {error}"[:200].replace("\n", " ")}


def _limit_memory(room: int) -> None:
    """Let this process have ``room`` bytes beyond what it has, where the system can see to that."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + room
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
