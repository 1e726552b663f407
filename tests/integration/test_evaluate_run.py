"""``rawi evaluate run`` as an evaluator calls it, over the samples."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluation.core.stored_run import StoredRun, load_run
from tests.conftest import ROOT, Rawi, rawi_command, rawi_environment
from tests.integration.conftest import Typed

SAMPLES = ROOT / "samples"
KEPT = ("seed-promise", "seed-digits", "outside-capital", "conversation-floods")


@pytest.fixture
def testset(tmp_path: Path) -> Path:
    """A few single questions and a conversation of the samples' test set."""
    lines = (SAMPLES / "testset.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if json.loads(line)["id"] in KEPT]
    assert len(kept) == len(KEPT)
    path = tmp_path / "testset.jsonl"
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """The articles that these questions are about."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for name in ("000_c25f10eea034f5a5.txt", "flood-update.md", "cup-final.txt"):
        (folder / name).write_bytes((SAMPLES / name).read_bytes())
    return folder


def _write(path: Path, *records: dict[str, Any]) -> Path:
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _ids(run: StoredRun) -> list[str]:
    return [row["id"] for row in run.rows]


def _expected(testset: Path) -> Iterator[str]:
    for line in testset.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        turns = range(1, len(item["turns"]) + 1) if "turns" in item else ()
        yield from (f"{item['id']}#{n}" for n in turns)
        if not turns:
            yield item["id"]


@pytest.fixture(autouse=True)
def _no_commits_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit made beside the tests must not make two runs differ."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")


def test_a_run_measures_the_real_engine_and_is_repeated_from_the_same_store(
    rawi: Rawi,
    typed: Typed,
    home: Path,
    testset: Path,
    articles: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ("--articles", articles, "--out", "runs/one")

    first = rawi("evaluate", "run", testset, *options)

    assert first.returncode == 0, first.stderr
    assert "ingested 3 articles" in first.stderr
    assert "contains_gold" in first.stdout
    assert "95% interval" in first.stdout
    run = load_run(Path("runs/one"))
    assert _ids(run) == list(_expected(testset))
    assert run.summary["errors"] == 0
    assert run.summary["measures"]["verbatim"]["value"] == 1.0
    assert run.summary["measures"]["article_recall@5"]["value"] > 0.8
    assert set(run.summary["by_position"]) == {"single", "first", "followup"}
    assert run.summary["latency_ms"]["total"]["p95"] > 0
    for row in run.rows:
        for passage in row["retrieved"]:
            assert passage["text"] and passage["title"]
    assert run.config["engine"]["stored_articles"] == 3
    assert run.config["settings"]["bot"]["passages"] == 8

    monkeypatch.setenv("RAWI_BOT_PASSAGES", "3")
    other = typed("evaluate", "run", testset, *options)
    assert other.exit_code == 1
    assert "settings.bot.passages: 8 in the run, 3 now" in other.stderr

    anew = typed("evaluate", "run", testset, *options, "--restart", "--limit", "2", "--json")
    assert anew.exit_code == 0, anew.stderr
    assert "ingested" not in anew.stderr
    assert json.loads(anew.stdout)["questions"] == 2
    assert max(len(row["retrieved"]) for row in load_run(Path("runs/one")).rows) == 3
    assert len(list((home / "evaluation").iterdir())) == 1


def test_an_interrupted_run_goes_on(home: Path, articles: Path, tmp_path: Path) -> None:
    # Twenty, so that an interrupt finds something left to do.
    lines = (SAMPLES / "testset.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    testset = tmp_path / "twenty.jsonl"
    testset.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = rawi_command(
        "evaluate", "run", testset, "--articles", articles, "--out", "runs/two", "--jobs", "1"
    )
    results = Path("runs/two/results.jsonl")
    with subprocess.Popen(
        command, env=rawi_environment(), stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        deadline = time.monotonic() + 240
        while process.poll() is None and time.monotonic() < deadline:
            if results.is_file() and results.read_bytes().count(b"\n"):
                process.send_signal(signal.SIGINT)
                break
            time.sleep(0.005)
        _, said = process.communicate(timeout=240)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    before = results.read_text(encoding="utf-8").splitlines()
    assert 1 <= len(before) < len(list(_expected(testset)))

    done = subprocess.run(command, env=rawi_environment(), capture_output=True, encoding="utf-8")

    assert done.returncode == 0, done.stderr
    run = load_run(Path("runs/two"))
    assert _ids(run) == list(_expected(testset))
    kept = {line for line in results.read_text(encoding="utf-8").splitlines() if line in before}
    assert len(kept) >= 1


def test_fields_are_hidden_as_the_test_set_says(typed: Typed, tmp_path: Path) -> None:
    articles = _write(
        tmp_path / "articles.jsonl",
        {
            "id": "a",
            "title": "برد قارس",
            "summary": "عاصفة",
            "text": "تساقطت الثلوج أمس في بريطانيا.",
        },
        {"id": "b", "title": "فوز برشلونة", "text": "فاز الفريق على فالنسيا بهدف واحد."},
    )
    question = {"query": "برد قارس في بريطانيا", "relevant": ["a"], "kind": "title"}
    hiding = {"id": "q", **question, "hide_fields": ["title", "summary"]}
    testset = _write(tmp_path / "known.jsonl", hiding)
    mixed = _write(tmp_path / "mixed.jsonl", hiding, {"id": "r", **question})

    hidden = typed("evaluate", "run", testset, "--articles", articles, "--out", "runs/hidden")
    assert hidden.exit_code == 0, hidden.stderr
    run = load_run(Path("runs/hidden"))
    assert run.config["engine"]["hidden"] == ["summary", "title"]
    assert {passage["title"] for passage in run.rows[0]["retrieved"]} == {""}

    disagreeing = typed("evaluate", "run", mixed, "--articles", articles, "--out", "runs/mixed")
    assert disagreeing.exit_code == 1
    assert "none / summary,title" in disagreeing.stderr
    assert "--hide" in disagreeing.stderr


def test_what_cannot_be_run_says_why(typed: Typed, testset: Path, tmp_path: Path) -> None:
    nowhere = typed("evaluate", "run", testset, "--articles", tmp_path / "gone", "--out", "r")
    assert nowhere.exit_code == 1
    assert "does not exist" in nowhere.stderr

    empty = typed("evaluate", "run", testset, "--out", "r")
    assert empty.exit_code == 1
    assert "rawi ingest" in empty.stderr


def test_another_home_s_store_is_asked(typed: Typed, testset: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAWI_HOME", str(other))
        assert typed("ingest", SAMPLES / "flood-update.md").exit_code == 0
    options = ("--limit", "1", "--out", tmp_path / "run")
    run = typed("evaluate", "run", testset, "--store", other, *options)
    assert run.exit_code == 0, run.stderr
    found = load_run(tmp_path / "run")
    assert found.config["engine"]["stored_articles"] == 1
    assert found.config["settings"]["store"]["home"] == str(other)
    both = typed("evaluate", "run", testset, "--store", other, "--articles", SAMPLES, "--out", "x")
    assert both.exit_code == 2
    assert "--store / --articles" in both.stderr


def test_a_file_in_another_format_is_asked_as_it_is(typed: Typed, tmp_path: Path) -> None:
    passages = _write(
        tmp_path / "passages.jsonl",
        {"passage_id": "p1", "title": "الميناء", "text": "افتتح الميناء الجديد في مدينة الرمال."},
    )
    questions = _write(
        tmp_path / "questions.jsonl",
        {
            "id": "q1",
            "question": "أين افتتح الميناء الجديد؟",
            "answers": ["مدينة الرمال"],
            "passage_id": "p1",
            "lang_q": "ar",
            "set": "own",
        },
    )
    run = typed("evaluate", "run", questions, "--articles", passages, "--out", tmp_path / "run")
    assert run.exit_code == 0, run.stderr
    (row,) = load_run(tmp_path / "run").rows
    assert row["relevant_ids"] == ["p1"]
    assert row["measures"]["contains_gold"] == 1.0
