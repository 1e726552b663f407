"""Measures the peak memory of ingests of few and of many short articles.

    python benchmarks/ingest_memory.py [--articles 1000 10000 100000] [--models DIR]
    python benchmarks/ingest_memory.py --graph-alone [--articles 10000 100000]

Each number of made-up articles (a title and a sentence, all different) is ingested by the real
command in a process of its own. What a run remembers of the articles it met lies on disk; what may
grow with their number is the part of the vectors' graph that Chroma keeps in memory, two kilobytes
a passage, and SQLite's cache until its 32 MB are full. ``--graph-alone`` writes as many random
vectors to Chroma in the same batches, and nothing else: what the graph takes by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vectorstore.embedding.default_model.model_cache import ensure_model

BATCH = 128
"""Passages that an ingest writes at once."""
PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10
"""Units of ``getrusage``'s memory in a megabyte."""
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def write(file: Path, count: int) -> None:
    """``count`` articles of 20 random words."""
    rng = random.Random(1)  # noqa: S311
    words = ["".join(rng.choices(_LETTERS, k=rng.randint(3, 7))) for _ in range(3_000)]
    with file.open("w", encoding="utf-8") as out:
        for n in range(count):
            title, text = (" ".join(rng.choices(words, k=k)) for k in (6, 14))
            record = {"id": f"https://a.example/{n}", "title": title, "text": f"{text}."}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def measure(count: int, models: Path) -> None:
    """Ingest the articles and print a line."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.jsonl"
        write(file, count)
        environment = {
            **os.environ,
            "RAWI_HOME": f"{folder}/home",
            "RAWI_STORE_MODELS_DIR": str(models),
        }
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "rawi", "ingest", str(file), "--json"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"ingest failed ({status})")
        peak = used.ru_maxrss / PER_MB
        print(f"{count:9,} {time.perf_counter() - begun:9.0f} {peak:9.0f}", flush=True)


def measure_graph(count: int) -> None:
    """Write random vectors, as an ingest does, and print a line."""
    import numpy as np

    from vectorstore.indexes.chroma_index import ChromaIndex

    rng = np.random.default_rng(1)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        index = ChromaIndex(Path(folder))
        for start in range(0, count, BATCH):
            ids = [f"{n:032x}" for n in range(start, min(start + BATCH, count))]
            vectors = rng.standard_normal((len(ids), 384)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            index.upsert(ids, vectors, [{"article": n} for n in ids])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PER_MB
        print(f"{count:9,} {time.perf_counter() - begun:9.0f} {peak:9.0f}", flush=True)
        index.close()


def main() -> None:
    """Print articles, seconds and peak memory for each count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    parser.add_argument("--graph-alone", action="store_true", help="Chroma, and nothing else")
    options = parser.parse_args()
    if options.graph_alone:
        print(f"{'vectors':>9} {'seconds':>9} {'peak, MB':>9}")
        for count in sorted(options.articles):  # the peak of a process never falls
            measure_graph(count)
        return
    models = options.models or Path(tempfile.gettempdir()) / "rawi" / "models"
    ensure_model(models, want_openvino=True, notify=print)
    print(f"{'articles':>9} {'seconds':>9} {'peak, MB':>9}")
    for count in options.articles:
        measure(count, models)


if __name__ == "__main__":
    main()
