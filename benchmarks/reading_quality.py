"""Measures the reading model, alone and in the engine, against scoring without it.

    python -m benchmarks.reading_quality DATA [--news HOME] [--stores FOLDER] [--limit N]
    python -m benchmarks.reading_quality DATA --only overlap   # written questions in test sets?
    python -m benchmarks.reading_quality DATA --only halves --halves FOLDER

DATA has ``qa_*.jsonl`` and ``passages_*.jsonl`` (docs/evaluation.md); HOME is a RAWI_HOME with news
for MIRACL's questions. Nothing measured here was trained or tuned on: the tuning halves of MLQA and
MIRACL and the ARCD passages of the training data are excluded. Scoring without the reading model
was tuned on half of XQuAD, so both are compared on the other half. Intervals are 95%, from 2,000
resamples of the questions.

The second form counts what the written questions share with the test sets' passages, the third
writes the reporting halves as test sets for ``rawi evaluate run``.

Tables: spans in gold passages; end to end; refusals; latency.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bot.answering import linear_model
from bot.answering.answer_spans import answer_span
from bot.answering.quote_selection import score_sentences
from bot.core.settings import BotSettings
from evaluation.metrics.answers import exact_match, token_f1
from training.fit_reading import OUTSIDE, reader_features, trained_on
from training.fit_weights import QuestionCase, case_features, read_jsonl
from training.reader.splits import in_tuning_half
from training.reader.written import WRITTEN, read_written
from training.reading_cases import (
    ReaderCase,
    cases_over_news,
    cases_over_passages,
)
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import normalise
from vectorstore.reader.loading import load_reader
from vectorstore.reader.model_file import model_folder
from vectorstore.reader.reader import Reader, ReaderInput

RESAMPLES = 2_000
SHARED_WORDS = 8
GOLD_SETS = (("xquad_ar", "xquad_ar"), ("xquad_en2ar", "xquad_ar"), ("mlqa_dev_ar", "mlqa_dev_ar"))
END_TO_END_SETS = (*GOLD_SETS, ("arcd_train", "arcd_train"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--news", type=Path, help="a RAWI_HOME with news")
    parser.add_argument("--stores", type=Path, help="keeps the stores that are made")
    parser.add_argument("--reader", type=Path, default=model_folder(), help="the model's folder")
    parser.add_argument("--limit", type=int, help="questions of each set")
    parser.add_argument("--only", default="gold,road,outside,latency")
    parser.add_argument("--halves", type=Path, help="where the halves reported on are written")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if "overlap" in wanted:
        print(overlap(options.data))
    if "halves" in wanted and options.halves:
        print("\n".join(write_halves(options.data, options.halves)))
    if not {"gold", "road", "outside", "latency"} & set(wanted):
        return
    models = StoreSettings().models_path
    reader = load_reader(models, folder=options.reader)
    print(f"{reader.model_id} on {reader.engine}", flush=True)
    if "gold" in wanted:
        for name, corpus in GOLD_SETS:
            print(gold_passage(options.data, name, corpus, reader, options.limit), flush=True)
    if "road" in wanted:
        for name, corpus in END_TO_END_SETS:
            found = list(
                cases_over_passages(
                    options.data,
                    name,
                    reader,
                    corpus=corpus,
                    models=models,
                    stores=options.stores,
                    half="both" if name.startswith("xquad") else "report",
                    excluded=trained_on(options.data) if name == "arcd_train" else set(),
                    limit=options.limit,
                )
            )
            print("\n".join(end_to_end(name, found)), flush=True)
    if "outside" in wanted and options.news is not None:
        outside = list(
            cases_over_news(
                options.news,
                options.data / OUTSIDE,
                reader,
                models=models,
                half="report",
                limit=options.limit,
            )
        )
        print("\n".join(refusals(outside)), flush=True)
    if "latency" in wanted:
        print(latency(options.data, reader), flush=True)


def overlap(data: Path) -> str:
    """Runs of ``SHARED_WORDS`` words, and questions, that written and test passages share."""

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", normalise(text))
        return {tuple(words[i : i + SHARED_WORDS]) for i in range(len(words) - SHARED_WORDS + 1)}

    def normalised(question: str) -> str:
        return normalise(question).strip(" ?؟")

    written = read_written(WRITTEN)
    passages = {e.context for e in written}
    written_runs = {run for text in passages for run in runs(text)}
    files = sorted(data.glob("passages_*.jsonl"))
    test_runs = {run for file in files for p in read_jsonl(file) for run in runs(p["text"])}
    questions = {
        normalised(q["question"]) for file in data.glob("qa_*.jsonl") for q in read_jsonl(file)
    }
    shared = {normalised(e.question) for e in written} & questions
    return (
        f"{len(passages)} written passages, {len(written)} questions; with {len(files)} sets they "
        f"share {len(written_runs & test_runs)} runs of {SHARED_WORDS} words "
        f"and {len(shared)} questions"
    )


def write_halves(data: Path, folder: Path) -> Iterator[str]:
    """Write the questions of MLQA and MIRACL that nothing was tuned on; a line for each file."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {p["passage_id"]: p["text"] for p in read_jsonl(data / "passages_mlqa_dev_ar.jsonl")}
    for name in ("qa_mlqa_dev_ar.jsonl", OUTSIDE):
        rows = [
            q
            for q in read_jsonl(data / name)
            if not in_tuning_half(texts.get(q.get("passage_id"), q["id"]))
        ]
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")
        yield f"{folder / name}: {len(rows)} questions"


