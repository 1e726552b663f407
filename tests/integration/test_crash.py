"""Killed at any moment, an ingest is finished by the next one as if nothing had happened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import open_store
from tests.conftest import rawi_environment
from tests.integration.killed_rawi import run_killed
from tests.integration.newsroom import everything
from vectorstore.core.settings import StoreSettings
from vectorstore.embedding import loading
from vectorstore.embedding.embedder import Embedder

Place = tuple[str, str]
"""A method, and ``before`` or ``after`` it."""
Killed = dict[tuple[str, Place], "Future[Path]"]

TOPICS = [
    "وصل القطار إلى المحطة",
    "فاز الفريق بالكأس",
    "هطلت الأمطار على الساحل",
    "ارتفع سعر القمح",
]
QUESTIONS = ["متى وصل القطار رقم 3؟", "من فاز بالكأس؟", "النسخة الثانية من خبر القمح", "خبر جديد"]


def write(folder: Path, number: int, *lines: str) -> None:
    (folder / f"{number:02}.txt").write_text(f"خبر رقم {number}\n\n" + "\n\n".join(lines), "utf-8")


def first_edition(folder: Path) -> None:
    for i in range(32):
        write(folder, i, f"{TOPICS[i % 4]} رقم {i}. " * (1 + i % 3 * 12))


def more_articles(folder: Path) -> None:
    for i in range(32, 38):
        write(folder, i, f"خبر جديد: {TOPICS[i % 4]} رقم {i}. " * 3)


def second_edition(folder: Path) -> None:
    """Of 32 articles 8 change, four of them to something shorter, and two are removed."""
    for i in range(8):
        write(folder, i, f"النسخة الثانية من خبر {TOPICS[i % 4]} رقم {i}.")
    for i in (30, 31):
        (folder / f"{i}.txt").unlink()


class Newspaper:
    """A folder of articles in its second edition, and stores of earlier states.

    Attributes:
        first: Has the first edition.
        added: Has the articles that were added, but not those that changed.
        whole: Has the second edition.
    """

    def __init__(self, root: Path, model: Embedder) -> None:
        self.model = model
        self.paper = root / "paper"
        self.first, self.added, self.whole = root / "first", root / "added", root / "whole"
        self.paper.mkdir()
        first_edition(self.paper)
        self.finish(self.first)
        more_articles(self.paper)
        shutil.copytree(self.first, self.added)
        self.finish(self.added)
        second_edition(self.paper)
        shutil.copytree(self.added, self.whole)
        self.expected = self.finish(self.whole)

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


CATALOGUE = "vectorstore.catalogue.articles:Catalogue."
INDEXES = "vectorstore.indexes.index_set:IndexSet."
LEXICAL = "vectorstore.indexes.tantivy_index:TantivyWriter."

ADDING = [
    (CATALOGUE + "open_journal", "after"),
    ("chromadb.api.models.Collection:Collection.upsert", "after"),
    (LEXICAL + "add", "after"),
    (CATALOGUE + "replace", "after"),
    (INDEXES + "record_state", "before"),
]
"""The steps of a write, of which each may be the last of a killed process.

Of steps between which nothing is committed, the last stands for all.
"""
REPLACING = [
    (LEXICAL + "add", "after"),
    (INDEXES + "record_state", "before"),
    (LEXICAL + "delete_passages", "after"),
    (CATALOGUE + "close_journal", "after"),
    (CATALOGUE + "delete", "after"),
]
"""Of a run that only replaces and removes articles."""


def kill_point(place: Place) -> str:
    return " ".join(place)


@pytest.fixture(scope="module")
def killed(newspaper: Newspaper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    """For each kill point the store of an ingest killed there; two run at a time."""
    root = tmp_path_factory.mktemp("killed")

    def kill(before: Path, place: Place) -> Path:
        home = Path(shutil.copytree(before, root / f"{before.name}-{kill_point(place)}"))
        environment = newspaper.environment(home)
        run_killed(*place, *newspaper.arguments, environment=environment)
        return home

    runs = [(newspaper.first, p) for p in ADDING] + [(newspaper.added, p) for p in REPLACING]
    with ThreadPoolExecutor(2) as pool:
        yield {(before.name, place): pool.submit(kill, before, place) for before, place in runs}


@pytest.mark.parametrize("place", ADDING, ids=kill_point)
def test_killed_while_adding_articles(newspaper: Newspaper, killed: Killed, place: Place) -> None:
    assert newspaper.finish(killed[newspaper.first.name, place].result()) == newspaper.expected


@pytest.mark.parametrize("place", REPLACING, ids=kill_point)
def test_killed_while_replacing_articles(
    newspaper: Newspaper, killed: Killed, place: Place
) -> None:
    assert newspaper.finish(killed[newspaper.added.name, place].result()) == newspaper.expected


@pytest.mark.parametrize(
    "place",
    [
        (CATALOGUE + "add_passages", "after"),
        (CATALOGUE + "bump_generation", "after"),
        (INDEXES + "view", "before"),
    ],
    ids=kill_point,
)
def test_killed_while_rebuilding(newspaper: Newspaper, tmp_path: Path, place: Place) -> None:
    """Readers and the next writer find the old state or the new one, and nothing else."""
    home = Path(shutil.copytree(newspaper.whole, tmp_path / "home"))
    environment = {**newspaper.environment(home), "RAWI_INGEST_PASSAGE_TOKENS": "48"}
    run_killed(*place, "store", "rebuild", environment=environment)
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
