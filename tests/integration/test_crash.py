"""Killed at any moment, an ingest is finished by the next one as if nothing had happened."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import open_store
from tests.conftest import rawi_command, rawi_environment
from tests.integration.newsroom import everything
from vectorstore.core.settings import StoreSettings
from vectorstore.embedding import loading
from vectorstore.embedding.embedder import Embedder

Place = tuple[str, str, int]
Killed = dict[Place, "Future[Path]"]

KILLED_RAWI = Path(__file__).with_name("killed_rawi.py")
TOPICS = [
    "وصل القطار إلى المحطة",
    "فاز الفريق بالكأس",
    "هطلت الأمطار على الساحل",
    "ارتفع سعر القمح",
]
QUESTIONS = ["متى وصل القطار رقم 3؟", "من فاز بالكأس؟", "النسخة الثانية من خبر القمح", "خبر جديد"]
FRACTIONS = (0.6, 0.75, 0.9)


def write(folder: Path, number: int, *lines: str) -> None:
    (folder / f"{number:02}.txt").write_text(f"خبر رقم {number}\n\n" + "\n\n".join(lines), "utf-8")


def first_edition(folder: Path) -> None:
    for i in range(32):
        write(folder, i, f"{TOPICS[i % 4]} رقم {i}. " * (1 + i % 3 * 12))


def second_edition(folder: Path) -> None:
    """Of 32 articles 8 change, four of them to something shorter, two go; 6 come."""
    for i in range(8):
        write(folder, i, f"النسخة الثانية من خبر {TOPICS[i % 4]} رقم {i}.")
    for i in range(32, 38):
        write(folder, i, f"خبر جديد: {TOPICS[i % 4]} رقم {i}. " * 3)
    for i in (30, 31):
        (folder / f"{i}.txt").unlink()


class Newspaper:
    """A folder of articles in its second edition, and a store that knows the first."""

    def __init__(self, root: Path, model: Embedder) -> None:
        self.model = model
        self.paper, self.first, self.whole = root / "paper", root / "first", root / "whole"
        self.paper.mkdir()
        first_edition(self.paper)
        self.finish(self.first)
        second_edition(self.paper)
        shutil.copytree(self.first, self.whole)
        begun = time.monotonic()
        subprocess.run(self.command(), env=self.environment(self.whole), check=True)
        self.seconds = time.monotonic() - begun
        self.expected = self.finish(self.whole)

    def command(self) -> list[str]:
        return rawi_command(*self.arguments)

    @property
    def arguments(self) -> list[str]:
        return ["ingest", str(self.paper), "--sync", "--yes", "--json"]

    def environment(self, home: Path) -> dict[str, str]:
        return {**rawi_environment(), "RAWI_HOME": str(home), "RAWI_INGEST_BATCH_ARTICLES": "4"}

    def finish(self, home: Path) -> dict[str, Any]:
        """The next run; all that can then be seen, and that the store is clean."""
        with open_store(StoreSettings(home=home), writable=True) as store:
            report = run_ingest(store, [self.paper], options=IngestOptions(sync=True))
            assert report.failed == 0
            problems = store.check()
            assert problems == []
            return everything(store, QUESTIONS)


@pytest.fixture(scope="module")
def newspaper(
    tmp_path_factory: pytest.TempPathFactory, model: Embedder, models_dir: Path
) -> Iterator[Newspaper]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("RAWI_")]:
            patch.delenv(name)
        patch.setenv("RAWI_STORE_MODELS_DIR", str(models_dir))
        patch.setattr(loading, "load_embedder", lambda *_, **__: model)
        root = tmp_path_factory.mktemp("newspaper")
        patch.chdir(root)
        yield Newspaper(root, model)


@pytest.fixture
def home(newspaper: Newspaper, tmp_path: Path) -> Path:
    """A store that knows the first edition."""
    return Path(shutil.copytree(newspaper.first, tmp_path / "home"))


CATALOGUE = "vectorstore.catalogue.articles:Catalogue."
INDEXES = "vectorstore.indexes.index_set:IndexSet."
VECTORS = "vectorstore.indexes.chroma_index:ChromaIndex."
LEXICAL = "vectorstore.indexes.tantivy_index:TantivyWriter."

PLACES = [
    (CATALOGUE + "open_journal", "after", 1),
    (
        "vectorstore.indexes.chroma_index:_Shared.batch_size",
        "after",
        1,
    ),  # in the midst of Chroma's work
    (VECTORS + "upsert", "after", 1),
    (LEXICAL + "add", "after", 2),
    (CATALOGUE + "replace", "before", 1),
    (CATALOGUE + "replace", "after", 3),
    (INDEXES + "adopt", "before", 1),
    # The third batch is the first that replaces articles.
    (LEXICAL + "add", "after", 9),
    (INDEXES + "adopt", "before", 3),
    (VECTORS + "delete", "before", 1),
    (VECTORS + "delete", "after", 1),
    (LEXICAL + "delete_passages", "after", 1),
    (CATALOGUE + "close_journal", "after", 3),
    # At last the articles whose files are gone are removed.
    (CATALOGUE + "delete", "after", 1),
    (INDEXES + "adopt", "after", 7),
    (VECTORS + "delete", "after", 3),
]


def run_killed(place: Place, arguments: list[str], environment: dict[str, str]) -> None:
    """Run ``rawi`` with ``arguments``; it must come to that place, and be killed there."""
    killed = subprocess.run(
        [sys.executable, str(KILLED_RAWI), *map(str, place), *arguments],
        env=environment,
        capture_output=True,
        timeout=240,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()


@pytest.fixture(scope="module")
def killed(newspaper: Newspaper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """For each of ``PLACES`` the store of an ingest killed there; two run at a time."""
    root = tmp_path_factory.mktemp("killed")

    def kill(number: int, place: Place) -> Path:
        home = Path(shutil.copytree(newspaper.first, root / str(number)))
        run_killed(place, newspaper.arguments, newspaper.environment(home))
        return home

    with ThreadPoolExecutor(2) as pool:
        yield {place: pool.submit(kill, i, place) for i, place in enumerate(PLACES)}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join(map(str, place)))
def test_killed_at_a_place(newspaper: Newspaper, killed: Killed, place: Place) -> None:
    assert newspaper.finish(killed[place].result()) == newspaper.expected


@pytest.mark.parametrize("fraction", FRACTIONS)
def test_killed_at_a_time(newspaper: Newspaper, home: Path, fraction: float) -> None:
    process = subprocess.Popen(
        newspaper.command(),
        env=newspaper.environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(newspaper.seconds * fraction)
    process.kill()
    assert process.wait() in (0, -signal.SIGKILL)
    assert newspaper.finish(home) == newspaper.expected


def journal_length(home: Path) -> int:
    with contextlib.closing(sqlite3.connect(home / "store" / "catalogue.sqlite3")) as catalogue:
        return int(catalogue.execute("SELECT count(*) FROM journal").fetchone()[0])


@pytest.mark.parametrize(("batch", "delay"), [(1, 0.0), (3, 0.03)])
def test_killed_when_others_see_it_write(
    newspaper: Newspaper, tmp_path: Path, batch: int, delay: float
) -> None:
    # On a busy machine a process may end before this one comes to kill it.
    for number in range(20):
        home = Path(shutil.copytree(newspaper.first, tmp_path / str(number)))
        if killed_while_it_writes(newspaper, home, batch, delay):
            assert newspaper.finish(home) == newspaper.expected
            return
    raise AssertionError("it always ended before it was killed")


def killed_while_it_writes(newspaper: Newspaper, home: Path, batch: int, delay: float) -> bool:
    """Whether an ingest could be killed in its ``batch``-th batch, or later."""
    process = subprocess.Popen(
        newspaper.command(),
        env=newspaper.environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(batch):
        wait_until(lambda: journal_length(home) == 0 or process.poll() is not None)
        wait_until(lambda: journal_length(home) > 0 or process.poll() is not None)
    time.sleep(delay)
    process.kill()
    return process.wait() == -signal.SIGKILL


def wait_until(happened: Callable[[], bool], seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.001)


@pytest.mark.parametrize(
    "place",
    [
        (VECTORS + "upsert", "after", 1),
        (CATALOGUE + "add_passages", "after", 5),
        (CATALOGUE + "bump_generation", "after", 1),
        (INDEXES + "view", "before", 1),
    ],
    ids=lambda place: " ".join(map(str, place)),
)
def test_a_rebuild_killed_at_a_place(newspaper: Newspaper, tmp_path: Path, place: Place) -> None:
    """Readers and the next writer find the old state or the new one, and nothing else."""
    home = Path(shutil.copytree(newspaper.whole, tmp_path / "home"))
    environment = {**newspaper.environment(home), "RAWI_INGEST_PASSAGE_TOKENS": "48"}
    run_killed(place, ["store", "rebuild"], environment)
    if place[0].endswith("IndexSet.view"):  # all was switched, but the old folders are still there
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAWI_INGEST_PASSAGE_TOKENS", "48")
            finished = newspaper.finish(home)
        assert finished["articles"] == newspaper.expected["articles"]
        assert finished["passages"] != newspaper.expected["passages"]
    else:
        assert newspaper.finish(home) == newspaper.expected
    folders = [path.name for path in (home / "store").iterdir() if path.is_dir()]
    assert len(folders) == 2, folders
