"""Questions as the engine meets them, weighed by hand and read: what fits and measures build on."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.answering import reader_scoring, sentence_features
from bot.answering.quote_selection import score_sentences
from evaluation.metrics.answers import contains
from training.fit_weights import Case, as_if_alone, case, read
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Passage, RetrievedPassage
from vectorstore.indexes.hybrid_search import CANDIDATES
from vectorstore.reader.reader import Reader
from vectorstore.store import ArticleStore

PASSAGES = 8


@dataclass(slots=True)
class QuestionPassagePair:
    """One question with the same passages: weighed by hand alone, and after reading.

    ``hand`` is ``read`` where only the latter was asked for.
    """

    id: str
    set: str
    passage_id: str
    tune: bool
    answerable: bool
    golds: list[str]
    hand: Case
    read: Case


def is_tuned_on(text: str) -> bool:
    """The half of a set's passages, by their text, that may be tuned on."""
    return hashlib.sha256(text.strip().encode()).digest()[0] < 128


def asked_of_passages(
    data: Path,
    name: str,
    reader: Reader,
    *,
    corpus: str | None = None,
    models: Path | None = None,
    stores: Path | None = None,
    half: str = "both",
    leave_out: Set[str] = frozenset(),
    limit: int | None = None,
    by_hand: bool = True,
) -> Iterator[QuestionPassagePair]:
    """The questions of ``qa_NAME.jsonl`` over all passages of ``corpus``, with and without theirs.

    ``half`` is ``tune``, ``report`` or ``both``; passages in ``leave_out`` are searched but not
    asked about. ``limit`` draws so many of the questions; ``stores`` keeps the stores made.
    """
    records = read(data / f"passages_{corpus or name}.jsonl")
    texts = {r["passage_id"]: r["text"] for r in records}
    questions = [
        q
        for q in read(data / f"qa_{name}.jsonl")
        if q["passage_id"] not in leave_out
        and (half == "both" or is_tuned_on(texts[q["passage_id"]]) == (half == "tune"))
    ]
    if limit is not None and limit < len(questions):
        questions = random.Random(5).sample(questions, limit)  # noqa: S311
    way = partial(reader_scoring.read_sentences, reader)
    with tempfile.TemporaryDirectory() as spare:
        home = stores / (corpus or name) if stores else Path(spare)
        settings = StoreSettings(home=home, models_dir=models)
        with ArticleStore(settings, chunker_id="whole", writable=True) as store:
            articles = [
                Article(id=r["passage_id"], title=r.get("title", ""), text=r["text"])
                for r in records
            ]
            store.put_many([(a, [Passage(0, 0, len(a.text), a.text)]) for a in articles])
            for q in questions:
                row = dict(q, set=name)
                tune = is_tuned_on(texts[q["passage_id"]])
                found = store.search(q["question"], CANDIDATES)
                yield _pair(store, way, row, found[:PASSAGES], True, tune, by_hand)
                others = [p for p in found if p.article.id != q["passage_id"]]
                kept = as_if_alone(others, store, q["question"])[:PASSAGES]
                if kept and not any(contains(p.text, g) for p in kept for g in q["answers"]):
                    yield _pair(store, way, row, kept, False, tune, by_hand)


def asked_of_news(
    home: Path,
    questions: Path,
    reader: Reader,
    *,
    models: Path | None = None,
    limit: int | None = None,
    half: str = "both",
    by_hand: bool = True,
) -> Iterator[QuestionPassagePair]:
    """Questions that the articles in ``home`` do not answer."""
    from ingest.store import open_store

    rows = [
        q for q in read(questions) if half == "both" or is_tuned_on(q["id"]) == (half == "tune")
    ]
    if limit is not None and limit < len(rows):
        rows = random.Random(5).sample(rows, limit)  # noqa: S311
    way = partial(reader_scoring.read_sentences, reader)
    with open_store(StoreSettings(home=home, models_dir=models)) as store:
        for q in rows:
            row = dict(q, set="outside", answers=[], passage_id="")
            found = store.search(q["question"], PASSAGES)
            yield _pair(store, way, row, found, False, is_tuned_on(q["id"]), by_hand)


def _pair(
    store: ArticleStore,
    read_: Callable[[str, list[sentence_features.Sentence]], None],
    q: dict[str, Any],
    passages: list[RetrievedPassage],
    answerable: bool,
    tune: bool,
    by_hand: bool,
) -> QuestionPassagePair:
    cases = []
    for way in (None, read_) if by_hand else (read_,):
        made = case(store, q, passages, answerable, tune, len(passages), [], way)
        score_sentences(made.sentences)
        made.holds = [
            s.passage.article.id == q["passage_id"]
            and any(contains(s.text, g) for g in q["answers"])
            for s in made.sentences
        ]
        cases.append(made)
    return QuestionPassagePair(
        q["id"], q["set"], q["passage_id"], tune, answerable, q["answers"], cases[0], cases[-1]
    )
