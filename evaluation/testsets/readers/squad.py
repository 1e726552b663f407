"""SQuAD-style files: XQuAD, ARCD, MLQA, and exports of the ``datasets`` library.

Either the original JSON (``data`` → ``paragraphs`` → ``qas``) or JSON Lines with a ``context``. A
paragraph becomes an article whose id is a hash of its title and text, the same in all files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.testsets.jsonl import json_rows
from evaluation.testsets.readers.imported import IMPOSSIBLE, ImportedTestSet, drop_empty
from evaluation.testsets.validation import ItemCollector
from ingest.text.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class _SquadQuestion:
    """A question with its paragraph."""

    place: str
    title: str
    context: str
    question: dict[str, Any]


def read_squad(path: Path, content: bytes) -> ImportedTestSet:
    """Read questions and paragraphs of a SQuAD-style file.

    A question marked as impossible is unanswerable from its own paragraph; other articles may
    answer it (``answerable`` null, kind ``impossible``).

    Raises:
        TestSetError: the file has another format, or invalid questions.
    """
    collector = ItemCollector()
    articles: dict[str, dict[str, str]] = {}
    document = parse_document(content)
    found = _lines(content, collector) if document is None else _nested(document, collector)
    for number, question in enumerate(found, 1):
        article_id = paragraph_id(question.title, question.context)
        articles[article_id] = {"id": article_id, "title": question.title, "text": question.context}
        collector.add(question.place, _row(question, article_id, number))
    return ImportedTestSet(collector.items(path), list(articles.values()))


def parse_document(content: bytes) -> dict[str, Any] | None:
    """The file's JSON object if it has SQuAD's layout, else None."""
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("data"), list) else None


def paragraph_id(title: str, context: str) -> str:
    """A stable id for a paragraph."""
    digest = hashlib.sha256(f"{title}\n{context}".encode("utf-8", "replace")).hexdigest()
    return f"paragraph-{digest[:12]}"


def _nested(document: dict[str, Any], collector: ItemCollector) -> Iterator[_SquadQuestion]:
    for a, article in enumerate(document["data"], 1):
        for p, paragraph in enumerate(
            _objects(article, "paragraphs", f"article {a}", collector), 1
        ):
            place = f"article {a} paragraph {p}"
            context = _context(paragraph, place, collector)
            for q, question in enumerate(_objects(paragraph, "qas", place, collector), 1):
                if context:
                    title = str(article.get("title") or "")
                    yield _SquadQuestion(f"{place} question {q}", title, context, question)


def _objects(
    holder: Any, name: str, place: str, collector: ItemCollector
) -> Iterator[dict[str, Any]]:
    """The objects in the list ``holder[name]``; other values are reported to ``collector``."""
    values = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(values, list):
        collector.reject(place, f"{name}: must be a list")
        return
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            yield value
        else:
            collector.reject(place, f"{name} {number}: must be an object")


def _lines(content: bytes, collector: ItemCollector) -> Iterator[_SquadQuestion]:
    for place, row in json_rows(content, collector):
        if context := _context(row, place, collector):
            yield _SquadQuestion(place, str(row.get("title") or ""), context, row)


def _context(holder: dict[str, Any], place: str, collector: ItemCollector) -> str:
    context = holder.get("context")
    if isinstance(context, str) and context.strip():
        return context
    collector.reject(place, "context: is missing" if context is None else "context: is empty")
    return ""


def _row(squad: _SquadQuestion, article_id: str, number: int) -> dict[str, Any]:
    question = squad.question
    spans = list(_spans(question.get("answers")))
    row = {
        "id": str(question["id"]) if question.get("id") is not None else f"question-{number}",
        "question": question.get("question"),
    }
    if question.get("is_impossible") or question.get("answerable") is False:
        return row | {"answerable": None, "kind": IMPOSSIBLE}
    return row | drop_empty(
        {
            "answers": list(dict.fromkeys(text for text, _ in spans)),
            "relevant_ids": [article_id],
            "quotes": list(dict.fromkeys(_answer_sentences(squad.context, spans))),
            "answerable": True,
        }
    )


def _spans(answers: Any) -> Iterator[tuple[str, int | None]]:
    """``(text, start)`` of each answer in any of the layouts in use."""
    if isinstance(answers, dict):  # columns, as written by the ``datasets`` library
        texts, starts = answers.get("text") or [], answers.get("answer_start") or []
        answers = [
            {"text": text, "answer_start": starts[at] if at < len(starts) else None}
            for at, text in enumerate(texts)
        ]
    for answer in answers or ():
        text = answer.get("text") if isinstance(answer, dict) else answer
        start = (
            answer.get("answer_start", answer.get("start")) if isinstance(answer, dict) else None
        )
        if isinstance(text, str) and text.strip():
            yield text.strip(), start if isinstance(start, int) else None


def _answer_sentences(context: str, spans: list[tuple[str, int | None]]) -> Iterator[str]:
    """The sentence around each answer with a known offset."""
    sentences = split_sentences(context)
    for text, start in spans:
        if start is None or not context[start:].lstrip().startswith(text):
            continue
        for first, last in sentences:
            if first <= start and start + len(text) <= last:
                yield context[first:last]
