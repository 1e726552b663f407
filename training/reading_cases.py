"""Questions scored as in the engine, with and without the reading model."""

from __future__ import annotations

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
from training.fit_weights import QuestionCase, build_case, fuse_again, read_jsonl
from training.reader.splits import in_tuning_half, is_validation
from training.reader.written import NEWS, WRITTEN, read_written
from vectorstore.core.settings import StoreSettings
from vectorstore.core.types import Article, Passage, RetrievedPassage
from vectorstore.indexes.hybrid_search import CANDIDATES_PER_INDEX
from vectorstore.reader.reader import Reader
from vectorstore.store import ArticleStore

PASSAGES = 8
READ_KINDS = ("fact", "list", "yes_no", "premise", "near_miss", "out_of_corpus")
"""Kinds of questions that a single sentence may answer, or none."""


@dataclass(slots=True)
class ReaderCase:
    """One question on the same passages, scored without and with the reading model.

    ``without_reader`` is ``with_reader`` where only the latter was computed.
    """

    id: str
    set: str
    passage_id: str
    tune: bool
    answerable: bool
    golds: list[str]
    without_reader: QuestionCase
    with_reader: QuestionCase


def cases_over_passages(
    data: Path,
    name: str,
    reader: Reader,
    *,
    corpus: str | None = None,
    models: Path | None = None,
    stores: Path | None = None,
    half: str = "both",
    excluded: Set[str] = frozenset(),
    limit: int | None = None,
    compare: bool = True,
) -> Iterator[ReaderCase]:
    """The questions of ``qa_NAME.jsonl`` over ``corpus``, with and without their own passage.

    ``half`` is ``tune``, ``report`` or ``both``; questions on passages in ``excluded`` are skipped.
    ``limit`` samples the questions; ``stores`` is a folder that keeps the stores.
    """
    records = read_jsonl(data / f"passages_{corpus or name}.jsonl")
    texts = {r["passage_id"]: r["text"] for r in records}
    questions = [
        q
        for q in read_jsonl(data / f"qa_{name}.jsonl")
        if q["passage_id"] not in excluded
        and (half == "both" or in_tuning_half(texts[q["passage_id"]]) == (half == "tune"))
    ]
    articles = [
        Article(id=r["passage_id"], title=r.get("title", ""), text=r["text"]) for r in records
    ]
    rows = [dict(q, set=name) for q in questions]
    home = stores / (corpus or name) if stores else None
    yield from _cases(articles, _sampled(rows, limit), reader, models, home, compare)


def cases_over_written(
    reader: Reader,
    *,
    models: Path | None = None,
    stores: Path | None = None,
    limit: int | None = None,
) -> Iterator[ReaderCase]:
    """The validation questions on written news, over all of its passages.

    Their passage is left out too, as in ``cases_over_passages``; some it does not answer.
    """
    examples = [e for e in read_written(WRITTEN) if e.set == NEWS]
    ids = {c: f"news-{at}" for at, c in enumerate(dict.fromkeys(e.context for e in examples))}
    titles = {e.context: e.title for e in examples}
    articles = [Article(id=i, title=titles[c], text=c) for c, i in ids.items()]
    rows = [
        {
            "id": e.id,
            "set": NEWS,
            "question": e.question,
            "passage_id": ids[e.context],
            "answers": list(e.answers),
        }
        for e in examples
        if is_validation(e.context)
    ]
    home = stores / NEWS if stores else None
    yield from _cases(articles, _sampled(rows, limit), reader, models, home, compare=False)


