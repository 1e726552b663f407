"""Articles into a searchable store: Rawi beside the plain LangChain recipe, in one run.

    pip install -e '.[bench]'        # in an environment of its own: it brings the recipe's packages
    python benchmarks/ingest_speed.py DATA [--articles 300] [--rounds 1] [--models DIR]

DATA is a folder of ``.jsonl`` files, or one, with ``text`` (and ``title``) on each line. Where it
holds too few articles they are taken again under other ids, with a word of their own in every
passage, so that nothing is embedded twice.

Both sides get the same texts and the same model (multilingual-e5-small, the default), each in a
process of its own, in turns:

- **rawi**: ``rawi ingest``'s own code, as it is, int8 where the machine has it; cleaning, dates,
  copies and teasers included, catalogue, vectors and lexical index written;
- **recipe**: RecursiveCharacterTextSplitter (1,000 characters, 200 of them overlapping) →
  HuggingFaceEmbeddings (fp32) → Chroma.from_documents, as every tutorial has it.

Printed per round: seconds (without imports and loading the model, which are given beside it), CPU
seconds, peak memory, articles and passages per second, how many times Rawi is faster, and how near
it comes to what large int8 products reach on this machine at that moment. Shared machines are never
quiet: the ratio says more than the times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vectorstore.embedding.cache import ensure_model
from vectorstore.embedding.speed import gflop, matmul_ceilings

CHUNK, OVERLAP = 1_000, 200
_LEAST_CHARACTERS = 200  # of an article


def records(data: Path, count: int) -> Iterator[dict[str, str]]:
    """``count`` articles with distinct ids and texts."""
    files = sorted(data.rglob("*.jsonl")) if data.is_dir() else [data]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    real = [json.loads(line) for line in lines if line.strip()]
    real = [r for r in real if len(str(r.get("text") or "")) >= _LEAST_CHARACTERS]
    if not real:
        raise SystemExit(f"{data}: no articles (lines with a text)")
    for n in range(count):
        record, again = real[n % len(real)], n // len(real)
        text = str(record["text"])
        if again:
            text = "\n".join(f"{line} ({again}-{n})" for line in text.splitlines())
        yield {"id": f"a{n}", "title": str(record.get("title") or ""), "text": text}


def rawi(file: Path, work: Path, models: Path) -> dict[str, Any]:
    """Ingest ``file`` as the command does."""
    from ingest.pipeline import open_store, run_ingest
    from vectorstore.settings import StoreSettings

    begun = time.perf_counter()
    with open_store(StoreSettings(home=work, models_dir=models), writable=True) as store:
        embedder = store.embedder
        loaded = time.perf_counter()
        report = run_ingest(store, [file])
        done = time.perf_counter()
        ids = sorted(store.catalogue.passage_ids())
        texts = [p.text for p in store.catalogue.retrieve(ids).values()]
        tokens = [len(embedder.token_starts(text)) + 4 for text in texts]
    return {
        "articles": report.added,
        "passages": report.passages,
        "loading": loaded - begun,
        "seconds": done - loaded,
        "gflop": sum(map(gflop, tokens)),
        "engine": embedder.engine,
    }


def recipe(file: Path, work: Path, models: Path) -> dict[str, Any]:
    """The recipe of the tutorials."""
    begun = time.perf_counter()
    from langchain_chroma import Chroma
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    model = ensure_model(models, want_openvino=False).sentence_transformers
    embeddings = HuggingFaceEmbeddings(
        model_name=str(model),
        # What a hub's copy is; the folder is half as wide, which is slow on a processor.
        model_kwargs={"model_kwargs": {"dtype": "float32"}},
    )
    loaded = time.perf_counter()
    articles = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    documents = [Document(f"{a['title']}\n{a['text']}", metadata={"id": a["id"]}) for a in articles]
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
    chunks = splitter.split_documents(documents)
    Chroma.from_documents(chunks, embeddings, persist_directory=str(work))
    return {
        "articles": len(articles),
        "passages": len(chunks),
        "loading": loaded - begun,
        "seconds": time.perf_counter() - loaded,
        "engine": "sentence-transformers",
    }


SIDES = {"rawi": rawi, "recipe": recipe}


def run(side: str, file: Path, models: Path) -> dict[str, Any]:
    """One side in a process of its own, with its CPU seconds and peak memory (MB)."""
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, __file__, str(file), "--models", str(models)]
        process = subprocess.Popen(
            [*command, "--side", side, "--work", work],
            stdout=subprocess.PIPE,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"},
        )
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{side} failed")
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    found["cpu"] = used.ru_utime + used.ru_stime
    found["memory"] = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return found


def main() -> None:
    """Let the sides take turns, print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    parser.add_argument("--only", choices=SIDES, help="one side alone")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    models = options.models or Path(tempfile.gettempdir()) / "rawi" / "models"
    if options.side:
        print(json.dumps(SIDES[options.side](options.data, options.work, models)))
        return
    ensure_model(models, want_openvino=True, notify=print)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "articles.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for record in records(options.data, options.articles):
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
        compare(file, models, options.rounds, [options.only] if options.only else list(SIDES))


def compare(file: Path, models: Path, rounds: int, sides: list[str]) -> None:
    """Print a line for each side and round, and the ratios."""
    print(
        f"{'':8} {'engine':22} {'articles':>8} {'seconds':>8} {'loading':>8} {'CPU s':>7} "
        f"{'MB':>6} {'art./s':>7} {'pass./s':>7} {'load':>5}"
    )
    ratios, shares = [], []
    for _ in range(rounds):
        found = {}
        for side in sides:
            _, ceiling = matmul_ceilings()
            found[side] = r = run(side, file, models)
            print(
                f"{side:8} {r['engine']:22} {r['articles']:8} {r['seconds']:8.1f} "
                f"{r['loading']:8.1f} {r['cpu']:7.1f} {r['memory']:6.0f} "
                f"{r['articles'] / r['seconds']:7.2f} {r['passages'] / r['seconds']:7.1f} "
                f"{os.getloadavg()[0]:5.1f}",
                flush=True,
            )
            if side == "rawi" and ceiling:
                shares.append(r["gflop"] / r["seconds"] / ceiling)
        if len(found) == len(SIDES):
            ratios.append(found["recipe"]["seconds"] / found["rawi"]["seconds"])
    if ratios:
        print(f"Rawi is {statistics.median(ratios):.1f} times as fast as the recipe.")
    if shares:
        print(f"It reaches {statistics.median(shares):.0%} of this machine's int8 products.")


if __name__ == "__main__":
    main()
