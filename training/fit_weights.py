"""Fits the linear models of ``bot/weights.json`` on question sets whose answers are known.

    python training/fit_weights.py DATA [--models DIR] [--cache FILE] [--write]

DATA is a folder with ``passages_*.jsonl`` and ``qa_*.jsonl`` (docs/evaluation.md says which). Half
of the passages, chosen by a hash of their id, are tuned on; the questions of the other half only
report. The corpora come in several sizes, since a small one has other idf and other neighbours.

Two models are fitted by logistic regression with an L2 penalty (iteratively reweighted least
squares; Hastie, Tibshirani & Friedman 2009, section 4.4):

- ``sentence``: does this sentence hold the answer? Positive when a gold answer stands in it.
- ``answerable``: does anything here answer? The same questions are asked with their own passage
  taken out of what was retrieved; where no gold answer is left, nothing does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot import evidence
from bot.weights import LinearModel
from vectorstore.analysis import normalise
from vectorstore.settings import StoreSettings
from vectorstore.store import ArticleStore
from vectorstore.types import Article, Passage, RetrievedPassage

SENTENCE_FEATURES = (
    "stems",
    "near_stems",
    "grams",
    "type",
    "new",
    "length",
    "passage",
    "first_passage",
    "similarity",
    "lead",
)
ANSWERABLE_FEATURES = (
    "similarity",
    "similarity_gap",
    "passage_stems",
    "passage_grams",
    "heaviest_missing",
    "sentence_stems",
    "near_stems",
    "sentence_grams",
    "sentence_similarity",
    "type",
    "coverage",
    "foreign_similarity",
    "foreign",
    "foreign_sentence_similarity",
)
SIZES = ((12, 8), (50, 3), (10_000, 1))
"""Corpora that are made: passages in each, and how many of that size."""


@dataclass
class Case:
    """One question in one corpus, with all that retrieval and weighing know of it."""

    id: str
    set: str
    tune: bool
    size: int
    answerable: bool
    question: evidence.Question
    passages: list[RetrievedPassage]
    sentences: list[evidence.Sentence]
    holds: list[bool]


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def in_first_half(key: str) -> bool:
    """A fair coin that falls the same way every time."""
    return hashlib.sha256(key.encode()).digest()[0] < 128


def corpora(data: Path, sets: list[str]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Lists of passages, of several sizes."""
    everything = [r for name in sets for r in read(data / f"passages_{name}.jsonl")]
    shuffled = random.Random(7)  # noqa: S311
    for size, times in SIZES:
        for _ in range(times):
            few = size < len(everything)
            yield size, shuffled.sample(everything, size) if few else everything


def cases(data: Path, sets: list[str], queries: list[str], models: Path | None) -> Iterator[Case]:
    """Every question in every corpus that holds its passage, with and without that passage."""
    questions = [dict(q, set=name) for name in queries for q in read(data / f"qa_{name}.jsonl")]
    for size, records in corpora(data, sets):
        with tempfile.TemporaryDirectory() as home:
            settings = StoreSettings(home=Path(home), models_dir=models)
            with ArticleStore.open(settings, chunker_id="whole", writable=True) as store:
                articles = [
                    Article(id=r["passage_id"], title=r.get("title", ""), text=r["text"])
                    for r in records
                ]
                store.put_many([(a, [Passage(0, 0, len(a.text), a.text)]) for a in articles])
                here = {a.id for a in articles}
                for q in questions:
                    if q["passage_id"] in here:
                        yield from both(store, q, size)
                print(f"corpus of {len(records)} passages done", file=sys.stderr)


def both(store: ArticleStore, q: dict[str, Any], size: int) -> Iterator[Case]:
    """``q`` with its passage and, when no other holds the answer, without it."""
    gold = q["passage_id"]
    found = store.search(q["question"], 9)
    tune = in_first_half(gold)
    golds = [normalise(a) for a in q["answers"]]
    kept = [p for p in found if p.article.id != gold]
    yield case(store, q, found[:8], True, tune, size, golds)
    if kept and not any(g in normalise(p.text) for p in kept for g in golds):
        yield case(store, q, kept[:8], False, tune, size, golds)


def case(
    store: ArticleStore,
    q: dict[str, Any],
    passages: list[RetrievedPassage],
    answerable: bool,
    tune: bool,
    size: int,
    golds: list[str],
) -> Case:
    """Weigh ``passages`` as the engine does, embedding the sentences that look best."""
    idf = store.stem_weights(evidence.content_stems(q["question"]))
    question = evidence.Question.of(q["question"], idf)
    sentences = evidence.sentences_of(passages)
    evidence.weigh_lexically(question, sentences)
    best = evidence.worth_embedding(sentences)
    vector = store.embedder.embed_queries([q["question"]])[0]
    evidence.weigh_by_embedding(best, vector, store.embedder.embed_passages([s.text for s in best]))
    holds = [
        s.passage.article.id == q["passage_id"] and any(g in normalise(s.text) for g in golds)
        for s in best
    ]
    return Case(q["id"], q["set"], tune, size, answerable, question, passages, best, holds)