def gold_passage(data: Path, name: str, corpus: str, reader: Reader, limit: int | None) -> str:
    """F1 and exact match of the best span in the gold passage, read whole."""
    passages = {p["passage_id"]: p for p in read_jsonl(data / f"passages_{corpus}.jsonl")}
    questions = [q for q in read_jsonl(data / f"qa_{name}.jsonl")]
    if not name.startswith("xquad"):
        questions = [q for q in questions if not in_tuning_half(passages[q["passage_id"]]["text"])]
    f1, exact = [], []
    for q in questions[:limit]:
        passage = passages[q["passage_id"]]
        text = passage["text"]
        (found,) = reader.read(q["question"], [ReaderInput(text, passage.get("title", ""))])
        span = found.best()
        predicted = text[span.start : span.end] if span else ""
        f1.append(max(token_f1(predicted, gold) for gold in q["answers"]))
        exact.append(max(exact_match(predicted, gold) for gold in q["answers"]))
    return f"gold passage  {name:12} n {len(f1):4}  F1 {format_mean(f1)}  EM {format_mean(exact)}"


def end_to_end(name: str, found: Sequence[ReaderCase]) -> list[str]:
    """Quotes and highlights over the whole corpus, without and with the reader."""
    comparable = [p for p in found if not name.startswith("xquad") or not _in_tuning_half(p)]
    lines = []
    for label, few in (("all", found), ("compared", comparable)):
        yes = [p for p in few if p.answerable]
        without = [heuristic_correct(p) for p in yes]
        with_reader = [reader_correct(p) for p in yes]
        marks = [highlight_f1(p) for p in yes]
        hands, reads = confidences(few, heuristic_confidence), confidences(few, reader_confidence)
        lines.append(
            f"end to end    {name:12} {label:8} n {len(yes):4}  "
            f"contains gold: without {format_mean(without)}, with {format_mean(with_reader)}, "
            f"difference {format_mean(np.subtract(with_reader, without))}; "
            f"highlight F1 {format_mean(marks)}"
        )
        lines.append(
            f"answerable?   {name:12} {label:8} near misses {len(reads[1]):4}  "
            f"AUC: without {format_auc(*hands)}, with {format_auc(*reads)}; "
            f"at {threshold():.2f} read keeps {format_mean(reads[0] >= threshold())}, "
            f"refuses {format_mean(reads[1] < threshold())}; "
            f"without keeps {format_mean(hands[0] >= threshold())}, "
            f"refuses {format_mean(hands[1] < threshold())}"
        )
    return lines


def refusals(outside: Sequence[ReaderCase]) -> list[str]:
    """Questions that the news does not answer: refused at the default threshold."""
    without, with_reader = (
        np.array([way(p) for p in outside]) for way in (heuristic_confidence, reader_confidence)
    )
    return [
        f"out of corpus n {len(outside):4}  refused at {threshold():.2f}: "
        f"without {format_mean(without < threshold())}, "
        f"with {format_mean(with_reader < threshold())}"
    ]


