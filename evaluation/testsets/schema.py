"""The JSON Schema of a test set; ``python -m evaluation.testsets.schema`` writes the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from evaluation.testsets.items import ConversationItem, QuestionItem

PATH = Path(__file__).parents[1] / "testset.schema.json"


def testset_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a test set's line.

    It does not express that ids are unique, that no article is both relevant and forbidden, that
    ``min_nuggets`` is at most the number of nuggets, and that ``published`` is a range.
    """
    refs, definitions = models_json_schema(
        [(QuestionItem, "validation"), (ConversationItem, "validation")]
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a Rawi test set",
        "if": {"required": ["turns"]},
        "then": refs[ConversationItem, "validation"],
        "else": refs[QuestionItem, "validation"],
        **definitions,
    }


def testset_schema_json() -> str:
    """The content of ``testset.schema.json``."""
    return json.dumps(testset_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(testset_schema_json(), encoding="utf-8")
