"""Measure the reading model, alone and in the engine, beside the hand-made selection.

    python -m benchmarks.reading_quality DATA [--news HOME] [--stores FOLDER] [--limit N]
    python -m benchmarks.reading_quality DATA --only overlap   # written questions in test sets?
    python -m benchmarks.reading_quality DATA --only halves --halves FOLDER

DATA has ``qa_*.jsonl`` and ``passages_*.jsonl`` (docs/evaluation.md); HOME is a RAWI_HOME with news
that MIRACL's questions are asked of. Nothing measured here was trained or tuned on: of
MLQA and MIRACL the half is left out that ``training/fit_reading.py`` looks at, of ARCD every
passage the model was trained on. The hand-made selection was tuned on half of XQuAD, so both are
compared on the other half. Intervals are 95%, from 2,000 resamples of the questions.

The second form tells what the written questions have in common with the test sets' passages, the
third writes the halves that are reported on as test sets for ``rawi evaluate run``.

Tables: the spans in gold passages; the whole road; what is refused; how long it takes.
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
from training.fit_reading import OUTSIDE, read_features, trained_on
from training.fit_weights import Case, features, in_first_half, read
from training.reader.written import WRITTEN, read_written
from training.reading_cases import (
    QuestionPassagePair,
    asked_of_news,
    asked_of_passages,
    is_tuned_on,
)
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import normalise
from vectorstore.reader.loading import load_reader
from vectorstore.reader.model_file import model_folder
from vectorstore.reader.reader import Reader, ReaderInput

RESAMPLES = 2_000
SHARED_WORDS = 8
GOLD_SETS = (("xquad_ar", "xquad_ar"), ("xquad_en2ar", "xquad_ar"), ("mlqa_dev_ar", "mlqa_dev_ar"))
ROAD_SETS = (*GOLD_SETS, ("arcd_train", "arcd_train"))


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
        for name, corpus in ROAD_SETS:
            found = list(
                asked_of_passages(
                    options.data,
                    name,
                    reader,
                    corpus=corpus,
                    models=models,
                    stores=options.stores,
                    half="both" if name.startswith("xquad") else "report",
                    leave_out=trained_on(options.data) if name == "arcd_train" else set(),
                    limit=options.limit,
                )
            )
            print("\n".join(road(name, found)), flush=True)
    if "outside" in wanted and options.news is not None:
        outside = list(
            asked_of_news(
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

    def asked(question: str) -> str:
        return normalise(question).strip(" ?؟")

    written = read_written(WRITTEN)
    passages = {e.context for e in written}
    mine = {run for text in passages for run in runs(text)}
    files = sorted(data.glob("passages_*.jsonl"))
    theirs = {run for file in files for p in read(file) for run in runs(p["text"])}
    questions = {asked(q["question"]) for file in data.glob("qa_*.jsonl") for q in read(file)}
    same = {asked(e.question) for e in written} & questions
    return (
        f"{len(passages)} written passages, {len(written)} questions; with {len(files)} sets they "
        f"share {len(mine & theirs)} runs of {SHARED_WORDS} words and {len(same)} questions"
    )


def write_halves(data: Path, folder: Path) -> Iterator[str]:
    """Write the questions of MLQA and MIRACL that nothing was tuned on; a line for each file."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {p["passage_id"]: p["text"] for p in read(data / "passages_mlqa_dev_ar.jsonl")}
    for name in ("qa_mlqa_dev_ar.jsonl", OUTSIDE):
        rows = [
            q for q in read(data / name) if not is_tuned_on(texts.get(q.get("passage_id"), q["id"]))
        ]
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")
        yield f"{folder / name}: {len(rows)} questions"


def gold_passage(data: Path, name: str, corpus: str, reader: Reader, limit: int | None) -> str:
    """F1 and exact match of the best span in the gold passage, read whole."""
    passages = {p["passage_id"]: p for p in read(data / f"passages_{corpus}.jsonl")}
    questions = [q for q in read(data / f"qa_{name}.jsonl")]
    if not name.startswith("xquad"):
        questions = [q for q in questions if not is_tuned_on(passages[q["passage_id"]]["text"])]
    f1, exact = [], []
    for q in questions[:limit]:
        passage = passages[q["passage_id"]]
        text = passage["text"]
        (found,) = reader.read(q["question"], [ReaderInput(text, passage.get("title", ""))])
        span = found.best()
        said = text[span.start : span.end] if span else ""
        f1.append(max(token_f1(said, gold) for gold in q["answers"]))
        exact.append(max(exact_match(said, gold) for gold in q["answers"]))
    return f"gold passage  {name:12} n {len(f1):4}  F1 {shown(f1)}  EM {shown(exact)}"


