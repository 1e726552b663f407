"""Fits the linear models of ``bot/answering/weights.json`` on question sets with known answers.

    python training/fit_weights.py DATA [--models DIR] [--cache FILE] [--write]

DATA is a folder with ``passages_*.jsonl`` and ``qa_*.jsonl`` (docs/evaluation.md says which). Half
of the passages, chosen by a hash of their id, are tuned on; the questions of the other half only
report. The corpora come in several sizes, since a small one has other idf and other neighbours.

Two linear models are fitted, both with an L2 penalty:

- ``sentence``: which of the candidate sentences holds the answer? Right is one of the question's
  own passage in which a gold answer stands. Fitted as a softmax over the candidates.
- ``answerable``: does anything here answer? The same questions are asked with their own passage
  taken out of what was retrieved; where no gold answer is left, nothing does. With ``--outside``
  questions are added that a store of other articles does not answer. Fitted by logistic regression.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.answering import sentence_features
from bot.answering.linear_model import LinearModel
from bot.answering.quote_selection import score_sentences
from bot.language.parsed_question import ParsedQuestion
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import AnalysedText, normalise
from vectorstore.core.types import Article, Passage, RetrievedPassage
from vectorstore.indexes.fusion import coverage, fuse
from vectorstore.indexes.hybrid_search import CANDIDATES
from vectorstore.store import ArticleStore

SENTENCE_FEATURES = (
    "near_stems",
    "local_stems",
    "local_grams",
    "relation",
    "type",
    "new",
    "length",
    "passage",
    "first_passage",
    "similarity",
    "lead",
    "foreign_similarity",
    "foreign_passage",
    "title_similarity",
)
ANSWERABLE_FEATURES = (
    "similarity",
    "similarity_gap",
    "similarity_lead",
    "passage_stems",
    "passage_grams",
    "heaviest_missing",
    "sentence_stems",
    "near_stems",
    "local_stems",
    "relation",
    "sentence_grams",
    "sentence_similarity",
    "sentence_lead",
    "best_logit",
    "best_share",
    "best_is_first",
    "type",
    "unknown",
    "other_script",
)
LONG_ARTICLES = 2.5
"""By hand: how much more ``local_stems`` counts than the fit gives it. The sets have one paragraph
an article; in a news article the topic's words are in every paragraph, so those that are in few
tell more. On the sets any factor from 1 to 3 gives the same figures within a point."""
HEADLINES = 0.3
"""By hand: how far the fit with the title's similarity is followed; the rest is one without it. The
sets have the names of things for titles; a headline is a sentence, and says more of the answer."""
_VECTORS: dict[str, np.ndarray] = {}  # the same sentences come up again and again
SIZES = ((12, 6), (50, 2), (10_000, 1))
"""Corpora that are made: passages in each, and how many of that size."""


@dataclass
class Case:
    """One question in one corpus, with all that retrieval and weighing know of it."""

    id: str
    set: str
    tune: bool
    size: int
    answerable: bool
    question: sentence_features.QuestionTerms
    passages: list[RetrievedPassage]
    sentences: list[sentence_features.Sentence]
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
            with ArticleStore(settings, chunker_id="whole", writable=True) as store:
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
    found = store.search(q["question"], CANDIDATES)
    tune = in_first_half(gold)
    golds = [normalise(a) for a in q["answers"]]
    yield case(store, q, found[:8], True, tune, size, golds)
    kept = as_if_alone([p for p in found if p.article.id != gold], store, q["question"])[:8]
    if kept and not any(g in normalise(p.text) for p in kept for g in golds):
        yield case(store, q, kept, False, tune, size, golds)


def as_if_alone(
    passages: list[RetrievedPassage], store: ArticleStore, question: str
) -> list[RetrievedPassage]:
    """``passages`` fused again: their scores must not tell that a better one was taken out."""
    stems = AnalysedText(question).stems
    fused = fuse(
        {p.id: p.similarity for p in passages},
        {p.id: p.lexical for p in passages if p.lexical > 0},
        coverage(stems, store.stem_weights(stems)),
    )
    by_id = {p.id: p for p in passages}
    return [replace(by_id[pid], score=score) for pid, score in fused]


def outside(home: Path, questions: Path, models: Path | None) -> Iterator[Case]:
    """Questions that the store at ``home`` has no answer to."""
    from ingest.store import open_store

    with open_store(StoreSettings(home=home, models_dir=models)) as store:
        for q in read(questions):
            q = dict(q, set="outside", answers=[], passage_id="")
            tune = in_first_half(q["id"])
            yield case(store, q, store.search(q["question"], 8), False, tune, 10_000, [])


def case(
    store: ArticleStore,
    q: dict[str, Any],
    passages: list[RetrievedPassage],
    answerable: bool,
    tune: bool,
    size: int,
    golds: list[str],
    read: Callable[[str, list[sentence_features.Sentence]], None] | None = None,
) -> Case:
    """Weigh ``passages`` as the engine does, embedding the sentences that look best.

    ``read`` lets the reading model note what it finds before those are chosen.
    """
    parsed = ParsedQuestion(q["question"])
    idf = store.stem_weights(list(dict.fromkeys(parsed.stems)))
    question = sentence_features.QuestionTerms.of(parsed, idf)
    sentences = sentence_features.split_passages(passages)
    sentence_features.add_lexical_features(question, sentences)
    if read is not None:
        read(q["question"], sentences)
    best = sentence_features.embedding_candidates(sentences)
    vector = store.embedder.embed_queries([q["question"]])[0]
    texts = [s.text for s in best] + sentence_features.titles_of(best)
    new = [t for t in dict.fromkeys(texts) if t not in _VECTORS]
    _VECTORS.update(zip(new, store.embedder.embed_passages(new), strict=True))
    vectors = np.array([_VECTORS[t] for t in texts])
    sentence_features.add_embedding_features(
        question, best, vector, vectors[: len(best)], vectors[len(best) :]
    )
    holds = [
        s.passage.article.id == q["passage_id"] and any(g in normalise(s.text) for g in golds)
        for s in best
    ]
    return Case(q["id"], q["set"], tune, size, answerable, question, passages, best, holds)


def logistic(x: np.ndarray, y: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients (d + 1,), the bias last, of a penalised logistic regression.

    Iteratively reweighted least squares (Hastie, Tibshirani & Friedman 2009, section 4.4.1).
    """
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


