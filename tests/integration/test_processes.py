"""Several processes on one store."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.store import open_store
from prompts import text
from tests.conftest import Rawi, rawi_command, rawi_environment
from tests.integration.conftest import Typed
from tests.integration.newsroom import found
from vectorstore.store import ArticleStore

TRAM = "أعلنت بلدية مرسى النخيل أن الترام الليلي سيعود إلى العمل يوم الخميس المقبل."
SOLAR = "افتتح وزير الطاقة محطة شمسية جديدة في تل الزيتون بقدرة خمسين ميغاواط."


def write(folder: Path, name: str, title: str, *paragraphs: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.txt"
    path.write_text("\n\n".join([title, *paragraphs]) + "\n", "utf-8")
    return path


class Chat:
    """A running ``rawi chat``."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            rawi_command("chat"),
            env=rawi_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def ask(self, question: str) -> str:
        """The whole reply. What was said is forgotten after it, which also marks its end."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{question}\n/new\n")
        self.process.stdin.flush()
        heard = ""
        end = time.monotonic() + 240
        while not heard.endswith(text("bot.terminal.forgotten", "ar") + "\n"):
            assert time.monotonic() < end and self.process.poll() is None, heard
            with contextlib.suppress(queue.Empty):
                heard += self._lines.get(timeout=0.1)
        return heard

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def chat(home: Path) -> Iterator[Chat]:
    process = Chat()
    yield process
    process.close()


def test_a_chat_answers_from_what_another_process_has_just_ingested(
    typed: Typed, chat: Chat, tmp_path: Path
) -> None:
    news = tmp_path / "news"
    question = "من افتتح المحطة الشمسية في تل الزيتون؟"
    write(news, "tram", "عودة الترام الليلي", TRAM)
    assert typed("ingest", news).exit_code == 0
    assert "وزير الطاقة" not in chat.ask(question)
    write(news, "solar", "محطة شمسية", SOLAR)
    assert json.loads(typed("ingest", news, "--json").stdout)["added"] == 1
    reply = chat.ask(question)
    assert "افتتح وزير الطاقة محطة شمسية" in reply and "[1]" in reply
    write(news, "solar", "محطة شمسية", SOLAR.replace("وزير الطاقة", "رئيس البلدية"))
    assert json.loads(typed("ingest", news, "--json").stdout)["updated"] == 1
    reply = chat.ask(question)
    assert "رئيس البلدية" in reply and "وزير الطاقة" not in reply


@pytest.mark.usefixtures("size")
def test_an_open_reader_sees_what_others_add_change_and_remove(
    rawi: Rawi, typed: Typed, tmp_path: Path
) -> None:
    news = tmp_path / "news"
    assert typed("ingest", write(news, "tram", "عودة الترام الليلي", TRAM)).exit_code == 0
    with open_store() as reader:
        assert found(reader, "الترام الليلي") == [TRAM]
        assert rawi("ingest", write(news, "solar", "محطة شمسية", SOLAR)).returncode == 0
        assert found(reader, "المحطة الشمسية", k=1) == [SOLAR]
        assert rawi("store", "rebuild").returncode == 0
        assert found(reader, "الترام الليلي", k=1) == [TRAM]
        assert rawi("articles", "remove", "tram.txt", "--yes").returncode == 0
        assert found(reader, "الترام الليلي") == [SOLAR]


def test_two_ingests_at_once_take_turns(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedded: list[str]
) -> None:
    monkeypatch.setenv("RAWI_INGEST_BATCH_ARTICLES", "3")
    folders = {name: tmp_path / name for name in ("morning", "evening")}
    for name, folder in folders.items():
        for i in range(9):
            write(folder, f"{name}-{i}", f"{name} {i}", f"{TRAM} {name} {i}.")
        write(folder, "same", "الخبر نفسه", SOLAR)
    both = [
        subprocess.Popen(
            rawi_command("ingest", folder, "--json"),
            env=rawi_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for folder in folders.values()
    ]
    ends = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    reports = [json.loads(stdout) for stdout, _ in ends]
    assert sum(report["added"] for report in reports) >= 19
    assert sum(report["failed"] for report in reports) == 0
    with open_store() as store:
        assert store.check() == []
        titles = {info.title for info in store.catalogue.list_articles()}
        assert titles >= {f"{name} {i}" for name in folders for i in range(9)} | {"الخبر نفسه"}
        assert found(store, "المحطة الشمسية في تل الزيتون", k=1) == [SOLAR]


@pytest.mark.usefixtures("size")
def test_questions_are_answered_while_another_process_ingests(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("ingest", write(tmp_path / "old", "solar", "محطة", SOLAR)).exit_code == 0
    monkeypatch.setenv("RAWI_INGEST_BATCH_ARTICLES", "1")
    for i in range(16):
        write(tmp_path / "new", f"{i}", f"خبر {i}", f"{TRAM} " * 8, f"الخبر {i}.")
    with open_store() as reader:
        found(reader, "المحطة الشمسية")
        ingest = subprocess.Popen(
            rawi_command("ingest", tmp_path / "new"),
            env=rawi_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        sizes = questions_until(ingest, reader)
    assert ingest.returncode == 0
    assert len(sizes) >= 3, "no question was answered in the midst of it"


def questions_until(process: subprocess.Popen[bytes], reader: ArticleStore) -> set[int]:
    """Ask until ``process`` ends: how many articles the store had when a question was answered."""
    sizes = set()
    while process.poll() is None:
        assert SOLAR in found(reader, "من افتتح المحطة الشمسية؟", k=3)
        sizes.add(reader.catalogue.counts()["articles"])
    return sizes