def logistic(x: np.ndarray, y: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients (d + 1,), the bias last, of a penalised logistic regression."""
    x = np.hstack([x, np.ones((len(x), 1))])
    beta = np.zeros(x.shape[1])
    ridge = penalty * np.eye(x.shape[1])
    ridge[-1, -1] = 0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weights * (y - p)) - ridge @ beta
        hessian = (x * (weights * p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def model_of(names: Sequence[str], beta: np.ndarray) -> LinearModel:
    """The fitted numbers under their names."""
    rounded = {n: round(float(b), 3) for n, b in zip(names, beta, strict=False)}
    return LinearModel(round(float(beta[-1]), 3), rounded)


def fit_sentence(found: list[Case], penalty: float = 3.0) -> LinearModel:
    """Every candidate sentence of the answerable questions, each question counting alike."""
    rows, labels, weights = [], [], []
    for c in found:
        if not (c.tune and c.answerable and any(c.holds)):
            continue
        for sentence, holds in zip(c.sentences, c.holds, strict=True):
            rows.append([sentence.features[n] for n in SENTENCE_FEATURES])
            labels.append(holds)
            weights.append(4 / len(c.sentences))
    beta = logistic(np.array(rows), np.array(labels, float), np.array(weights, float), penalty)
    return model_of(SENTENCE_FEATURES, beta)


def fit_answerable(found: list[Case], penalty: float = 1.0) -> LinearModel:
    """Both kinds of questions count alike, and so does every size of corpus."""
    used = [c for c in found if c.tune and c.sentences]
    counts: dict[tuple[int, bool], int] = {}
    for c in used:
        counts[c.size, c.answerable] = counts.get((c.size, c.answerable), 0) + 1
    rows = [[features(c)[n] for n in ANSWERABLE_FEATURES] for c in used]
    weights = [500 / counts[c.size, c.answerable] for c in used]
    labels = [c.answerable for c in used]
    beta = logistic(np.array(rows), np.array(labels, float), np.array(weights), penalty)
    return model_of(ANSWERABLE_FEATURES, beta)


def features(c: Case) -> dict[str, float]:
    """What the engine would look at to decide whether to answer."""
    return evidence.answerability(c.question, c.passages, c.sentences)


def report(found: list[Case], sentence: LinearModel, answerable: LinearModel) -> list[str]:
    """Figures on the half that only reports, and on the other to show what was learnt by heart."""
    lines = []
    for half, tune in (("report", False), ("tune", True)):
        for size, _ in SIZES:
            for name in sorted({c.set for c in found}):
                mine = [c for c in found if (c.tune, c.size, c.set) == (tune, size, name)]
                if mine:
                    lines.append(f"{half:7} {size:6} {name:12} {figures(mine, answerable)}")
    return lines


def figures(found: list[Case], answerable: LinearModel) -> str:
    """Best sentence holds the answer; kept and refused at 0.5; AUC."""
    yes = [c for c in found if c.answerable]
    hit = np.mean([c.holds[top(c)] for c in yes])
    ceiling = np.mean([any(c.holds) for c in yes])
    p = np.array([answerable.probability(features(c)) for c in yes])
    q = np.array([answerable.probability(features(c)) for c in found if not c.answerable])
    auc = np.mean(p[:, None] > q[None, :]) if len(q) else float("nan")
    return (
        f"n {len(yes):5} sentence {hit:.3f} (of {ceiling:.3f}) "
        f"kept {np.mean(p >= 0.5):.3f} refused {np.mean(q < 0.5):.3f} of {len(q):4} AUC {auc:.3f}"
    )


def top(c: Case) -> int:
    """Index of the best sentence."""
    return max(range(len(c.sentences)), key=lambda i: c.sentences[i].score)


def main() -> None:
    """Gather, fit, report, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", default="xquad_ar,arcd_train")
    parser.add_argument("--queries", default="xquad_ar,arcd_train,xquad_en2ar")
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    parser.add_argument("--cache", type=Path, help="keeps what was gathered, for further fits")
    parser.add_argument("--write", action="store_true", help="write bot/weights.json")
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        found = pickle.loads(options.cache.read_bytes())  # noqa: S301 - our own file
    else:
        found = list(
            cases(options.data, options.sets.split(","), options.queries.split(","), options.models)
        )
        if options.cache:
            options.cache.write_bytes(pickle.dumps(found))
    sentence = fit_sentence(found)
    for c in found:
        for s in c.sentences:
            s.score = sentence.probability(s.features)
    answerable = fit_answerable(found)
    print("\n".join(report(found, sentence, answerable)))
    document = {
        "about": "Logistic models fitted by training/fit_weights.py on half of XQuAD-ar "
        "(CC BY-SA 4.0) and ARCD train (MIT); see docs/quality.md",
        "fitted": date.today().isoformat(),
        "models": {
            name: {"bias": m.bias, "weights": dict(m.weights)}
            for name, m in (("sentence", sentence), ("answerable", answerable))
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    print(text)
    if options.write:
        (Path(__file__).parents[1] / "bot" / "weights.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
