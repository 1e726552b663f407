"""What readers thought of answers, as lines of a test set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.telegram.core.repository import AnswerRepository, GivenAnswer


def as_test_set(records: AnswerRepository) -> Iterator[dict[str, Any]]:
    """A test-set object per rated answer, in the format of ``rawi evaluate``.

    A good answer's quotes and articles become the gold; of a bad one, an unfit source becomes a
    forbidden article. What else is wrong with it a person has to say: ``note`` tells the reason.
    """
    for number, (given, verdict, reason) in enumerate(records.rated(), 1):
        line: dict[str, Any] = {
            "id": f"feedback-{number}",
            "question": given.standalone or given.question,
            "answers": [],
            "relevant_ids": [],
            "answerable": None,
            "kind": "feedback-good" if verdict > 0 else "feedback-bad",
            "language": given.language,
        }
        cited = list(dict.fromkeys(c.article_id for c in given.citations))
        if verdict > 0:
            line |= _gold(given, cited)
        elif reason == "source":
            line["forbidden_ids"] = cited
        elif reason == "missing":
            line["answerable"] = True
        if reason:
            line["note"] = reason
        yield line


def _gold(given: GivenAnswer, cited: list[str]) -> dict[str, Any]:
    """What a good answer teaches; a good refusal teaches that there is no answer."""
    if given.refused:
        return {"answerable": False}
    quotes = [c.quote for c in given.citations]
    return {"answerable": True, "answers": quotes, "relevant_ids": cited, "quotes": quotes}
