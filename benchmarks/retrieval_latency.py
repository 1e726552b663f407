"""How the time of one retrieval grows with the store: p50 and p95 from 1,000 to 100,000 passages.

    python benchmarks/retrieval_latency.py HOME QUESTIONS.jsonl [--sizes 1000,10000,100000]

HOME is a filled RAWI_HOME, whose articles are the material; QUESTIONS has a ``question`` (or
``query``) per line. For every size a store is written into a temporary folder.

What is real: the store's own classes (catalogue, Chroma, tantivy, exact comparison while the store
is small), the questions, their embeddings, and the first copy of every passage. What is synthetic:
further copies, which have the passage's words in another order, each fifth of them replaced by a
word of another passage, and the passage's vector plus seeded Gaussian noise (of a third of its
length), renormalised. So nothing need be embedded. Copies are nearer to each other than 100,000
different passages would be, which is hard for a graph and makes postings as long as they would be.

A question's own embedding (5 to 15 ms) does not depend on the size and is not counted.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vectorstore.core.passage_text import embedding_text
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Passage
from vectorstore.store import ArticleStore

NOISE = 0.33
BATCH = 500
WARM = 10


def material(home: Path) -> list[tuple[str, np.ndarray]]:
    """Texts and vectors of the passages in the store at ``home``."""
    with ArticleStore(StoreSettings(home=home), chunker_id=None) as store:
        ids, rows = store.catalogue.all_vectors()
        texts = {pid: p.text for pid, p in store.catalogue.retrieve(ids).items()}
    return [(texts[pid], row) for pid, row in zip(ids, rows, strict=True)]


def copies(found: list[tuple[str, np.ndarray]], count: int) -> Iterator[tuple[str, np.ndarray]]:
    """``count`` passages: those that were found, then perturbed ones."""
    draw = random.Random(1)  # noqa: S311
    noise = np.random.default_rng(1)
    yield from found[:count]
    for i in range(len(found), count):
        text, row = found[i % len(found)]
        words = text.split()
        draw.shuffle(words)
        others = found[draw.randrange(len(found))][0].split()
        for at in range(0, len(words), 5):
            words[at] = draw.choice(others)
        moved = row + noise.standard_normal(len(row)) * NOISE / np.sqrt(len(row))
        yield " ".join(words), (moved / np.linalg.norm(moved)).astype(np.float32)


def fill(store: ArticleStore, passages: list[tuple[str, np.ndarray]]) -> None:
    """Write ``passages``, each as an article of its own, with the vectors they came with."""
    for begin in range(0, len(passages), BATCH):
        part = passages[begin : begin + BATCH]
        known = {embedding_text("", text): row for text, row in part}
        store.embed_once = lambda texts, known=known: (
            np.array([known[text] for text in texts]),
            [True] * len(texts),
        )
        store.put_many(
            [
                (Article(id=f"{i}", title="", text=text), [Passage(0, 0, len(text), text)])
                for i, (text, _) in enumerate(part, begin)
            ]
        )


def milliseconds(store: ArticleStore, questions: list[str]) -> list[float]:
    """How long each search takes, its question being embedded already."""
    found = []
    for question in questions:
        begun = time.perf_counter()
        store.search(question)
        found.append((time.perf_counter() - begun) * 1000)
    return found[WARM:]


def main() -> None:
    """Fill stores of growing size, ask, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--sizes", default="1000,10000,30000,100000")
    parser.add_argument("--count", type=int, default=200, help="questions")
    options = parser.parse_args()
    with options.questions.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line, _ in zip(lines, range(options.count), strict=False)]
    questions = list(dict.fromkeys(r.get("question") or r["query"] for r in records))
    found = material(options.home)
    print(
        f"{'passages':>9} {'p50 ms':>8} {'p95 ms':>8} {'written in':>11} {'first':>8}", flush=True
    )
    for size in map(int, options.sizes.split(",")):
        passages = list(copies(found, size))
        with tempfile.TemporaryDirectory() as folder:
            models = StoreSettings(home=options.home).models_path
            settings = StoreSettings(home=Path(folder), models_dir=models)
            with ArticleStore(settings, chunker_id="whole", writable=True) as writer:
                begun = time.perf_counter()
                fill(writer, passages)
                written = time.perf_counter() - begun
            with ArticleStore(settings, chunker_id="whole") as reader:
                for question in questions:
                    reader.query_vectors([question])
                begun = time.perf_counter()
                reader.search(questions[0])
                first = time.perf_counter() - begun
                times = sorted(milliseconds(reader, questions))
        p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
        print(
            f"{size:9,} {statistics.median(times):8.1f} {p95:8.1f} {written:9.0f} s {first:6.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
