"""Flat question files: a question per line with the ``passage_id`` of the passage that answers it.

The passages' own file can be ingested as it is: ``passage_id`` is an article's id there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluation.testsets.jsonl import json_rows
from evaluation.testsets.readers.imported import IMPOSSIBLE, ImportedTestSet, drop_empty
from evaluation.testsets.validation import ItemCollector

_READ_FIELDS = {"id", "question", "answers", "passage_id", "answerable", "lang_q", "kind"}


def read_flat(path: Path, content: bytes) -> ImportedTestSet:
    """Questions with passages, and questions that no article answers.

    - ``passage_id`` becomes the relevant article, ``lang_q`` the language, ``set`` the kind.
    - A question without passage and answers is one that the articles do not answer.
    - One that its own passage does not answer may be answered elsewhere: ``answerable`` is null.

    Raises:
        TestSetError: lines are wrong.
    """
    checks = ItemCollector()
    for place, row in json_rows(content, checks):
        checks.add(place, _item(row))
    return ImportedTestSet(checks.items(path))


def _item(row: dict[str, Any]) -> dict[str, Any]:
    passage, answers = row.get("passage_id"), row.get("answers") or []
    answerable, kind = row.get("answerable"), row.get("kind") or row.get("set")
    if answerable is False and passage:
        return _labelled(row, {"answerable": None, "kind": IMPOSSIBLE, "passage_id": passage})
    if not passage and not answers:
        return _labelled(row, {"answerable": False, "kind": kind})
    labels = {"answers": answers, "relevant_ids": [passage] if passage else [], "kind": kind}
    return _labelled(row, labels | {"answerable": True if answerable is None else answerable})


def _labelled(row: dict[str, Any], labels: dict[str, Any]) -> dict[str, Any]:
    """``row`` with ``labels`` in the names of a test set, and its other fields."""
    named = {"id": row.get("id"), "question": row.get("question"), "language": row.get("lang_q")}
    others = {name: value for name, value in row.items() if name not in _READ_FIELDS}
    stated = {"answerable": labels["answerable"]}  # null says something here
    return drop_empty(named | labels | others) | stated
