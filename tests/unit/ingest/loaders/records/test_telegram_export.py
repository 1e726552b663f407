"""Exports of Telegram channels."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.articles.loader_protocol import LoadResult
from ingest.loaders import discover

TEXT = "افتتح وزير النقل أمس جسر النورس، الذي يربط ضفتي نهر سلوى."


def load(path: Path, content: str | bytes) -> list[LoadResult]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [loaded for file in discover([path], max_bytes=10**6) for loaded in file.load()]


def export(*messages: dict[str, Any], kind: str = "public_channel") -> str:
    document = {"name": "أخبار الساحل", "type": kind, "id": 1234, "messages": list(messages)}
    return json.dumps(document, ensure_ascii=False)


def test_posts_of_a_channels_export_are_articles(tmp_path: Path) -> None:
    pieces = ["افتتاح الجسر\n\n", {"type": "bold", "text": TEXT}, " وحضر الأهالي."]
    found = load(
        tmp_path / "result.json",
        export(
            {"id": 1, "type": "service", "action": "create_channel"},
            {"id": 2, "type": "message", "date_unixtime": "1772355600", "text": pieces},
            {"id": 3, "type": "message", "date": "2026-03-02T10:00:00", "text": TEXT},
            {"id": 4, "type": "message", "date": "2026-03-02T10:00:00", "text": ""},
        ),
    )
    first, second = (loaded.article for loaded in found)
    assert first is not None and second is not None
    assert first.id == first.url == "https://t.me/c/1234/2"
    assert (first.title, first.text) == ("افتتاح الجسر", f"{TEXT} وحضر الأهالي.")
    assert first.published_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (second.source, second.published_at) == ("أخبار الساحل", datetime(2026, 3, 2, 10))


def test_what_people_write_to_each_other_is_not_taken_in(tmp_path: Path) -> None:
    message = {"id": 2, "type": "message", "text": TEXT}
    (loaded,) = load(tmp_path / "result.json", export(message, kind="personal_chat"))
    assert loaded.problem == "an export of a chat, not of a channel"
    (empty,) = load(tmp_path / "empty.json", export())
    assert empty.problem == "an export without texts"
