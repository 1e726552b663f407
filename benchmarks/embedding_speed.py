"""Measures passages embedded per second: OpenVINO against sentence-transformers, in one run.

    python benchmarks/embedding_speed.py [--passages 96] [--models DIR]

Both engines embed the same passages of about 200 Arabic words, in turns, three rounds; the medians
and their ratio are printed. Also the time of one question. Machines differ and are never quiet:
only the ratio means much.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from functools import partial
from pathlib import Path

from vectorstore.core.settings import StoreSettings
from vectorstore.embedding.loading import load_embedder
from vectorstore.embedding.speed import generated_texts, seconds

ROUNDS = 3


def main() -> None:
    """Load both engines, measure alternately, print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=96)
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    options = parser.parse_args()
    models = options.models or StoreSettings(home=Path(tempfile.gettempdir()) / "rawi").models_path
    texts = generated_texts(options.passages)
    engines = {
        "openvino": load_embedder("default", "openvino", models, notify=print),
        "sentence-transformers": load_embedder("default", "sentence-transformers", models),
    }
    bulk: dict[str, list[float]] = {name: [] for name in engines}
    single: dict[str, list[float]] = {name: [] for name in engines}
    for embedder in engines.values():  # excludes compilation
        embedder.embed_passages(texts[:12])
        embedder.embed_queries(["من افتتح الجسر؟"])
    for _ in range(ROUNDS):
        for name, embedder in engines.items():
            bulk[name].append(len(texts) / seconds(partial(embedder.embed_passages, texts)))
            for i in range(20):
                question = [f"من تعهد بملء مخزون الصواريخ رقم {i}؟"]
                single[name].append(seconds(partial(embedder.embed_queries, question)))
    print(f"{'engine':24} {'passages/s':>10} {'one question':>13}")
    for name in engines:
        rate, query = statistics.median(bulk[name]), statistics.median(single[name]) * 1000
        print(f"{name:24} {rate:10.1f} {query:10.1f} ms")
    ratio = statistics.median(
        a / b for a, b in zip(bulk["openvino"], bulk["sentence-transformers"], strict=True)
    )
    print(f"openvino / sentence-transformers: {ratio:.2f}")


if __name__ == "__main__":
    main()
