"""``rawi evaluate import``: files, output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from evaluation.cli.app import app
from evaluation.testsets.testsets import read_testset


def rawi(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    context = "ولد سيف عام 1990."
    answers = [{"text": "1990", "answer_start": 12}]
    questions = [
        {"id": "1", "question": "متى ولد سيف؟", "answers": answers},
        {"id": "2", "question": "من فاز؟", "answers": [], "is_impossible": True},
    ]
    paragraphs = [{"context": context, "qas": questions}]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "سيف", "paragraphs": paragraphs}]}), "utf-8")
    return path


def test_import_writes_the_test_set_and_its_articles_and_counts_them(
    squad: Path, tmp_path: Path
) -> None:
    out, articles = tmp_path / "made" / "testset.jsonl", tmp_path / "articles.jsonl"
    result = rawi("import", squad, "--out", out, "--articles", articles)
    assert result.exit_code == 0, result.output
    assert "2 questions: 1 answerable, 0 not answerable, 1 open" in result.stdout
    assert f"{articles}: 1 article" in result.stdout
    assert [item.id for item in read_testset(out).items] == ["1", "2"]
    [article] = articles.read_text("utf-8").splitlines()
    assert json.loads(article)["text"] == "ولد سيف عام 1990."
    assert sorted(path.name for path in out.parent.iterdir()) == ["testset.jsonl"]


def test_import_says_when_paragraphs_are_left_out(squad: Path, tmp_path: Path) -> None:
    result = rawi("import", squad, "--out", tmp_path / "t.jsonl")
    assert result.exit_code == 0
    assert "1 paragraph left out; --articles" in result.stderr


def test_import_overwrites_only_when_told_to(squad: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.jsonl"
    out.write_text("mine", "utf-8")
    refused = rawi("import", squad, "--out", out)
    assert refused.exit_code == 1
    assert "exists already. --force overwrites it." in refused.stderr
    assert out.read_text("utf-8") == "mine"
    assert rawi("import", squad, "--out", out, "--force").exit_code == 0
    assert len(read_testset(out).items) == 2


def test_import_writes_nothing_when_a_row_is_wrong(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("question,answerable\nكم؟,perhaps\n", "utf-8")
    result = rawi("import", table, "--out", tmp_path / "t.jsonl")
    assert result.exit_code == 1
    assert "row 2: answerable: must be yes, no or empty" in result.stderr
    assert not (tmp_path / "t.jsonl").exists()


def test_import_takes_the_format_that_is_named(tmp_path: Path) -> None:
    table = tmp_path / "questions.txt"
    table.write_text("question;answer\nكم قتيلًا؟;21\n", "utf-8")
    assert "--format" in rawi("import", table, "--out", tmp_path / "a.jsonl").stderr
    result = rawi("import", table, "--out", tmp_path / "b.jsonl", "--format", "csv")
    assert "1 question: 1 answerable" in result.stdout
    assert rawi("import", table, "--out", tmp_path / "c.jsonl", "--format", "pdf").exit_code == 2


def test_articles_of_a_format_that_has_none_are_wrong_usage(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("question\nكم؟\n", "utf-8")
    out = tmp_path / "t.jsonl"
    result = rawi("import", table, "--out", out, "--articles", tmp_path / "a.jsonl")
    assert result.exit_code == 2
    assert "brings no articles" in result.stderr
    assert not out.exists()
