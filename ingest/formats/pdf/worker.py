"""The process that parses PDFs: a JSON request and a JSON response per line of stdin and stdout.

It may be killed at any time, and is if a file takes too long.
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
    """Serve requests from stdin; the command-line argument is the memory limit in bytes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C and ends this process
    # stdout carries responses; what libraries print is discarded.
    responses = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    import pypdfium2  # noqa: F401 - loaded before the memory limit is computed

    from ingest.formats.pdf.text_layer import read_pdf

    _limit_memory(int(sys.argv[1]))

    def send(line: str) -> None:
        responses.write(f"{line}\n")
        responses.flush()

    for line in sys.stdin:
        send(json.dumps(_respond(json.loads(line), partial(read_pdf, on_page=lambda: send("")))))


def _respond(request: dict[str, Any], read_pdf: Callable[[Path, int], Any]) -> dict[str, Any]:
    from ingest.core.errors import LoadError

    try:
        return dict(read_pdf(Path(os.fsdecode(bytes.fromhex(request["path"]))), request["pages"]))
    except LoadError as error:
        return {"error": error.to_json()}
    except MemoryError:
        return {"exhausted": True}
    except Exception as error:  # pdfium and the layout code meet any PDF
        return {"broken": f"{type(error).__name__}: {error}"[:200].replace("\n", " ")}


def _limit_memory(max_bytes: int) -> None:
    """Limit this process to ``max_bytes`` beyond its current memory, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + max_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