def fit_sentence(found: list[Case], penalty: float = 1.0) -> LinearModel:
    """A softmax over each question's candidates: the likelihood of those that hold the answer."""
    used = [c for c in found if c.tune and c.answerable and any(c.holds)]
    rows = np.zeros((len(used), sentence_features.EMBEDDED_SENTENCES, len(SENTENCE_FEATURES)))
    there, right = (np.zeros(rows.shape[:2], bool) for _ in range(2))
    for i, c in enumerate(used):
        n = len(c.sentences)
        rows[i, :n] = [[s.features[name] for name in SENTENCE_FEATURES] for s in c.sentences]
        there[i, :n], right[i, :n] = True, c.holds
    scale = rows[there].std(axis=0) + 1e-6
    beta = softmax_regression(rows / scale, there, right, penalty) / scale
    untitled = np.array([name != "title_similarity" for name in SENTENCE_FEATURES])
    plain = softmax_regression(rows / scale * untitled, there, right, penalty) / scale
    mixed = HEADLINES * beta + (1 - HEADLINES) * plain * untitled
    model = model_of(SENTENCE_FEATURES, np.append(mixed, 0.0))
    raised = round(model.weights["local_stems"] * LONG_ARTICLES, 3)
    return LinearModel(model.bias, {**model.weights, "local_stems": raised})


