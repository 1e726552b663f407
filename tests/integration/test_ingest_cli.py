"""What an editor sees of ``rawi ingest``: the whole command line, mostly in this process."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.conftest import Rawi, rawi_command, rawi_environment
from tests.integration.conftest import Typed

KEYS = {"added", "updated", "unchanged", "removed", "failed", "passages", "embedded", "seconds"}
BRIDGE = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد فوق النهر بعد أعمال استمرت عامين كاملين."
HARVEST = "بدأ المزارعون موسم قطاف الزيتون هذا العام قبل موعده بأسبوعين بسبب الجفاف."
LIBRARY = "The city library will stay open until midnight during the weeks of the examinations."


@pytest.fixture
def news(home: Path) -> Path:
    """A folder with three articles in three files of three kinds."""
    folder = home.parent / "news"
    write(folder / "bridge.txt", f"جسر جديد\nالجمعة 4 يونيو 2021 04:57 م\n\n{BRIDGE}\n")
    write(folder / "harvest.md", f"---\ntitle: الزيتون\n---\n{HARVEST}\n")
    write(folder / "library.jsonl", line("library", LIBRARY))
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def line(article_id: str, text: str) -> str:
    return json.dumps({"id": article_id, "title": article_id, "text": text}) + "\n"


def counts(
    result: subprocess.CompletedProcess[str] | Result, *, exit_code: int = 0
) -> dict[str, Any]:
    """The one object of counts that ``--json`` printed."""
    ended = result.exit_code if isinstance(result, Result) else result.returncode
    assert ended == exit_code, result.stderr
    assert result.stdout.count("\n") == 1, "one object and nothing else"
    printed = json.loads(result.stdout)
    assert isinstance(printed, dict) and set(printed) >= KEYS
    return printed


def some(printed: dict[str, Any]) -> dict[str, int]:
    """The counts of articles that are not nought."""
    names = ("added", "updated", "unchanged", "removed", "failed")
    return {name: printed[name] for name in names if printed[name]}


def stored(typed: Typed) -> set[str]:
    result = typed("articles", "list", "--json")
    assert result.exit_code == 0, result.stderr
    return {article["id"] for article in json.loads(result.stdout)}


def shown(typed: Typed, article_id: str) -> dict[str, Any]:
    result = typed("articles", "show", article_id, "--json")
    assert result.exit_code == 0, result.stderr
    article: dict[str, Any] = json.loads(result.stdout)
    return article


def test_articles_go_in_once_and_a_second_run_embeds_nothing(
    rawi: Rawi, typed: Typed, news: Path
) -> None:
    write(news / "testset.jsonl", '{"id": "q1", "question": "متى افتتح الجسر؟"}\n')
    run = rawi("ingest", news, "--json")
    first = counts(run)
    assert some(first) == {"added": 3}
    assert re.search(r"skipped: .*testset\.jsonl: a test set", run.stderr), "but is no failure"
    assert first["passages"] == first["embedded"] == 3
    assert first["seconds"] > 0
    second = counts(typed("ingest", news, "--json"))
    assert some(second) == {"unchanged": 3}
    assert second["passages"] == second["embedded"] == 0
    assert stored(typed) == {"bridge.txt", "harvest.md", "library"}
    assert shown(typed, "bridge.txt")["published_at"] == "2021-06-04T16:57:00"
    assert_table_of(rawi("ingest", news))


def assert_table_of(result: subprocess.CompletedProcess[str]) -> None:
    """Without ``--json``, a run that found three unchanged articles ends in a table."""
    assert result.returncode == 0, result.stderr
    table = dict(row.rsplit(maxsplit=1) for row in result.stdout.splitlines())
    assert set(table) == KEYS | {"skipped", "run"}
    assert (table["unchanged"], table["added"], table["embedded"]) == ("3", "0", "0")
    assert "reading 4 files" in result.stderr
    assert "\x1b" not in result.stdout + result.stderr, "no colours outside of a terminal"


def test_what_is_broken_is_named_with_a_remedy_and_the_rest_goes_in(
    typed: Typed, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAWI_INGEST_MAX_FILE_MB", "0.005")
    write(news / "empty.txt", "")
    write(news / "enormous.txt", BRIDGE * 100)
    write(news / "notes.odt", "x")
    (news / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    write(news / "mixed.jsonl", line("one", BRIDGE) + "{broken\n" + line("three", HARVEST))
    os.mkfifo(news / "pipe.txt")
    result = typed("ingest", news, news / "missing.txt", "--json")
    printed = counts(result, exit_code=1)
    assert some(printed) == {"added": 5, "failed": 7}
    failed = [row for row in result.stderr.splitlines() if row.startswith("failed: ")]
    expected = {
        f"{news}/empty.txt": "the file is empty; put an article in it",
        f"{news}/enormous.txt": "too large: 15,200 bytes, the limit is 5,000 bytes; split it, or",
        f"{news}/missing.txt": "no such file or folder; check the spelling",
        f"{news}/mixed.jsonl:2": "broken JSON",
        f"{news}/notes.odt": "unsupported kind .odt",
        f"{news}/picture.txt": "binary, not text (PNG); export it as plain text",
        f"{news}/pipe.txt": "not a regular file; copy its content",
    }
    assert len(failed) == len(expected)
    for place, said in expected.items():
        (row,) = (row for row in failed if row.startswith(f"failed: {place}: "))
        message = row.removeprefix(f"failed: {place}: ")
        assert message.startswith(said)
        assert all(message.rpartition("; ")), "a problem and a remedy"
    assert {failure["place"] for failure in printed["failures"]} == set(expected)
    assert stored(typed) == {"bridge.txt", "harvest.md", "library", "one", "three"}


def test_wrong_usage_is_told_and_ends_with_2(rawi: Rawi) -> None:
    result = rawi("ingest")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "SOURCE" in result.stderr
    assert rawi("ingest", "--no-such-option", ".").returncode == 2


def test_a_changed_article_replaces_its_old_version(typed: Typed, news: Path) -> None:
    counts(typed("ingest", news, "--json"))
    write(news / "bridge.txt", f"جسر جديد\n\n{HARVEST}\n")
    printed = counts(typed("ingest", news, "--json"))
    assert some(printed) == {"updated": 1, "unchanged": 2}
    assert printed["embedded"] == 1
    article = shown(typed, "bridge.txt")
    assert article["text"] == HARVEST
    assert article["passages"] == 1
    assert article["published_at"] is None, "nothing of the old version stays"


def test_sync_removes_exactly_what_is_gone(typed: Typed, news: Path) -> None:
    other = write(news.parent / "other" / "apart.txt", BRIDGE)
    write(news / "library.jsonl", line("library", LIBRARY) + line("museum", HARVEST))
    assert some(counts(typed("ingest", news, other, "--json"))) == {"added": 5}
    (news / "bridge.txt").unlink()
    other.unlink()
    write(news / "library.jsonl", line("library", LIBRARY))
    without = counts(typed("ingest", news, "--json"))
    assert some(without) == {"unchanged": 2}, "nothing is removed unasked"
    printed = counts(typed("ingest", news, "--sync", "--yes", "--json"))
    assert some(printed) == {"unchanged": 2, "removed": 2}
    assert stored(typed) == {"harvest.md", "library", "apart.txt"}


def test_sync_keeps_articles_whose_files_cannot_be_read(typed: Typed, news: Path) -> None:
    write(news / "library.jsonl", line("library", LIBRARY) + line("museum", HARVEST))
    counts(typed("ingest", news, "--json"))
    (news / "bridge.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    write(news / "library.jsonl", line("library", LIBRARY) + '{"id": "museum", "te')
    (news / "harvest.md").unlink()
    printed = counts(typed("ingest", news, "--sync", "--yes", "--json"), exit_code=1)
    assert some(printed) == {"unchanged": 1, "removed": 1, "failed": 2}
    assert stored(typed) == {"bridge.txt", "library", "museum"}


def test_sync_asks_before_it_removes(typed: Typed, news: Path) -> None:
    counts(typed("ingest", news, "--json"))
    (news / "bridge.txt").unlink()
    cannot_ask = typed("ingest", news, "--sync")
    assert cannot_ask.exit_code == 2
    assert "--yes" in cannot_ask.stderr
    refused = on_a_terminal("n\n", "ingest", news, "--sync", "--json")
    assert "  bridge.txt\n" in refused.stderr and "Remove 1 " in refused.stderr
    assert some(counts(refused)) == {"unchanged": 2}
    assert stored(typed) == {"bridge.txt", "harvest.md", "library"}
    agreed = on_a_terminal("y\n", "ingest", news, "--sync", "--json")
    assert some(counts(agreed)) == {"unchanged": 2, "removed": 1}
    assert stored(typed) == {"harvest.md", "library"}


def on_a_terminal(typed: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command with a terminal as its standard input, on which ``typed`` is typed."""
    ours, terminal = pty.openpty()
    try:
        os.write(ours, typed.encode())
        return subprocess.run(
            rawi_command(*arguments),
            stdin=terminal,
            capture_output=True,
            encoding="utf-8",
            timeout=240,
            env=rawi_environment(),
            check=False,
        )
    finally:
        os.close(ours)
        os.close(terminal)


