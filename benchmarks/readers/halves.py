"""Splits collections of articles in two by date, for the readers' test sets.

python -m benchmarks.readers.halves ARTICLES.jsonl … OUT
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path


def split(paths: Sequence[Path], out: Path) -> dict[str, int]:
    """Write ``out/learn`` and ``out/report``: the older and the newer half of each file.

    Returns the number of articles in each half.
    """
    counts = {"learn": 0, "report": 0}
    for path in paths:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        lines.sort(key=lambda line: str(json.loads(line)["date"]))
        middle = len(lines) // 2
        for name, half in (("learn", lines[:middle]), ("report", lines[middle:])):
            folder = out / name
            folder.mkdir(parents=True, exist_ok=True)
            text = "".join(f"{line}\n" for line in half)
            (folder / path.name).write_text(text, encoding="utf-8")
            counts[name] += len(half)
    return counts


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    print(split([Path(arg) for arg in sys.argv[1:-1]], Path(sys.argv[-1])))
