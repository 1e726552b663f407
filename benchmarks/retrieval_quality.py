"""Measures retrieval on XQuAD-ar and ARCD: R@1, R@5, MRR@10, as reported in the docs.

    python benchmarks/retrieval_quality.py DATA [--sets xquad_ar,arcd_train] [--queries xquad_en2ar]

DATA is a folder with ``passages_*.jsonl`` and ``qa_*.jsonl`` (see docs/evaluation.md for where such
sets come from). Every passage becomes an article of one passage; all of them share one store, in
a temporary folder. A question counts for the rank of the passage it was written for.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Passage
from vectorstore.store import ArticleStore


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def ranks(store: ArticleStore, questions: list[dict[str, Any]], depth: int = 10) -> list[int]:
    """Rank (from 1) of each question's passage; 0 if not among the first ``depth``."""
    found = []
    for question in questions:
        ids = [p.article.id for p in store.search(question["question"], depth)]
        gold = question["passage_id"]
        found.append(ids.index(gold) + 1 if gold in ids else 0)
    return found


def line(name: str, found: list[int]) -> str:
    """One row of the table."""
    n = len(found)
    r1, r5 = (sum(0 < rank <= k for rank in found) / n for k in (1, 5))
    mrr = sum(1 / rank for rank in found if rank) / n
    return f"{name:24} {n:6} {r1:.3f} {r5:.3f} {mrr:.3f}"


def main() -> None:
    """Fill a store, search every question, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="xquad_ar,arcd_train", help="passages that are indexed")
    parser.add_argument("--queries", default="xquad_en2ar", help="more questions on them")
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    options = parser.parse_args()
    sets = options.sets.split(",")
    if not (options.data / f"passages_{sets[0]}.jsonl").exists():
        sys.exit(f"{options.data} has no passages_{sets[0]}.jsonl: give the data's folder.")
    with tempfile.TemporaryDirectory() as home:
        settings = StoreSettings(home=Path(home), models_dir=options.models)
        with ArticleStore(settings, chunker_id="whole", writable=True) as store:
            for name in sets:
                records = read_jsonl(options.data / f"passages_{name}.jsonl")
                articles = [
                    Article(id=r["passage_id"], title=r.get("title", ""), text=r["text"])
                    for r in records
                ]
                store.put_many([(a, [Passage(0, 0, len(a.text), a.text)]) for a in articles])
            print(f"{'questions':24} {'n':>6} {'R@1':5} {'R@5':5} {'MRR@10'}")
            merged: list[int] = []
            for name in sets:
                found = ranks(store, read_jsonl(options.data / f"qa_{name}.jsonl"))
                merged += found
                print(line(name, found))
            print(line("merged", merged))
            for name in filter(None, options.queries.split(",")):
                print(line(name, ranks(store, read_jsonl(options.data / f"qa_{name}.jsonl"))))


if __name__ == "__main__":
    main()
