"""Measures answer latency: ``rawi ask`` in a new process, and a question to a warm engine.

    python benchmarks/answer_latency.py QUESTIONS.jsonl [--home DIR] [--questions 200] [--cold 5]

QUESTIONS has a ``question`` (or ``query``) per line. The store is the one at ``--home`` (or
``RAWI_HOME``). Fresh processes find the model prepared, as all but the very first do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bot.engine import Engine
from vectorstore.core.settings import StoreSettings


def percentile(values: list[float], share: float) -> float:
    """The ``share`` quantile of ``values`` (nearest rank)."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def cold(question: str, home: Path, times: int) -> list[float]:
    """Wall-clock seconds of a ``rawi ask`` process."""
    env = {**os.environ, "RAWI_HOME": str(home)}
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "rawi", "ask", question],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        found.append(time.perf_counter() - begun)
    return found


def main() -> None:
    """Measure cold and warm, print medians and percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--questions", dest="count", type=int, default=200)
    parser.add_argument("--cold", type=int, default=5)
    options = parser.parse_args()
    settings = StoreSettings(home=options.home) if options.home else StoreSettings()
    with options.questions.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(options.count), strict=False)]
    questions = [record.get("question") or record["query"] for record in records]
    fresh = cold(questions[0], settings.home, options.cold)
    print(f"cold, {len(fresh)} processes: median {statistics.median(fresh):.2f} s")
    with Engine.open(store_settings=settings) as engine:
        print(f"{engine.store.catalogue.counts()}")
        for question in questions[:5]:
            engine.ask(question)
        answers = [engine.ask(question) for question in questions]
    stages = {stage for answer in answers for stage in answer.timings_ms}
    print(f"warm, {len(answers)} questions   p50 ms   p95 ms")
    for stage in sorted(stages):
        values = [answer.timings_ms.get(stage, 0.0) for answer in answers]
        print(f"  {stage:22} {statistics.median(values):8.1f} {percentile(values, 0.95):8.1f}")


if __name__ == "__main__":
    main()
