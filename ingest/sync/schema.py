"""The JSON Schema of ``sources.toml``; ``python -m ingest.sync.schema`` writes the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ingest.sync.sources_file import NAME, Source

PATH = Path(__file__).with_name("sources.schema.json")


def schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of the parsed file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rawi's sources",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "sources": {
                "type": "object",
                "propertyNames": {"pattern": NAME},
                "additionalProperties": Source.model_json_schema(),
            }
        },
    }


def as_text() -> str:
    """The text of the schema file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(as_text(), encoding="utf-8")
