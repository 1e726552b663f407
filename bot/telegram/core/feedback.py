"""Export of feedback as lines of a test set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.telegram.core.repository import AnswerRepository, StoredAnswer


def to_test_set(answers: AnswerRepository) -> Iterator[dict[str, Any]]:
    """One test-set object per verdict, in the format of ``rawi evaluate``.

    Quotes and articles of a good answer become gold answers and relevant articles. The articles of
    a bad answer become forbidden ones if the reason is ``source``. ``note`` holds the reason.
    """
    for number, (answer, verdict, reason) in enumerate(answers.rated(), 1):
        line: dict[str, Any] = {
            "id": f"feedback-{number}",
            "question": answer.standalone or answer.question,
            "answers": [],
            "relevant_ids": [],
            "answerable": None,
            "kind": "feedback-good" if verdict > 0 else "feedback-bad",
            "language": answer.language,
        }
        cited = list(dict.fromkeys(c.article_id for c in answer.citations))
        if verdict > 0:
            line |= _gold(answer, cited)
        elif reason == "source":
            line["forbidden_ids"] = cited
        elif reason == "missing":
            line["answerable"] = True
        if reason:
            line["note"] = reason
        yield line


def _gold(answer: StoredAnswer, cited: list[str]) -> dict[str, Any]:
    """Gold fields of an answer rated good; a refusal rated good means there is no answer."""
    if answer.refused:
        return {"answerable": False}
    quotes = [c.quote for c in answer.citations]
    return {"answerable": True, "answers": quotes, "relevant_ids": cited, "quotes": quotes}
