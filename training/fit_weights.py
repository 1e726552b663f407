"""Fits the linear models of ``bot/answering/weights.json`` on question sets with gold answers.

    python -m training.fit_weights DATA [--models DIR] [--cache FILE] [--write]

DATA is a folder with ``passages_*.jsonl`` and ``qa_*.jsonl`` (see docs/evaluation.md). Half of the
passages, chosen by a hash of their id, are used for tuning, the other half for the report. Corpora
of several sizes are made, since idf and near passages depend on the size.

Two linear models are fitted, both with an L2 penalty:

- ``sentence``: which candidate sentence contains the answer? Correct are sentences of the
  question's own passage with a gold answer. A softmax regression over the candidates.
- ``answerable``: do the passages contain the answer? Negatives are the same questions without their
  own passage, if no gold answer remains; with ``--outside`` also questions that a store of other
  articles does not answer. A logistic regression.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.answering import sentence_features
from bot.answering.linear_model import LinearModel
from bot.answering.quote_selection import score_sentences
from bot.language.parsed_question import ParsedQuestion
from training.linear_fits import (
    WEIGHTS_FILE,
    candidate_arrays,
    linear_model,
    softmax_regression,
    standardised_logistic_regression,
    write_weights,
)
from training.reader.splits import in_tuning_half
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import AnalysedText, normalise
from vectorstore.core.types import Article, Passage, RetrievedPassage
from vectorstore.indexes.fusion import coverage, fuse
from vectorstore.indexes.hybrid_search import CANDIDATES_PER_INDEX
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
LOCAL_STEMS_FACTOR = 2.5
"""Set by hand: multiplies the fitted weight of ``local_stems``. The sets have one paragraph per
article; in news articles the topic's words occur in every paragraph, so words that occur in few are
more informative. On the sets factors from 1 to 3 give the same results within a point."""
TITLE_SHARE = 0.3
"""Set by hand: the share of the fit with ``title_similarity``; the rest is a fit without it. The
sets' titles are names; a headline is a sentence and has more in common with the answer."""
_VECTORS: dict[str, np.ndarray] = {}  # the same sentences occur in several corpora
SIZES = ((12, 6), (50, 2), (10_000, 1))
"""Passages in a corpus, and the number of corpora of that size."""


