"""``rawi evaluate generate`` on a fake store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from typer.testing import CliRunner, Result

from evaluation.cli.app import app
from evaluation.testsets.testsets import read_testset
from tests.unit.evaluation.generation.articles import (
    FLOOD_ARTICLE,
    OIL_ARTICLE,
    Catalogue,
    Model,
    article,
    found,
    written,
)


class Store:
    """A store that only has a catalogue."""

    catalogue = Catalogue(FLOOD_ARTICLE, OIL_ARTICLE)


@pytest.fixture(autouse=True)
def _store(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def open_store(**_: object) -> Iterator[Store]:
        yield Store()

    monkeypatch.setattr("ingest.store.open_store", open_store)


def rawi(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_generate_writes_a_test_set_and_counts_it(tmp_path: Path) -> None:
    out = tmp_path / "titles.jsonl"
    result = rawi("generate", "--out", out, "--kind", "title")
    assert result.exit_code == 0, result.output
    assert "2 questions: 2 answerable" in result.stdout
    testset = read_testset(out)
    assert sorted(item.id for item in testset.items) == ["title-flood", "title-oil"]
    assert testset.hide_fields == ("summary", "title")
    assert rawi("generate", "--out", out).exit_code == 1
    assert len(read_testset(out).items) == 2


def test_generate_with_a_model_writes_pairs_and_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = [written("من محافظ التلال؟", "سامر الدالي"), found("سامر الدالي"), "{}", "{}"]

    def scripted(name: str) -> BaseChatModel:
        assert name == "scripted:model"
        return Model(responses=replies, prompts=[])

    monkeypatch.setattr("evaluation.core.chat_model.named_chat_model", scripted)
    monkeypatch.setattr(Store, "catalogue", Catalogue(FLOOD_ARTICLE, article("z", "سيول")))
    out = tmp_path / "pairs.jsonl"
    result = rawi("generate", "--out", out, "--model", "scripted:model")
    assert result.exit_code == 0, result.output
    assert "1 question: 1 answerable" in result.stdout
    assert "left out: 1 × nothing to ask" in result.stderr
    [item] = read_testset(out).items
    assert item.generated == "model"


def test_generate_keeps_what_it_has_when_the_model_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Leaving(Model):
        def _call(self, messages: list[Any], *args: Any, **kwargs: Any) -> str:
            if len(self.prompts) >= 2:
                raise ConnectionError("refused")
            return super()._call(messages, *args, **kwargs)

    model = Leaving(responses=[written("كم عدد القتلى؟", "21"), found("21")], prompts=[])
    monkeypatch.setattr("evaluation.core.chat_model.named_chat_model", lambda name: model)
    monkeypatch.setattr(
        Store, "catalogue", Catalogue(*(article(f"a{n}", "سيول") for n in range(5)))
    )
    result = rawi("generate", "--out", tmp_path / "p.jsonl", "--model", "scripted:model")
    assert result.exit_code == 1
    assert "The questions made so far are kept." in result.stderr
    assert len(read_testset(tmp_path / "p.jsonl").items) == 1


@pytest.mark.parametrize(
    "options", [["--kind", "tags"], ["--kind", "title", "--model", "openai:x"], ["--limit", "0"]]
)
def test_options_that_make_no_sense_are_wrong_usage(tmp_path: Path, options: list[str]) -> None:
    assert rawi("generate", "--out", tmp_path / "t.jsonl", *options).exit_code == 2


def test_a_store_that_gives_no_question_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "catalogue", Catalogue(article("a", "خبر")))
    result = rawi("generate", "--out", tmp_path / "t.jsonl")
    assert result.exit_code == 1
    assert "gave no question" in result.stderr
    assert not (tmp_path / "t.jsonl").exists()