def softmax_regression(
    rows: np.ndarray, there: np.ndarray, right: np.ndarray, penalty: float, steps: int = 500
) -> np.ndarray:
    """Coefficients (d,) that maximise Σ ln Σ_{right} softmax(x·β), by Adam.

    ``rows`` is (questions, candidates, d); ``there`` and ``right`` mark real and right candidates.
    A conditional logit with several right choices (McFadden 1974); Adam is Kingma & Ba 2015.
    """
    beta = np.zeros(rows.shape[-1])
    mean, square = np.zeros_like(beta), np.zeros_like(beta)
    for step in range(1, steps + 1):
        logits = np.where(there, rows @ beta, -np.inf)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        q = p * right
        pull = p / p.sum(axis=1, keepdims=True) - q / q.sum(axis=1, keepdims=True)
        gradient = (np.einsum("ncd,nc->d", rows, pull) + penalty * beta) / len(rows)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        rate = 0.05 / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        beta -= rate * mean / (1 - 0.9**step)
    return beta


def fit_answerable(found: list[Case], penalty: float = 3.0) -> LinearModel:
    """Both answers count alike, and so does every set in every size of corpus."""
    used = [c for c in found if c.tune and c.sentences]
    counts = Counter((c.size, c.set, c.answerable) for c in used)
    rows = np.array([[features(c)[n] for n in ANSWERABLE_FEATURES] for c in used])
    weights = np.array([weight_of(c) / counts[c.size, c.set, c.answerable] for c in used])
    labels = np.array([c.answerable for c in used], float)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    beta = logistic((rows - mean) / scale, labels, weights, penalty)
    plain = beta[:-1] / scale
    return model_of(ANSWERABLE_FEATURES, np.append(plain, beta[-1] - plain @ mean))


def weight_of(c: Case) -> float:
    """Questions from outside weigh as much as all near misses of one size together."""
    return 600.0 if c.set == "outside" else 200.0


def features(c: Case) -> dict[str, float]:
    """What the engine would look at to decide whether to answer."""
    return sentence_features.answerability_features(c.question, c.passages, c.sentences)


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
    if not yes:
        q = np.array([answerable.probability(features(c)) for c in found])
        return f"n {len(q):5} refused {np.mean(q < 0.5):.3f}"
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
    parser.add_argument(
        "--outside",
        nargs=2,
        type=Path,
        metavar=("HOME", "QUESTIONS"),
        help="a RAWI_HOME with articles, and questions they do not answer",
    )
    parser.add_argument("--models", type=Path, help="folder of prepared models")
    parser.add_argument("--cache", type=Path, help="keeps what was gathered, for further fits")
    parser.add_argument("--write", action="store_true", help="write bot/answering/weights.json")
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        found = pickle.loads(options.cache.read_bytes())  # noqa: S301 - our own file
    else:
        found = list(
            cases(options.data, options.sets.split(","), options.queries.split(","), options.models)
        )
        if options.outside:
            home, questions = options.outside
            found += outside(home, questions, options.models)
        if options.cache:
            options.cache.write_bytes(pickle.dumps(found))
    sentence = fit_sentence(found)
    for c in found:
        score_sentences(c.sentences, sentence)
    answerable = fit_answerable(found)
    print("\n".join(report(found, sentence, answerable)))
    document = {
        "about": "Linear models fitted by training/fit_weights.py on half of XQuAD-ar "
        "(CC BY-SA 4.0), of ARCD train (MIT) and of MIRACL's Arabic questions (Apache-2.0); "
        "see docs/quality.md",
        "fitted": date.today().isoformat(),
        "models": {
            name: {"bias": m.bias, "weights": dict(m.weights)}
            for name, m in (("sentence", sentence), ("answerable", answerable))
        },
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    print(text)
    if options.write:
        (Path(__file__).parents[1] / "bot" / "answering" / "weights.json").write_text(
            text, encoding="utf-8"
        )


if __name__ == "__main__":
    main()