def latency(data: Path, reader: Reader) -> str:
    """Five passages at a time, warm; the growth of memory from before the first."""
    import psutil

    texts = [
        ReaderInput(p["text"], p.get("title", ""))
        for p in read_jsonl(data / "passages_xquad_ar.jsonl")
    ]
    before = psutil.Process().memory_info().rss
    taken = []
    for at in range(0, 100, 5):
        begun = time.perf_counter()
        reader.read("متى تأسست المدينة ومن أسسها؟", texts[at : at + 5])
        taken.append(1000 * (time.perf_counter() - begun))
    grown = (psutil.Process().memory_info().rss - before) / 2**20
    p50, p95 = np.percentile(taken[2:], [50, 95])
    return f"five passages p50 {p50:.0f} ms, p95 {p95:.0f} ms; memory +{grown:.0f} MB while reading"


def threshold() -> float:
    """The refusal threshold that ships."""
    return float(BotSettings.model_fields["refusal_threshold"].default)


def _in_tuning_half(pair: ReaderCase) -> bool:
    """Whether scoring without the reading model may have been tuned on the question."""
    return in_tuning_half(pair.passage_id)


def heuristic_correct(pair: ReaderCase) -> float:
    """1 if the sentence chosen without the reading model contains the answer."""
    score_sentences(pair.without_reader.sentences)
    return float(pair.without_reader.correct[_top(pair.without_reader)])


def reader_correct(pair: ReaderCase) -> float:
    """1 if the sentence chosen with the reading model contains the answer."""
    reader_features(pair.with_reader, linear_model.load_linear_model("sentence_read"))
    return float(pair.with_reader.correct[_top(pair.with_reader)])


def highlight_f1(pair: ReaderCase) -> float:
    """Token F1 of the highlight in the chosen sentence; 0 without one."""
    reader_features(pair.with_reader, linear_model.load_linear_model("sentence_read"))
    sentence = pair.with_reader.sentences[_top(pair.with_reader)]
    span = answer_span(sentence)
    if span is None:
        return 0.0
    predicted = sentence.text[span[0] - sentence.start : span[1] - sentence.start]
    return max(token_f1(predicted, gold) for gold in pair.golds)


def heuristic_confidence(pair: ReaderCase) -> float:
    """P(answerable) without the reading model."""
    score_sentences(pair.without_reader.sentences)
    return linear_model.load_linear_model("answerable").probability(
        case_features(pair.without_reader)
    )


def reader_confidence(pair: ReaderCase) -> float:
    """P(answerable) with the reading model."""
    values = reader_features(pair.with_reader, linear_model.load_linear_model("sentence_read"))
    return linear_model.load_linear_model("answerable_read").probability(values)


def confidences(
    pairs: Sequence[ReaderCase], way: Callable[[ReaderCase], float]
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of the answerable and of the unanswerable questions."""
    return tuple(np.array([way(p) for p in pairs if p.answerable == yes]) for yes in (True, False))  # type: ignore[return-value]


def format_mean(values: Sequence[float] | np.ndarray) -> str:
    """The mean with its interval."""
    sample = np.asarray(values, float)
    if not len(sample):
        return "–"
    draws = np.random.default_rng(3).integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.percentile(sample[draws].mean(axis=1), [2.5, 97.5])
    return f"{sample.mean():.3f} ({low:.3f} to {high:.3f})"


def format_auc(yes: np.ndarray, no: np.ndarray) -> str:
    """AUC with its interval, both kinds of questions resampled."""
    if not len(yes) or not len(no):
        return "–"
    chance = np.random.default_rng(3)

    def auc(a: np.ndarray, b: np.ndarray) -> float:
        order = np.sort(b)
        low, high = np.searchsorted(order, a, "left"), np.searchsorted(order, a, "right")
        return float((low + high).mean() / 2 / len(b))

    drawn = [
        auc(chance.choice(yes, len(yes)), chance.choice(no, len(no))) for _ in range(RESAMPLES // 4)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{auc(yes, no):.3f} ({low:.3f} to {high:.3f})"


def _top(case: QuestionCase) -> int:
    return max(range(len(case.sentences)), key=lambda i: case.sentences[i].score)


if __name__ == "__main__":
    main()
