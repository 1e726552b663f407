"""Fits the weights of the reading model's scores, and their calibration as probabilities.

    python -m training.fit_reading DATA --news HOME --readers HOME [--cache FILE] [--write]

Uses half of MLQA-ar's development set and of the ARCD passages that the reading model was not
trained on (halves by a hash of the passage), half of MIRACL's Arabic questions, which the news in
HOME does not answer, the written news that the model is validated on, and the readers' questions of
``benchmarks/readers/learn.jsonl`` over their articles. XQuAD is not used. Writes ``sentence_read``
and ``answerable_read`` to ``bot/answering/weights.json``, and the calibration to the model's card.

- ``sentence_read``: a softmax regression over the candidates with two features, the logit without
  the reading model (``hand``) and the score of the sentence's best span.
- ``answerable_read``: a logistic regression on features of spans and of ``answerable``.
- the calibration: Platt scaling (Platt 1999) of the best span's score to the probability that its
  token F1 with a gold answer is at least 0.5.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np

from bot.answering import reader_scoring
from bot.answering.answer_spans import answer_span
from bot.answering.linear_model import LinearModel
from bot.answering.quote_selection import score_sentences
from bot.answering.sentence_features import (
    MAX_EMBEDDED_AFTER_READER,
    MAX_EMBEDDED_SENTENCES,
    Sentence,
)
from bot.core.settings import BotSettings
from evaluation.metrics.answers import token_f1
from training.fit_weights import QuestionCase, case_features, read_jsonl
from training.linear_fits import (
    WEIGHTS_FILE,
    candidate_arrays,
    linear_model,
    logistic_regression,
    softmax_regression,
    standardised_logistic_regression,
    write_weights,
)
from training.reader.examples import read_examples
from training.reader.splits import is_held_out
from training.reading_cases import (
    ReaderCase,
    cases_over_news,
    cases_over_passages,
    cases_over_readers,
    cases_over_written,
)
from vectorstore.core.settings import StoreSettings
from vectorstore.reader.loading import load_reader
from vectorstore.reader.model_file import CARD_FILE, model_folder
from vectorstore.reader.reader import Reader

SENTENCE = ("hand", "span")
ANSWERABLE = (
    "span",
    "span_best",
    "span_first",
    "share",
    "similarity",
    "passage_stems",
    "near_stems",
    "type",
    "other_script",
    "foreign",
)
REFUSED = 0.92
"""The bias is set so that the default threshold refuses this share of the ``outside`` questions of
the tuning half, the target for which it was chosen without the reading model."""
CONTRADICTED = -1.0
"""Set by hand: the weight of a number in the question that the passage lacks. The sets have no
false premises to fit it on."""
_DEFAULT = float(BotSettings.model_fields["refusal_threshold"].default)
THRESHOLD = math.log(_DEFAULT / (1 - _DEFAULT))
"""The default refusal threshold as a logit."""
NEWS_SETS = ("outside", "news", "readers")
READERS = Path(__file__).parents[1] / "benchmarks" / "readers" / "learn.jsonl"
OUTSIDE = "questions_miracl_ar_outofcorpus.jsonl"


def trained_on(data: Path) -> set[str]:
    """Ids of the ARCD passages that the reading model may have been trained on."""
    contexts = {e.context.strip() for e in read_examples(data / "reader" / "arcd-train.jsonl")}
    return {
        p["passage_id"]
        for p in read_jsonl(data / "passages_arcd_train.jsonl")
        if p["text"].strip() in contexts and not is_held_out(p["text"])
    }


def gather(
    data: Path,
    news: Path,
    reader: Reader,
    models: Path | None,
    stores: Path | None,
    limit: int | None,
    readers: Path | None = None,
) -> list[ReaderCase]:
    """The questions of the tuning halves, at most ``limit`` of each set."""
    found = list(
        cases_over_news(
            news,
            data / OUTSIDE,
            reader,
            models=models,
            half="tune",
            compare=False,
            limit=limit or 120,
        )
    )
    print(f"MIRACL: {len(found)} cases", flush=True)
    found += cases_over_written(reader, models=models, stores=stores, limit=limit)
    print(f"with news: {len(found)} cases", flush=True)
    if readers is not None:
        found += cases_over_readers(readers, READERS, reader, models=models)
        print(f"with readers' questions: {len(found)} cases", flush=True)
    known = trained_on(data)
    for name, excluded in (("mlqa_dev_ar", frozenset()), ("arcd_train", frozenset(known))):
        found += cases_over_passages(
            data,
            name,
            reader,
            models=models,
            stores=stores,
            half="tune",
            compare=False,
            limit=limit,
            excluded=excluded,
        )
        print(f"with {name}: {len(found)} cases", flush=True)
    return found


def fit_sentence(found: list[ReaderCase], penalty: float = 0.3) -> LinearModel:
    """A softmax regression over the candidates of each answerable question."""
    used = [p.with_reader for p in found if p.answerable and any(p.with_reader.correct)]
    x, mask, correct = candidate_arrays(
        [[[s.logit, reader_scoring.span_feature(s)] for s in c.sentences] for c in used],
        [c.correct for c in used],
        MAX_EMBEDDED_SENTENCES,
    )
    scale = x[mask].std(axis=0) + 1e-6
    beta = softmax_regression(x / scale, mask, correct, penalty)
    return linear_model(SENTENCE, np.append(beta / scale, 0.0))


def reader_features(case: QuestionCase, sentence: LinearModel) -> dict[str, float]:
    """The features after reading, from which the engine decides; sets the sentences' scores."""
    score_sentences(case.sentences)
    features = case_features(case)
    embedded = case.sentences[:MAX_EMBEDDED_AFTER_READER]
    reader_scoring.rescore_with_reader(embedded, sentence)
    return reader_scoring.reader_answerability_features(case.question, embedded, features)


