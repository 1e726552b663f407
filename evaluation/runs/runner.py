"""Runs a test set on an engine and stores the answers with their measures.

Items run concurrently; the turns of a conversation are asked one after the other in a thread of its
own. Its rows are written together when it ends, so that a resumed run never starts in the middle.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, Protocol

from evaluation.metrics.checks import check_answer
from evaluation.metrics.compute_metrics import compute_measures
from evaluation.metrics.registry import MEASURES, SET_LEVEL
from evaluation.runs.run_folder import Row, RunFolder
from vectorstore.core.sections import given_section

if TYPE_CHECKING:
    from bot.core.models import Answer
    from evaluation.testsets.testsets import Conversation, GoldQuestion
    from vectorstore.core.types import Article

_ANSWER = (
    *("refused", "mode", "language", "confidence", "citations", "suggestions", "model"),
    *("intent", "command", "verdict", "has_more"),
)


class ArticleLookup(Protocol):
    """Looks up articles: an ``ArticleStore``."""

    def get(self, article_id: str) -> Article | None:
        """The whole article."""


class AnsweringEngine(Protocol):
    """The engine that is measured: ``bot.engine.Engine``, or a fake in tests."""

    @property
    def store(self) -> ArticleLookup:
        """The engine's articles."""

    def ask(self, question: str, *, thread: str | None = None) -> Answer:
        """Answer a question."""

    def delete_thread(self, thread: str) -> None:
        """Forget a conversation."""


def run_testset(
    engine: AnsweringEngine,
    conversations: Sequence[Conversation],
    folder: RunFolder,
    *,
    present: Sequence[Row] = (),
    jobs: int = 1,
    advance: Callable[[int], None] = lambda questions: None,
) -> list[Row]:
    """Ask the questions without a row in ``present``; returns all rows in the test set's order.

    Exceptions of the engine become the ``error`` of the row. ``advance`` is called with the number
    of questions done. On Ctrl-C running questions are finished and stored before it is re-raised.
    """
    done = _complete_rows(conversations, present)
    if len(done) < len(present):
        folder.replace_rows(list(done.values()))
    advance(len(done))
    remaining = [c for c in conversations if c.questions[0].id not in done]
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="question") as pool:
        futures = [
            pool.submit(run_conversation, engine, conversation) for conversation in remaining
        ]
        try:
            for future in as_completed(futures):
                rows = future.result()
                folder.append(rows)
                done |= {row["id"]: row for row in rows}
                advance(len(rows))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            for future in futures:
                if future.done() and not future.cancelled() and future.exception() is None:
                    folder.append([row for row in future.result() if row["id"] not in done])
            raise
    rows = [done[question.id] for c in conversations for question in c.questions]
    folder.replace_rows(rows)
    return rows


def _complete_rows(conversations: Sequence[Conversation], present: Sequence[Row]) -> dict[str, Row]:
    """The rows of conversations that are present as a whole, by question id."""
    by_id = {row["id"]: row for row in present}
    return {
        question.id: by_id[question.id]
        for conversation in conversations
        if all(question.id in by_id for question in conversation.questions)
        for question in conversation.questions
    }


def run_conversation(engine: AnsweringEngine, conversation: Conversation) -> list[Row]:
    """A row per question; the thread of a conversation is deleted afterwards."""
    if conversation.questions[0].turn is None:
        return [_row(engine, conversation.questions[0], None)]
    thread = f"evaluation-{uuid.uuid4().hex}"
    try:
        return [_row(engine, question, thread) for question in conversation.questions]
    finally:
        engine.delete_thread(thread)


def _row(engine: AnsweringEngine, gold: GoldQuestion, thread: str | None) -> Row:
    try:
        answer = engine.ask(gold.question, thread=thread)
        articles = _articles(engine.store, gold, answer)
    except Exception as error:
        return error_row(gold, f"{type(error).__name__}: {error}")
    return answered_row(gold, answer, articles)


def _articles(store: ArticleLookup, gold: GoldQuestion, answer: Answer) -> dict[str, Article]:
    """The articles that the measures of a reply need."""
    ids = [
        *gold.relevant_ids,
        *(ref.article_id for ref in answer.retrieved),
        *(citation.article_id for citation in answer.citations),
    ]
    found = {article_id: store.get(article_id) for article_id in dict.fromkeys(ids)}
    return {name: article for name, article in found.items() if article is not None}


def answered_row(gold: GoldQuestion, answer: Answer, articles: Mapping[str, Article]) -> Row:
    """The row of a question that was answered or refused."""
    texts = {name: article.text for name, article in articles.items()}
    given = {name: given_section(a.metadata, a.url) for name, a in articles.items()}
    sections = {name: section for name, section in given.items() if section}
    answer_json = answer.to_json()
    for citation in answer_json["citations"]:
        citation["section"] = sections.get(citation["article_id"])
    return {
        **_gold_fields(gold),
        "standalone_question": answer.standalone_question,
        "retrieved": [
            {
                "passage_id": ref.passage_id,
                "article_id": ref.article_id,
                "title": articles[ref.article_id].title if ref.article_id in articles else "",
                "start": ref.start,
                "end": ref.end,
                "score": round(ref.score, 6),
                "text": texts.get(ref.article_id, "")[ref.start : ref.end],
            }
            for ref in answer.retrieved
        ],
        "answer": {
            "text": answer.text,
            "characters": len(answer.text),
            **{name: answer_json[name] for name in _ANSWER},
        },
        "failed_checks": check_answer(gold, answer, sections).failed_json(),
        "timings_ms": answer.timings_ms,
        "measures": compute_measures(gold, answer, texts, sections),
        "error": None,
    }


def error_row(gold: GoldQuestion, error: str) -> Row:
    """The row of a question on which the engine raised an exception."""
    return {
        **_gold_fields(gold),
        "standalone_question": None,
        "retrieved": [],
        "answer": None,
        "failed_checks": [],
        "timings_ms": {},
        "measures": {name: None for name in MEASURES if name not in SET_LEVEL},
        "error": error,
    }


def _gold_fields(gold: GoldQuestion) -> dict[str, Any]:
    return {
        "id": gold.id,
        "item_id": gold.item_id,
        "turn": gold.turn,
        "position": gold.position,
        "kind": gold.kind,
        "variety": gold.variety,
        "language": gold.language,
        "question": gold.question,
        "gold_standalone": gold.standalone,
        "answers": list(gold.answers),
        "relevant_ids": list(gold.relevant_ids),
        "acceptable_ids": list(gold.acceptable_ids),
        "forbidden_ids": list(gold.forbidden_ids),
        "quotes": list(gold.quotes),
        "answerable": gold.answerable,
        "checks": gold.checks.model_dump(exclude_defaults=True),
    }
