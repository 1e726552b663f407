"""Which articles a run's own store holds, and without which fields."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from evaluation.core.errors import EvaluationError
from evaluation.runs.collection import Collection, drop_fields
from vectorstore.core.types import Article


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_same_articles_elsewhere_are_the_same_collection(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        _file(tmp_path / folder / "in" / "a.txt", "عنوان\n\nنص")

    here, there = (Collection.from_paths([tmp_path / folder]) for folder in ("here", "there"))

    assert here.sha256 == there.sha256


@pytest.mark.parametrize("changed", [("in/a.txt", "نص آخر"), ("in/b.txt", "نص")])
def test_another_text_or_name_is_another_collection(
    tmp_path: Path, changed: tuple[str, str]
) -> None:
    _file(tmp_path / "here" / "in" / "a.txt", "نص")
    _file(tmp_path / "there" / changed[0], changed[1])

    assert (
        Collection.from_paths([tmp_path / "here"]).sha256
        != Collection.from_paths([tmp_path / "there"]).sha256
    )


def test_the_test_set_among_the_articles_does_not_count(tmp_path: Path) -> None:
    _file(tmp_path / "a.txt", "نص")
    before = Collection.from_paths([tmp_path]).sha256
    testset = _file(tmp_path / "testset.jsonl", '{"id": "q", "question": "من؟"}')

    assert Collection.from_paths([tmp_path], exclude=testset).sha256 == before


def test_what_is_not_there_or_cannot_be_hidden_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="does not exist"):
        Collection.from_paths([tmp_path / "gone"])
    with pytest.raises(EvaluationError, match="text of articles cannot be hidden"):
        Collection.from_paths([tmp_path], ["text"])


def test_hidden_fields_are_gone_be_they_the_articles_own_or_metadata() -> None:
    article = Article(
        id="a",
        title="عنوان",
        text="نص",
        source="صحيفة",
        published_at=datetime(2026, 1, 1),
        metadata={"summary": "ملخص", "category": "رياضة"},
    )

    bare = drop_fields(article, ["title", "summary", "published_at", "nothing"])

    assert (bare.title, bare.published_at, bare.metadata) == ("", None, {"category": "رياضة"})
    assert (bare.id, bare.text, bare.source) == ("a", "نص", "صحيفة")