def chosen_is_correct(case: ReaderCase) -> bool:
    """Whether the sentence with the best score after reading answers the question."""
    found = case.with_reader
    embedded = found.sentences[:MAX_EMBEDDED_AFTER_READER]
    best = max(range(len(embedded)), key=lambda i: embedded[i].score)
    return case.answerable and bool(found.correct[best])


def fit_answerable(
    found: list[ReaderCase], sentence: LinearModel, penalty: float = 3.0
) -> LinearModel:
    """A logistic regression of whether the chosen sentence answers.

    Every set and label has the same total weight, those of news twice.
    """
    rows, labels, sets = [], [], []
    for p in found:
        if p.with_reader.sentences:
            values = reader_features(p.with_reader, sentence)
            rows.append([values[name] for name in ANSWERABLE])
            labels.append(float(chosen_is_correct(p)))
            sets.append(p.set)
    counts = Counter(zip(sets, labels, strict=True))
    sample_weight = [
        (400 if name in NEWS_SETS else 200) / counts[name, label]
        for name, label in zip(sets, labels, strict=True)
    ]
    beta = standardised_logistic_regression(
        np.array(rows), np.array(labels), np.array(sample_weight), penalty
    )
    model = linear_model(ANSWERABLE, beta)
    model = LinearModel(model.bias, {**model.weights, "contradicted": CONTRADICTED})
    outside = [
        model.score(reader_features(p.with_reader, sentence))
        for p in found
        if p.set == "outside" and p.with_reader.sentences
    ]
    quantile = np.quantile(outside, REFUSED)
    return LinearModel(round(float(model.bias + THRESHOLD - quantile), 3), model.weights)


def fit_calibration(found: list[ReaderCase]) -> dict[str, float]:
    """Slope and bias of the logistic function from the best span's score to P(correct)."""
    scores, right = [], []
    for p in found:
        spans = [s for s in p.with_reader.sentences if s.span is not None]
        if not spans:
            continue
        best = max(spans, key=lambda s: s.span_score or 0.0)
        predicted = highlight(best)
        scores.append([best.span_score])
        right.append(float(p.answerable and any(token_f1(predicted, g) >= 0.5 for g in p.golds)))
    slope, bias = logistic_regression(np.array(scores), np.array(right), np.ones(len(right)), 0.1)
    return {"slope": round(float(slope), 4), "bias": round(float(bias), 4)}


def highlight(sentence: Sentence) -> str:
    """The words highlighted in a sentence; empty without any."""
    span = answer_span(sentence)
    if span is None:
        return ""
    return sentence.text[span[0] - sentence.start : span[1] - sentence.start]


def main() -> None:
    """Gather cases, fit, and write with ``--write``."""
    parser = argparse.ArgumentParser(prog="python -m training.fit_reading", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--news", type=Path, required=True, help="a RAWI_HOME with news")
    parser.add_argument("--readers", type=Path, help="a RAWI_HOME with READERS' articles")
    parser.add_argument("--reader", type=Path, default=model_folder(), help="the model's folder")
    parser.add_argument("--cache", type=Path, help="stores the cases for further fits")
    parser.add_argument("--stores", type=Path, help="keeps the stores")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    models = StoreSettings().models_path
    if options.cache and options.cache.exists():
        found = pickle.loads(options.cache.read_bytes())  # noqa: S301 - our own file
    else:
        reader = load_reader(models, folder=options.reader)
        found = gather(
            options.data,
            options.news,
            reader,
            models,
            options.stores,
            options.limit,
            options.readers,
        )
        if options.cache:
            options.cache.write_bytes(pickle.dumps(found))
    sentence = fit_sentence(found)
    answerable = fit_answerable(found, sentence)
    calibration = fit_calibration(found)
    fitted = {"sentence_read": sentence, "answerable_read": answerable}
    print(json.dumps({n: m.as_json() for n, m in fitted.items()}, indent=1))
    print("calibration", calibration)
    if options.write:
        write(fitted, calibration, options.reader)


def write(
    models: Mapping[str, LinearModel],
    calibration: Mapping[str, float],
    folder: Path,
    weights_file: Path = WEIGHTS_FILE,
) -> None:
    """Add ``models`` to the weights file, and the calibration to the card in ``folder``."""
    document = json.loads(weights_file.read_text(encoding="utf-8"))
    document["models"].update({name: model.as_json() for name, model in models.items()})
    document["read"] = (
        "sentence_read and answerable_read: fitted by training/fit_reading.py on half of MLQA-ar's "
        "development set (CC BY-SA 3.0), of ARCD (MIT) and of MIRACL (Apache-2.0), and on Rawi's "
        f"own questions on news, {date.today()}"
    )
    write_weights(weights_file, document)
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    card["calibration"] = dict(calibration)
    (folder / CARD_FILE).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