def road(name: str, found: Sequence[QuestionPassagePair]) -> list[str]:
    """What is quoted and marked over the whole corpus, by hand and read, and the difference."""
    comparable = [p for p in found if not name.startswith("xquad") or not in_first_half_of(p)]
    lines = []
    for label, few in (("all", found), ("compared", comparable)):
        yes = [p for p in few if p.answerable]
        hand = [hand_right(p) for p in yes]
        read_ = [read_right(p) for p in yes]
        marks = [mark_f1(p) for p in yes]
        hands, reads = confidences(few, hand_confidence), confidences(few, read_confidence)
        lines.append(
            f"whole road    {name:12} {label:8} n {len(yes):4}  "
            f"contains gold: by hand {shown(hand)}, read {shown(read_)}, "
            f"difference {shown(np.subtract(read_, hand))}; marked words F1 {shown(marks)}"
        )
        lines.append(
            f"answerable?   {name:12} {label:8} near misses {len(reads[1]):4}  "
            f"AUC: by hand {auc_shown(*hands)}, read {auc_shown(*reads)}; "
            f"at {threshold():.2f} read keeps {shown(reads[0] >= threshold())}, "
            f"refuses {shown(reads[1] < threshold())}; "
            f"by hand keeps {shown(hands[0] >= threshold())}, "
            f"refuses {shown(hands[1] < threshold())}"
        )
    return lines


def refusals(outside: Sequence[QuestionPassagePair]) -> list[str]:
    """Questions that the news does not answer: refused at the default threshold."""
    hand, read_ = (
        np.array([way(p) for p in outside]) for way in (hand_confidence, read_confidence)
    )
    return [
        f"out of corpus n {len(outside):4}  refused at {threshold():.2f}: "
        f"by hand {shown(hand < threshold())}, read {shown(read_ < threshold())}"
    ]


def latency(data: Path, reader: Reader) -> str:
    """Five passages at a time, warm; the growth of memory from before the first."""
    import psutil

    texts = [
        ReaderInput(p["text"], p.get("title", "")) for p in read(data / "passages_xquad_ar.jsonl")
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


def in_first_half_of(pair: QuestionPassagePair) -> bool:
    """Whether the hand-made selection may have been tuned on the question."""
    return in_first_half(pair.passage_id)


def hand_right(pair: QuestionPassagePair) -> float:
    """1 where the sentence chosen by hand-made features holds the answer."""
    score_sentences(pair.hand.sentences)
    return float(pair.hand.holds[_top(pair.hand)])


def read_right(pair: QuestionPassagePair) -> float:
    """1 where the sentence chosen after reading holds the answer."""
    read_features(pair.read, linear_model.load("sentence_read"))
    return float(pair.read.holds[_top(pair.read)])


def mark_f1(pair: QuestionPassagePair) -> float:
    """Token F1 of the marked words of the sentence chosen after reading; 0 where none are."""
    read_features(pair.read, linear_model.load("sentence_read"))
    sentence = pair.read.sentences[_top(pair.read)]
    marked = answer_span(sentence)
    if marked is None:
        return 0.0
    said = sentence.text[marked[0] - sentence.start : marked[1] - sentence.start]
    return max(token_f1(said, gold) for gold in pair.golds)


def hand_confidence(pair: QuestionPassagePair) -> float:
    """The hand-made estimate that the passages answer."""
    score_sentences(pair.hand.sentences)
    return linear_model.load("answerable").probability(features(pair.hand))


def read_confidence(pair: QuestionPassagePair) -> float:
    """The estimate after reading."""
    values = read_features(pair.read, linear_model.load("sentence_read"))
    return linear_model.load("answerable_read").probability(values)


def confidences(
    pairs: Sequence[QuestionPassagePair], way: Callable[[QuestionPassagePair], float]
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of the answerable and of the unanswerable questions."""
    return tuple(np.array([way(p) for p in pairs if p.answerable == yes]) for yes in (True, False))  # type: ignore[return-value]


def shown(values: Sequence[float] | np.ndarray) -> str:
    """Mean with its interval."""
    sample = np.asarray(values, float)
    if not len(sample):
        return "–"
    draws = np.random.default_rng(3).integers(0, len(sample), (RESAMPLES, len(sample)))
    low, high = np.percentile(sample[draws].mean(axis=1), [2.5, 97.5])
    return f"{sample.mean():.3f} ({low:.3f} to {high:.3f})"


def auc_shown(yes: np.ndarray, no: np.ndarray) -> str:
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


def _top(case: Case) -> int:
    return max(range(len(case.sentences)), key=lambda i: case.sentences[i].score)


if __name__ == "__main__":
    main()
