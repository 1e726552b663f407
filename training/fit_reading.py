"""Fits how far the reading model's word is taken, and what its scores mean as probabilities.

    python -m training.fit_reading DATA --news HOME [--reader FOLDER] [--cache FILE] [--write]

Tuned on half of MLQA-ar's development set and of those ARCD passages that the reading model was not
trained on (halves by a hash of the passage), and on half of MIRACL's Arabic questions, which the
news in HOME does not answer. XQuAD is never looked at here. Written are ``sentence_read`` and
``answerable_read`` in ``bot/answering/weights.json``, and the calibration in the model's card.

- ``sentence_read``: a softmax over the candidates on two features, the hand-made logit and the
  score of the sentence's best span.
- ``answerable_read``: a logistic regression on the hand-made logit and what the spans say.
- the calibration: Platt's scaling (Platt 1999) of the best span's score to the chance that it
  overlaps a gold answer by half.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np

from bot.answering import linear_model, reader_scoring
from bot.answering.answer_spans import answer_span
from bot.answering.linear_model import LinearModel
from bot.answering.quote_selection import score_sentences
from bot.answering.sentence_features import EMBEDDED_SENTENCES, Sentence
from bot.core.settings import BotSettings
from evaluation.metrics.answers import token_f1
from training.fit_weights import Case, features, logistic, model_of, read, softmax_regression
from training.reader.examples import is_kept_back, read_examples
from training.reading_cases import QuestionPassagePair, asked_of_news, asked_of_passages
from vectorstore.core.settings import StoreSettings
from vectorstore.reader.loading import load_reader
from vectorstore.reader.model_file import CARD_FILE, model_folder
from vectorstore.reader.reader import Reader

SENTENCE = ("hand", "span")
ANSWERABLE = ("hand", "span", "span_best", "foreign")
SPAN_SHARE = 0.47
"""By hand: the share of the span's fitted weight that is taken when a sentence is chosen. The fit
gains likelihood up to the whole of it, but loses right sentences from a half on."""
REFUSED = 0.92
"""The bias is set so that the default threshold refuses this share of the questions from outside
that are tuned on: what the threshold was chosen for without the reading model."""
CONTRADICTED = -1.0
"""By hand: what a number that the passage lacks takes from the logit. The sets have no false
premises to learn it from."""
_DEFAULT = float(BotSettings.model_fields["refusal_threshold"].default)
THRESHOLD = math.log(_DEFAULT / (1 - _DEFAULT))
"""The default refusal threshold as a logit."""
OUTSIDE = "questions_miracl_ar_outofcorpus.jsonl"


def trained_on(data: Path) -> set[str]:
    """ARCD's passages whose questions the reading model may have been trained on."""
    contexts = {e.context.strip() for e in read_examples(data / "reader" / "arcd-train.jsonl")}
    return {
        p["passage_id"]
        for p in read(data / "passages_arcd_train.jsonl")
        if p["text"].strip() in contexts and not is_kept_back(p["text"])
    }


def gather(
    data: Path,
    news: Path,
    reader: Reader,
    models: Path | None,
    stores: Path | None,
    limit: int | None,
) -> list[QuestionPassagePair]:
    """The questions that may be tuned on, at most ``limit`` of each set."""
    found = list(
        asked_of_news(
            news,
            data / OUTSIDE,
            reader,
            models=models,
            half="tune",
            by_hand=False,
            limit=limit or 120,
        )
    )
    print(f"MIRACL: {len(found)} cases", flush=True)
    known = trained_on(data)
    for name, leave_out in (("mlqa_dev_ar", frozenset()), ("arcd_train", frozenset(known))):
        found += asked_of_passages(
            data,
            name,
            reader,
            models=models,
            stores=stores,
            half="tune",
            by_hand=False,
            limit=limit,
            leave_out=leave_out,
        )
        print(f"with {name}: {len(found)} cases", flush=True)
    return found


def fit_sentence(found: list[QuestionPassagePair], penalty: float = 0.3) -> LinearModel:
    """A softmax over each question's candidates: the likelihood of those that hold the answer."""
    used = [p.read for p in found if p.answerable and any(p.read.holds)]
    rows = np.zeros((len(used), EMBEDDED_SENTENCES, len(SENTENCE)))
    there, right = (np.zeros(rows.shape[:2], bool) for _ in range(2))
    for i, case in enumerate(used):
        n = len(case.sentences)
        rows[i, :n] = [[s.logit, reader_scoring.span_feature(s)] for s in case.sentences]
        there[i, :n], right[i, :n] = True, case.holds
    scale = rows[there].std(axis=0) + 1e-6
    beta = softmax_regression(rows / scale, there, right, penalty)
    model = model_of(SENTENCE, np.append(beta / scale, 0.0))
    span = round(SPAN_SHARE * model.weights["span"], 3)
    return LinearModel(model.bias, {**model.weights, "span": span})


