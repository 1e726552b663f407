"""Measures how search latency grows with the store: p50 and p95 for 1,000 to 100,000 passages.

    python benchmarks/retrieval_latency.py HOME QUESTIONS.jsonl [--sizes 1000,10000,100000]

HOME is a RAWI_HOME with articles; QUESTIONS has a ``question`` (or ``query``) per line. A store of
each size is written into a temporary folder.

The store's classes (catalogue, Chroma, tantivy, exact search while the store is small), the
questions, their embeddings and the first copy of each passage are real. Further copies are
synthetic: the passage's words shuffled, each fifth one replaced by a word of another passage, and
the passage's vector plus seeded Gaussian noise of a third of its length, renormalised; so nothing
has to be embedded. Copies are nearer to each other than different passages would be, which is hard
for a graph index, and postings are as long as they would be.

The embedding of the question (5 to 15 ms) does not depend on the size and is excluded.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Passage
from vectorstore.embedding.embedder import Embedder
from vectorstore.indexes.index_records import embedding_text
from vectorstore.store import ArticleStore

NOISE = 0.33
BATCH = 500
WARM_UP = 10


def material(home: Path) -> list[tuple[str, np.ndarray]]:
    """Texts and vectors of the passages in the store at ``home``."""
    with ArticleStore(StoreSettings(home=home), chunker_id=None) as store:
        ids, rows = store.catalogue.all_vectors()
        texts = {pid: p.text for pid, p in store.catalogue.retrieve(ids).items()}
    return [(texts[pid], row) for pid, row in zip(ids, rows, strict=True)]


def copies(found: list[tuple[str, np.ndarray]], count: int) -> Iterator[tuple[str, np.ndarray]]:
    """``count`` passages: those in ``found``, then perturbed copies."""
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
        noisy = row + noise.standard_normal(len(row)) * NOISE / np.sqrt(len(row))
        yield " ".join(words), (noisy / np.linalg.norm(noisy)).astype(np.float32)


class PresetEmbedder(Embedder):
    """Looks up the vectors of passages instead of computing them."""

    def __init__(self, model: Embedder, vectors: Mapping[str, np.ndarray]) -> None:
        super().__init__(
            model_id=model.model_id,
            engine=model.engine,
            dimension=model.dimension,
            sequence_length=model.sequence_length,
            prefixes=model.prefixes,
        )
        self._vectors = vectors

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """The preset vectors (n, d) of ``texts``."""
        return np.array([self._vectors[text] for text in texts])

    @property
    def _tokenizer(self) -> None:
        return None

    def _encode(self, texts: list[str], kind: str) -> np.ndarray:
        raise NotImplementedError


class PresetStore(ArticleStore):
    """A store whose passages get the vectors in ``vectors``, by their embedded text."""

    vectors: Mapping[str, np.ndarray] = MappingProxyType({})

    @property
    def embedder(self) -> Embedder:
        """The model's embedder for queries, with preset vectors for passages."""
        return PresetEmbedder(super().embedder, self.vectors)


def fill(store: PresetStore, passages: list[tuple[str, np.ndarray]]) -> None:
    """Write ``passages``, each as an article of its own, with their vectors."""
    for begin in range(0, len(passages), BATCH):
        part = passages[begin : begin + BATCH]
        store.vectors = {embedding_text("", text): row for text, row in part}
        store.put_many(
            [
                (Article(id=f"{i}", title="", text=text), [Passage(0, 0, len(text), text)])
                for i, (text, _) in enumerate(part, begin)
            ]
        )


def milliseconds(store: ArticleStore, questions: list[str]) -> list[float]:
    """Duration of each search in ms, with the question's embedding cached."""
    found = []
    for question in questions:
        begun = time.perf_counter()
        store.search(question)
        found.append((time.perf_counter() - begun) * 1000)
    return found[WARM_UP:]


def main() -> None:
    """Fill stores of growing size, search, print a table."""
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
            with PresetStore(settings, chunker_id="whole", writable=True) as writer:
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