def _sampled(rows: list[dict[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    if limit is None or limit >= len(rows):
        return rows
    return random.Random(5).sample(rows, limit)  # noqa: S311


def _cases(
    articles: list[Article],
    rows: list[dict[str, Any]],
    reader: Reader,
    models: Path | None,
    home: Path | None,
    compare: bool,
) -> Iterator[ReaderCase]:
    """Each of ``rows`` with all ``articles``, and without the one that answers it."""
    read = partial(reader_scoring.read_sentences, reader)
    texts = {a.id: a.text for a in articles}
    with tempfile.TemporaryDirectory() as spare:
        settings = StoreSettings(home=home or Path(spare), models_dir=models)
        with ArticleStore(settings, chunker_id="whole", writable=True) as store:
            store.put_many([(a, [Passage(0, 0, len(a.text), a.text)]) for a in articles])
            for q in rows:
                tune = in_tuning_half(texts[q["passage_id"]])
                found = store.search(q["question"], CANDIDATES_PER_INDEX)
                answered = bool(q["answers"])
                yield _reader_case(store, read, q, found[:PASSAGES], answered, tune, compare)
                others = [p for p in found if p.article.id != q["passage_id"]]
                kept = fuse_again(others, store, q["question"])[:PASSAGES]
                stated = any(contains(p.text, g) for p in kept for g in q["answers"])
                if answered and kept and not stated:
                    yield _reader_case(store, read, q, kept, False, tune, compare)


def cases_over_news(
    home: Path,
    questions: Path,
    reader: Reader,
    *,
    models: Path | None = None,
    limit: int | None = None,
    half: str = "both",
    compare: bool = True,
) -> Iterator[ReaderCase]:
    """Questions that the articles in ``home`` do not answer; see ``cases_over_passages``."""
    from ingest.store import open_store

    rows = [
        q
        for q in read_jsonl(questions)
        if half == "both" or in_tuning_half(q["id"]) == (half == "tune")
    ]
    if limit is not None and limit < len(rows):
        rows = random.Random(5).sample(rows, limit)  # noqa: S311
    read = partial(reader_scoring.read_sentences, reader)
    with open_store(StoreSettings(home=home, models_dir=models)) as store:
        for q in rows:
            row = dict(q, set="outside", answers=[], passage_id="")
            found = store.search(q["question"], PASSAGES)
            yield _reader_case(store, read, row, found, False, in_tuning_half(q["id"]), compare)


def cases_over_readers(
    home: Path, questions: Path, reader: Reader, *, models: Path | None = None
) -> Iterator[ReaderCase]:
    """The single questions of a readers' test set for which sentences are scored.

    ``home`` has its articles. A sentence is correct if it has a nugget, in an article that answers.
    """
    from ingest.store import open_store

    read = partial(reader_scoring.read_sentences, reader)
    with open_store(StoreSettings(home=home, models_dir=models)) as store:
        for item in read_jsonl(questions):
            if item.get("kind") not in READ_KINDS or "turns" in item:
                continue
            nuggets = [n if isinstance(n, list) else [n] for n in item.get("nuggets", [])]
            answers = [text for few in nuggets for text in few]
            row = {"id": item["id"], "set": "readers", "question": item["question"]}
            row |= {"answers": answers, "passage_id": ""}
            found = store.search(item["question"], PASSAGES)
            answered = item.get("answerable", True)
            case = _reader_case(store, read, row, found, answered, True, compare=False)
            right = {*item.get("relevant_ids", ()), *item.get("acceptable_ids", ())}
            case.with_reader.correct = [
                s.passage.article.id in right and any(contains(s.text, a) for a in answers)
                for s in case.with_reader.sentences
            ]
            yield case


def _reader_case(
    store: ArticleStore,
    read: Callable[[str, list[sentence_features.Sentence]], None],
    q: dict[str, Any],
    passages: list[RetrievedPassage],
    answerable: bool,
    tune: bool,
    compare: bool,
) -> ReaderCase:
    cases = []
    for reading in (None, read) if compare else (read,):
        made = build_case(store, q, passages, answerable, tune, len(passages), [], reading)
        score_sentences(made.sentences)
        made.correct = [
            s.passage.article.id == q["passage_id"]
            and any(contains(s.text, g) for g in q["answers"])
            for s in made.sentences
        ]
        cases.append(made)
    return ReaderCase(
        q["id"], q["set"], q["passage_id"], tune, answerable, q["answers"], cases[0], cases[-1]
    )