def read_features(case: Case, sentence: LinearModel) -> dict[str, float]:
    """What the engine looks at once the passages are read; scores the sentences by the way."""
    score_sentences(case.sentences)
    hand = linear_model.load("answerable").score(features(case))
    hand_best = max(case.sentences, key=lambda s: s.score)
    reader_scoring.rescore_with_reader(case.sentences, sentence)
    return reader_scoring.reader_answerability_features(
        case.question, case.sentences, hand, hand_best
    )


def fit_answerable(
    found: list[QuestionPassagePair], sentence: LinearModel, penalty: float = 3.0
) -> LinearModel:
    """All sets count alike, answerable or not, but those from outside count twice."""
    counts = Counter((p.set, p.answerable) for p in found)
    share = {(name, yes): 1.0 for name, yes in counts}
    for name, yes in counts:
        if name == "outside":
            share[name, yes] = 2.0
    rows, labels, weights_ = [], [], []
    for p in found:
        if p.read.sentences:
            values = read_features(p.read, sentence)
            rows.append([values[name] for name in ANSWERABLE])
            labels.append(float(p.answerable))
            weights_.append(200 * share[p.set, p.answerable] / counts[p.set, p.answerable])
    x = np.array(rows)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    beta = logistic((x - mean) / scale, np.array(labels), np.array(weights_), penalty)
    plain = beta[:-1] / scale
    model = model_of(ANSWERABLE, np.append(plain, beta[-1] - plain @ mean))
    model = LinearModel(model.bias, {**model.weights, "contradicted": CONTRADICTED})
    outside = [
        model.score(read_features(p.read, sentence))
        for p in found
        if p.set == "outside" and p.read.sentences
    ]
    stands_at = np.quantile(outside, REFUSED)
    return LinearModel(round(float(model.bias + THRESHOLD - stands_at), 3), model.weights)


def fit_calibration(found: list[QuestionPassagePair]) -> dict[str, float]:
    """Slope and bias that make a best span's score the chance that it is right."""
    scores, right = [], []
    for p in found:
        spans = [s for s in p.read.sentences if s.span is not None]
        if not spans:
            continue
        best = max(spans, key=lambda s: s.span_score or 0.0)
        said = highlight(best)
        scores.append([best.span_score])
        right.append(float(p.answerable and any(token_f1(said, g) >= 0.5 for g in p.golds)))
    slope, bias = logistic(np.array(scores), np.array(right), np.ones(len(right)), 0.1)
    return {"slope": round(float(slope), 4), "bias": round(float(bias), 4)}


def highlight(sentence: Sentence) -> str:
    """The words that would be marked in a sentence."""
    marked = answer_span(sentence)
    if marked is None:
        return ""
    return sentence.text[marked[0] - sentence.start : marked[1] - sentence.start]


def main() -> None:
    """Gather, fit, and write when asked to."""
    parser = argparse.ArgumentParser(prog="python -m training.fit_reading", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--news", type=Path, required=True, help="a RAWI_HOME with news")
    parser.add_argument("--reader", type=Path, default=model_folder(), help="the model's folder")
    parser.add_argument("--cache", type=Path, help="keeps what was gathered, for further fits")
    parser.add_argument("--stores", type=Path, help="keeps the stores that are made")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    models = StoreSettings().models_path
    if options.cache and options.cache.exists():
        found = pickle.loads(options.cache.read_bytes())  # noqa: S301 - our own file
    else:
        reader = load_reader(models, folder=options.reader)
        found = gather(options.data, options.news, reader, models, options.stores, options.limit)
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


def write(fitted: dict[str, LinearModel], calibration: dict[str, float], folder: Path) -> None:
    """Put the models beside the hand-made ones, and the calibration into the card."""
    path = Path(__file__).parents[1] / "bot" / "answering" / "weights.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["models"].update({name: model.as_json() for name, model in fitted.items()})
    document["read"] = (
        "sentence_read and answerable_read: fitted by training/fit_reading.py on half of MLQA-ar's "
        f"development set (CC BY-SA 3.0), of ARCD (MIT) and of MIRACL (Apache-2.0), {date.today()}"
    )
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    card["calibration"] = calibration
    (folder / CARD_FILE).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