def test_a_misspelt_setting_in_env_is_an_error_that_names_the_nearest(
    rawi: Rawi, news: Path
) -> None:
    write(Path(".env"), "RAWI_INGEST_PASAGE_TOKENS=128\n")
    result = rawi("ingest", news)
    assert result.returncode != 0
    assert result.stderr.splitlines() == [
        "error: There is no setting RAWI_INGEST_PASAGE_TOKENS (found in .env). "
        "Did you mean RAWI_INGEST_PASSAGE_TOKENS?"
    ]
    assert not Path(os.environ["RAWI_HOME"]).exists(), "nothing is begun"


def test_a_value_that_fits_no_setting_is_named(rawi: Rawi, news: Path) -> None:
    write(Path(".env"), "RAWI_INGEST_PASSAGE_TOKENS=many\n")
    result = rawi("ingest", news)
    assert result.returncode == 2
    assert result.stderr.startswith("error: RAWI_INGEST_PASSAGE_TOKENS: ")
    assert "Traceback" not in result.stderr


def test_ctrl_c_ends_the_run_and_tells_what_is_in_the_store(typed: Typed, news: Path) -> None:
    write(news / "many.jsonl", "".join(line(str(n), f"{n}. {BRIDGE}") for n in range(2000)))
    running = subprocess.Popen(
        rawi_command("ingest", news, "--json"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=rawi_environment(),
    )
    try:
        wait_until_something_is_stored(Path(os.environ["RAWI_HOME"]), running)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=240)
    finally:
        running.kill()
    assert running.returncode == 130, stderr
    printed = json.loads(stdout)
    assert printed["interrupted"] is True
    assert "run it again for the rest" in stderr
    assert "Traceback" not in stderr
    assert 0 < printed["added"] < 2000
    assert len(stored(typed)) == printed["added"]
    assert typed("store", "check").exit_code == 0


def wait_until_something_is_stored(home: Path, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    catalogue = f"{(home / 'store' / 'catalogue.sqlite3').as_uri()}?mode=ro"
    while running.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(sqlite3.OperationalError),  # it is not there yet
            contextlib.closing(sqlite3.connect(catalogue, uri=True)) as db,
        ):
            if db.execute("SELECT count(*) FROM articles").fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nothing was stored")
