"""Flat question files: a question per line with the ``passage_id`` of its passage.

The file of passages can be ingested as it is; ``passage_id`` is the article's id.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluation.testsets.jsonl import json_rows
from evaluation.testsets.readers.imported import IMPOSSIBLE, ImportedTestSet, drop_empty
from evaluation.testsets.validation import ItemCollector

_READ_FIELDS = {"id", "question", "answers", "passage_id", "answerable", "lang_q", "kind"}


def read_flat(path: Path, content: bytes) -> ImportedTestSet:
    """Read questions with and without passages.

    - ``passage_id`` becomes the relevant article, ``lang_q`` the language, ``set`` the kind.
    - A question without passage and answers is unanswerable.
    - A question that its passage does not answer may be answered by another: ``answerable`` null.

    Raises:
        TestSetError: lines are invalid.
    """
    collector = ItemCollector()
    for place, row in json_rows(content, collector):
        collector.add(place, _item(row))
    return ImportedTestSet(collector.items(path))


def _item(row: dict[str, Any]) -> dict[str, Any]:
    passage, answers = row.get("passage_id"), row.get("answers") or []
    answerable, kind = row.get("answerable"), row.get("kind") or row.get("set")
    if answerable is False and passage:
        return _with_labels(row, {"answerable": None, "kind": IMPOSSIBLE, "passage_id": passage})
    if not passage and not answers:
        return _with_labels(row, {"answerable": False, "kind": kind})
    labels = {"answers": answers, "relevant_ids": [passage] if passage else [], "kind": kind}
    return _with_labels(row, labels | {"answerable": True if answerable is None else answerable})


def _with_labels(row: dict[str, Any], labels: dict[str, Any]) -> dict[str, Any]:
    """``row`` with ``labels``, its fields renamed to those of a test set."""
    named = {"id": row.get("id"), "question": row.get("question"), "language": row.get("lang_q")}
    others = {name: value for name, value in row.items() if name not in _READ_FIELDS}
    stated = {"answerable": labels["answerable"]}  # null is not the same as absent
    return drop_empty(named | labels | others) | stated