@dataclass
class QuestionCase:
    """One question in one corpus, with the retrieved passages and scored sentences.

    ``tune`` is whether it may be tuned on; ``correct`` marks the sentences with the answer.
    """

    id: str
    set: str
    tune: bool
    size: int
    answerable: bool
    question: sentence_features.QuestionTerms
    passages: list[RetrievedPassage]
    sentences: list[sentence_features.Sentence]
    correct: list[bool]


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def corpora(data: Path, sets: list[str]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Sizes and passages of the corpora."""
    everything = [r for name in sets for r in read_jsonl(data / f"passages_{name}.jsonl")]
    shuffled = random.Random(7)  # noqa: S311
    for size, times in SIZES:
        for _ in range(times):
            few = size < len(everything)
            yield size, shuffled.sample(everything, size) if few else everything


def cases(
    data: Path, sets: list[str], queries: list[str], models: Path | None
) -> Iterator[QuestionCase]:
    """Every question in every corpus with its passage, with and without that passage."""
    questions = [
        dict(q, set=name) for name in queries for q in read_jsonl(data / f"qa_{name}.jsonl")
    ]
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
                        yield from positive_and_negative(store, q, size)
                print(f"corpus of {len(records)} passages done", file=sys.stderr)


def positive_and_negative(
    store: ArticleStore, q: dict[str, Any], size: int
) -> Iterator[QuestionCase]:
    """``q`` with its passage and, if no other contains the answer, without it."""
    gold = q["passage_id"]
    found = store.search(q["question"], CANDIDATES_PER_INDEX)
    tune = in_tuning_half(gold)
    golds = [normalise(a) for a in q["answers"]]
    yield build_case(store, q, found[:8], True, tune, size, golds)
    kept = fuse_again([p for p in found if p.article.id != gold], store, q["question"])[:8]
    if kept and not any(g in normalise(p.text) for p in kept for g in golds):
        yield build_case(store, q, kept, False, tune, size, golds)


def fuse_again(
    passages: list[RetrievedPassage], store: ArticleStore, question: str
) -> list[RetrievedPassage]:
    """``passages`` with scores as if no better one had been removed."""
    stems = AnalysedText(question).stems
    fused = fuse(
        {p.id: p.similarity for p in passages},
        {p.id: p.lexical for p in passages if p.lexical > 0},
        coverage(stems, store.stem_weights(stems)),
    )
    by_id = {p.id: p for p in passages}
    return [replace(by_id[pid], score=score) for pid, score in fused]


def outside(home: Path, questions: Path, models: Path | None) -> Iterator[QuestionCase]:
    """Questions that the articles in the store at ``home`` do not answer."""
    from ingest.store import open_store

    with open_store(StoreSettings(home=home, models_dir=models)) as store:
        for q in read_jsonl(questions):
            q = dict(q, set="outside", answers=[], passage_id="")
            tune = in_tuning_half(q["id"])
            yield build_case(store, q, store.search(q["question"], 8), False, tune, 10_000, [])


def build_case(
    store: ArticleStore,
    q: dict[str, Any],
    passages: list[RetrievedPassage],
    answerable: bool,
    tune: bool,
    size: int,
    golds: list[str],
    read: Callable[[str, list[sentence_features.Sentence]], None] | None = None,
) -> QuestionCase:
    """Compute the features of ``passages`` as the engine does, embeddings for the best sentences.

    ``read`` adds the reading model's spans before those are chosen.
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
    correct = [
        s.passage.article.id == q["passage_id"] and any(g in normalise(s.text) for g in golds)
        for s in best
    ]
    return QuestionCase(
        q["id"], q["set"], tune, size, answerable, question, passages, best, correct
    )


def fit_sentence(cases: list[QuestionCase], penalty: float = 1.0) -> LinearModel:
    """A softmax regression over the candidates of each answerable question of the tuning half."""
    used = [c for c in cases if c.tune and c.answerable and any(c.correct)]
    x, mask, correct = candidate_arrays(
        [[[s.features[name] for name in SENTENCE_FEATURES] for s in c.sentences] for c in used],
        [c.correct for c in used],
        sentence_features.MAX_EMBEDDED_SENTENCES,
    )
    scale = x[mask].std(axis=0) + 1e-6
    full = softmax_regression(x / scale, mask, correct, penalty) / scale
    untitled = np.array([name != "title_similarity" for name in SENTENCE_FEATURES])
    without_title = softmax_regression(x / scale * untitled, mask, correct, penalty) / scale
    beta = TITLE_SHARE * full + (1 - TITLE_SHARE) * without_title * untitled
    model = linear_model(SENTENCE_FEATURES, np.append(beta, 0.0))
    local_stems = round(model.weights["local_stems"] * LOCAL_STEMS_FACTOR, 3)
    return LinearModel(model.bias, {**model.weights, "local_stems": local_stems})


def fit_answerable(cases: list[QuestionCase], penalty: float = 3.0) -> LinearModel:
    """A logistic regression; every set, corpus size and label has the same total weight."""
    used = [c for c in cases if c.tune and c.sentences]
    counts = Counter((c.size, c.set, c.answerable) for c in used)
    x = np.array([[case_features(c)[n] for n in ANSWERABLE_FEATURES] for c in used])
    weights = np.array([group_weight(c) / counts[c.size, c.set, c.answerable] for c in used])
    labels = np.array([c.answerable for c in used], float)
    beta = standardised_logistic_regression(x, labels, weights, penalty)
    return linear_model(ANSWERABLE_FEATURES, beta)


def group_weight(c: QuestionCase) -> float:
    """Total weight of the case's group: ``outside`` counts as much as all near misses of a size."""
    return 600.0 if c.set == "outside" else 200.0


def case_features(c: QuestionCase) -> dict[str, float]:
    """The features by which the engine decides whether to answer."""
    return sentence_features.answerability_features(c.question, c.passages, c.sentences)


def report(found: list[QuestionCase], answerable: LinearModel) -> list[str]:
    """Results on the reporting half, and on the tuning half to show overfitting."""
    lines = []
    for half, tune in (("report", False), ("tune", True)):
        for size, _ in SIZES:
            for name in sorted({c.set for c in found}):
                mine = [c for c in found if (c.tune, c.size, c.set) == (tune, size, name)]
                if mine:
                    lines.append(f"{half:7} {size:6} {name:12} {results(mine, answerable)}")
    return lines


def results(found: list[QuestionCase], answerable: LinearModel) -> str:
    """Accuracy of the best sentence; answered and refused at 0.5; AUC."""
    yes = [c for c in found if c.answerable]
    if not yes:
        q = np.array([answerable.probability(case_features(c)) for c in found])
        return f"n {len(q):5} refused {np.mean(q < 0.5):.3f}"
    hit = np.mean([c.correct[top(c)] for c in yes])
    ceiling = np.mean([any(c.correct) for c in yes])
    p = np.array([answerable.probability(case_features(c)) for c in yes])
    q = np.array([answerable.probability(case_features(c)) for c in found if not c.answerable])
    auc = np.mean(p[:, None] > q[None, :]) if len(q) else float("nan")
    return (
        f"n {len(yes):5} sentence {hit:.3f} (of {ceiling:.3f}) "
        f"kept {np.mean(p >= 0.5):.3f} refused {np.mean(q < 0.5):.3f} of {len(q):4} AUC {auc:.3f}"
    )


def top(c: QuestionCase) -> int:
    """Index of the best sentence."""
    return max(range(len(c.sentences)), key=lambda i: c.sentences[i].score)


def main() -> None:
    """Gather cases, fit, report, and write with ``--write``."""
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
    parser.add_argument("--cache", type=Path, help="stores the cases for further fits")
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
    sentence, answerable = fit(found)
    print("\n".join(report(found, answerable)))
    document = weights_document(sentence, answerable)
    print(json.dumps(document, ensure_ascii=False, indent=1))
    if options.write:
        write_weights(WEIGHTS_FILE, document)


def fit(cases: list[QuestionCase]) -> tuple[LinearModel, LinearModel]:
    """The models ``sentence`` and ``answerable``; the sentences of ``cases`` get their scores."""
    sentence = fit_sentence(cases)
    for case in cases:
        score_sentences(case.sentences, sentence)
    return sentence, fit_answerable(cases)


def weights_document(sentence: LinearModel, answerable: LinearModel) -> dict[str, Any]:
    """The content of ``weights.json`` without the reading model's weights."""
    return {
        "about": "Linear models fitted by training/fit_weights.py on half of XQuAD-ar "
        "(CC BY-SA 4.0), of ARCD train (MIT) and of MIRACL's Arabic questions (Apache-2.0); "
        "see docs/quality.md",
        "fitted": date.today().isoformat(),
        "models": {"sentence": sentence.as_json(), "answerable": answerable.as_json()},
    }


if __name__ == "__main__":
    main()
