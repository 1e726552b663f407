"""``rawi articles`` and ``rawi store`` as they are typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest.cli.store import store_app
from ingest.store import chunker_id
from rawi import app
from tests.conftest import Rawi
from tests.integration.newsroom import article, contents, put, utc
from vectorstore.cli.articles import articles_app
from vectorstore.store import ArticleStore

DOME = article(
    "dome.txt",
    "تعهدت أمريكا بملء مخزون القبة الحديدية.",
    "جاء ذلك في واشنطن.",
    title="أمريكا والقبة الحديدية",
    published_at=datetime(2021, 6, 4, 16, 57),
    origin="/news/dome.txt",
)
CUP = article(
    "https://marsa.example/cup",
    "فاز المنتخب بالكأس.",
    title="الكأس للمنتخب",
    source="صحيفة المرسى",
    url="https://marsa.example/cup",
    published_at=utc("2022-12-03T20:00"),
)
UNDATED = article("note", "ملاحظة بلا تاريخ.", metadata={"category": "ملاحظات"})

Typed = Callable[..., Any]


@pytest.fixture
def filled(opened: Callable[..., ArticleStore]) -> None:
    with opened(chunker_id=chunker_id()) as store:
        put(store, DOME, CUP, UNDATED)


@pytest.fixture
def typed(filled: None) -> Typed:
    """``typed("articles", "list")`` runs the command in this process."""
    commands = {"articles": articles_app, "store": store_app}

    def run(group: str, *arguments: str, stdin: str | None = None) -> Any:
        return CliRunner().invoke(commands[group], list(arguments), input=stdin)

    return run


@pytest.fixture
def typed_in_empty_home(home: Path, embedded: list[str]) -> Typed:
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)])


def as_json(result: Any) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_list_puts_the_newest_first_and_the_undated_last(typed: Typed) -> None:
    listed = as_json(typed("articles", "list", "--json"))
    assert [info["id"] for info in listed] == [CUP.id, DOME.id, "note"]
    assert listed[1]["published_at"] == "2021-06-04T16:57:00" and listed[1]["passages"] == 2
    lines = typed("articles", "list").stdout.splitlines()
    assert len(lines) == 4 and lines[1].startswith(CUP.id) and lines[1].rstrip().endswith(CUP.title)
    assert "2021-06-04" in lines[2]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("القبه الحديديه", [DOME.id]),
        ("المرسي", [CUP.id]),
        ("marsa", [CUP.id]),
        ("الكاس المرسى", [CUP.id]),
        ("الكأس القبة", []),
        ("%", []),
    ],
)
def test_list_searches_title_id_and_source(typed: Typed, words: str, ids: list[str]) -> None:
    found = as_json(typed("articles", "list", "--search", words, "--json"))
    assert [info["id"] for info in found] == ids


def test_list_says_that_there_are_more(typed: Typed) -> None:
    result = typed("articles", "list", "--limit", "2")
    assert len(result.stdout.splitlines()) == 3 and "--limit 0" in result.stderr
    assert typed("articles", "list", "--limit", "3").stderr == ""
    assert "No article matches" in typed("articles", "list", "--search", "زرافة").stderr


def test_show_prints_head_and_text(typed: Typed) -> None:
    shown = typed("articles", "show", DOME.id).stdout
    assert shown.startswith(DOME.title) and DOME.text in shown
    assert "2021-06-04 16:57 (time zone unknown)" in shown and "/news/dome.txt" in shown
    assert "2022-12-03 20:00 +0000" in typed("articles", "show", CUP.id).stdout
    assert "date" not in typed("articles", "show", "note").stdout


def test_show_marks_passages(typed: Typed) -> None:
    shown = typed("articles", "show", DOME.id, "--passages").stdout
    end = DOME.text.index("\n")
    assert f"[0] 0-{end}\nتعهدت أمريكا" in shown and f"[1] {end + 1}-{len(DOME.text)}" in shown


def test_show_as_json_gives_the_text_that_offsets_count_in(typed: Typed) -> None:
    shown = as_json(typed("articles", "show", DOME.id, "--json"))
    assert shown["text"] == DOME.text and shown["passages"] == 2
    assert all(shown["text"][s["start"] : s["end"]] == s["text"] for s in shown["spans"])
    note = as_json(typed("articles", "show", "note", "--json"))
    assert note["metadata"] == {"category": "ملاحظات"} and note["published_at"] is None


@pytest.mark.parametrize("command", ["show", "remove"])
def test_an_unknown_id_is_told_what_is_near(typed: Typed, command: str) -> None:
    result = typed("articles", command, "dome")
    assert result.exit_code == 1 and result.stdout == ""
    assert "there is no article dome" in result.stderr and "dome.txt?" in result.stderr
    assert "https://marsa.example/cup?" in typed("articles", command, "marsa.example/cap").stderr


def test_remove_asks_first(typed: Typed) -> None:
    refused = typed("articles", "remove", DOME.id, CUP.id, stdin="n\n")
    assert refused.exit_code == 1 and DOME.title in refused.stderr and CUP.title in refused.stderr
    assert len(as_json(typed("articles", "list", "--json"))) == 3
    assert typed("articles", "remove", DOME.id, CUP.id, stdin="y\n").exit_code == 0
    assert [a["id"] for a in as_json(typed("articles", "list", "--json"))] == ["note"]
    assert "Removed 1 article." in typed("articles", "remove", "note", "--yes").stdout
    assert "in order: 0 articles" in typed("store", "check").stdout


def test_remove_takes_all_or_nothing(typed: Typed) -> None:
    assert typed("articles", "remove", DOME.id, "unknown", "--yes").exit_code == 1
    assert len(as_json(typed("articles", "list", "--json"))) == 3


def test_check_tells_what_is_wrong(typed: Typed, home: Path) -> None:
    assert "in order: 3 articles, 4 passages" in typed("store", "check").stdout
    next(home.glob("store/lexical-1/meta.json")).write_text("{")
    result = typed("store", "check")
    assert result.exit_code == 1 and "rawi store rebuild" in result.stderr
    rebuilt = typed("store", "rebuild")
    assert "4 vectors reused, 0 embedded" in rebuilt.stdout and "3 of 3" in rebuilt.stderr
    assert typed("store", "check").exit_code == 0


def test_stats(typed: Typed) -> None:
    stats = as_json(typed("store", "stats", "--json"))
    assert (stats["articles"], stats["passages"]) == (3, 4)
    assert stats["characters"] == sum(len(a.text) for a in (DOME, CUP, UNDATED))
    assert (stats["oldest"], stats["newest"]) == (
        "2021-06-04T16:57:00",
        "2022-12-03T20:00:00+00:00",
    )
    assert stats["sources"] == {"صحيفة المرسى": 1} and stats["languages"] == {"ar": 3}
    assert stats["bytes"] > 10_000 and stats["fingerprint"]["chunker"] == chunker_id()
    printed = typed("store", "stats").stdout
    assert "articles    3" in printed and "صحيفة المرسى" in printed


@pytest.mark.parametrize(
    "arguments", [("articles", "list"), ("store", "check"), ("store", "rebuild")]
)
def test_without_a_store_the_way_to_one_is_told(rawi: Rawi, home: Path, arguments: Any) -> None:
    result = rawi(*arguments)
    assert result.returncode == 1 and "rawi ingest PATH" in result.stderr
    assert not home.exists(), "looking does not make one"


def test_the_command_line_refuses_and_migrates(
    typed_in_empty_home: Typed, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = typed_in_empty_home
    paper = tmp_path / "match.txt"
    paper.write_text("الكأس\n\nفاز المنتخب في المباراة النهائية\n", "utf-8")
    assert typed("ingest", paper).exit_code == 0
    before = contents(home / "store")
    monkeypatch.setenv("RAWI_INGEST_PASSAGE_TOKENS", "64")
    refused = typed("ingest", paper)
    assert refused.exit_code == 1 and refused.stdout == ""
    assert all(name in refused.stderr for name in ("/256", "/64", "rawi store rebuild"))
    assert contents(home / "store") == before
    rebuilt = typed("store", "rebuild")
    assert "1 articles: 1 passages, 1 vectors reused, 0 embedded" in rebuilt.stdout, rebuilt.stderr
    checked = typed("store", "check")
    assert "1 articles, 1 passages" in checked.stdout and checked.exit_code == 0


def test_an_export_is_read_again_to_the_same_articles(
    typed_in_empty_home: Typed, home: Path, tmp_path: Path, samples_home: Path
) -> None:
    typed = typed_in_empty_home
    shutil.copytree(samples_home, home)
    file = tmp_path / "all.jsonl"
    done = typed("store", "export", file)
    assert done.exit_code == 0 and f"articles in {file}" in done.stdout
    assert typed("store", "export", file).exit_code == 2
    assert typed("store", "export").stdout == file.read_text("utf-8")
    again = typed("ingest", file, "--json")
    report = json.loads(again.stdout)
    lines = len(file.read_text("utf-8").splitlines())
    assert (report["unchanged"], report["added"], report["updated"]) == (lines, 0, 0)
    assert not list(tmp_path.glob("*.part"))
