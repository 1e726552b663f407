"""Fingerprints, migration, and stores whose folders are damaged."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.newsroom import (
    article,
    by_paragraph,
    by_sentence,
    contents,
    everything,
    found,
    put,
)
from vectorstore.core.errors import FingerprintMismatchError, StoreError
from vectorstore.indexes import brute_force_index, chroma_index
from vectorstore.maintenance.rebuild import RebuildResult
from vectorstore.store import ArticleStore

BUDGET = "أقر البرلمان الميزانية. ترفع الميزانية الضرائب على التبغ"
MATCH = "فاز المنتخب في المباراة النهائية"
NEWS = [article("budget", BUDGET, title="الميزانية"), article("match", MATCH, title="الكأس")]
QUESTIONS = ["الضرائب على التبغ", "من فاز في المباراة؟"]

Opened = Callable[..., ArticleStore]

pytestmark = pytest.mark.usefixtures("size")


def folders(home: Path) -> list[str]:
    return sorted(p.name for p in (home / "store").iterdir() if p.is_dir())


# -- fingerprint ------------------------------------------------------------------------------


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize(
    ("settings", "both"),
    [
        ({"chunker_id": "sentences-9"}, ("'paragraphs-1'", "'sentences-9'")),
        ({"passage_prefix": "نص: "}, ("|passage: '", "|نص: '")),
        ({"model": "BAAI/bge-m3"}, ("'default'", "'BAAI/bge-m3'")),
    ],
)
def test_a_mismatch_names_both_and_the_remedy_and_writes_nothing(
    opened: Opened, home: Path, settings: dict[str, str], both: tuple[str, str], writable: bool
) -> None:
    with opened() as store:
        put(store, *NEWS)
    before = contents(home / "store")
    with pytest.raises(FingerprintMismatchError) as refusal:
        opened(writable=writable, **settings)
    assert all(name in str(refusal.value) for name in (*both, "rawi store rebuild"))
    assert contents(home / "store") == before


def test_a_writer_that_was_open_before_a_migration_is_stopped(opened: Opened) -> None:
    old, new = opened(), opened(chunker_id="sentences-9", check_fingerprint=False)
    put(old, *NEWS)
    new.rebuild(by_sentence)
    with pytest.raises(FingerprintMismatchError):
        put(old, article("late", MATCH))
    with pytest.raises(FingerprintMismatchError):
        old.search("المباراة")
    assert new.get("late") is None and new.check() == []


# -- rebuild ----------------------------------------------------------------------------------


def test_a_rebuild_with_nothing_changed_changes_nothing_a_reader_sees(
    opened: Opened, home: Path, embedded: list[str]
) -> None:
    store = opened()
    put(store, *NEWS)
    before = everything(store, QUESTIONS)
    embedded.clear()
    heard: list[tuple[int, int]] = []
    result = store.rebuild(None, progress=lambda done, total: heard.append((done, total)))
    assert result == RebuildResult(articles=2, passages=2, reused=2, embedded=0)
    assert heard[-1] == (2, 2) and embedded == []
    assert everything(store, QUESTIONS) == before and store.check() == []
    assert folders(home) == ["lexical-2", "vectors-2"]
    assert store.rebuild(None).reused == 2 and folders(home) == ["lexical-3", "vectors-3"]


def test_another_way_of_cutting_keeps_the_vectors_of_equal_passages(
    opened: Opened, embedded: list[str]
) -> None:
    put(opened(), *NEWS)
    embedded.clear()
    store = opened(chunker_id="sentences-9", check_fingerprint=False)
    result = store.rebuild(by_sentence)
    assert result == RebuildResult(articles=2, passages=3, reused=1, embedded=2)
    assert len(embedded) == 2 and store.check() == []
    assert found(store, QUESTIONS[0], k=1) == ["ترفع الميزانية الضرائب على التبغ"]
    assert put(opened(chunker_id="sentences-9"), *NEWS) == [("unchanged", 0)] * 2


def test_another_way_of_cutting_needs_a_chunker(opened: Opened) -> None:
    put(opened(), *NEWS)
    store = opened(chunker_id="sentences-9", check_fingerprint=False)
    with pytest.raises(StoreError, match=r"'paragraphs-1'.*'sentences-9'"):
        store.rebuild(None)


def test_another_model_embeds_everything_again(opened: Opened, embedded: list[str]) -> None:
    put(opened(), *NEWS)
    embedded.clear()
    store = opened(passage_prefix="نص: ", check_fingerprint=False)
    assert store.rebuild(None) == RebuildResult(articles=2, passages=2, reused=0, embedded=2)
    assert sorted(embedded) == sorted([f"الميزانية\n{BUDGET}", f"الكأس\n{MATCH}"])
    stored = opened(passage_prefix="نص: ").stored_fingerprint()
    assert stored is not None and stored.model is not None and stored.model.endswith("|نص: ")


def test_an_empty_store_is_rebuilt_in_no_time(opened: Opened) -> None:
    assert opened().rebuild(by_paragraph) == RebuildResult()


@pytest.mark.parametrize("recut", [True, False])
def test_a_rebuild_that_breaks_off_has_changed_nothing(
    opened: Opened, home: Path, recut: bool
) -> None:
    store = opened()
    put(store, *NEWS)
    before = everything(store, QUESTIONS)

    def break_off(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.rebuild(by_sentence if recut else None, progress=break_off)
    assert folders(home) == ["lexical-1", "vectors-1"]
    assert everything(store, QUESTIONS) == before and store.check() == []


def test_the_next_writer_removes_what_a_killed_rebuild_left(opened: Opened, home: Path) -> None:
    store = opened()
    put(store, *NEWS)
    shutil.copytree(home / "store" / "vectors-1", home / "store" / "vectors-7")
    (home / "store" / "lexical-7").mkdir()
    store.catalogue.begin_staging()
    put(store, article("more", "هطلت الأمطار"))
    assert folders(home) == ["lexical-1", "vectors-1"]
    assert not store.catalogue.has_staging() and store.check() == []


def test_a_reader_goes_on_through_a_rebuild(opened: Opened) -> None:
    writer = opened()
    put(writer, *NEWS)
    reader = opened(writable=False)
    assert found(reader, QUESTIONS[1], k=1) == [MATCH]
    during: list[list[str]] = []
    writer.rebuild(None, progress=lambda *_: during.append(found(reader, QUESTIONS[1], k=1)))
    assert during == [[MATCH]] and found(reader, QUESTIONS[1], k=1) == [MATCH]


# -- damage -----------------------------------------------------------------------------------


def tear(folder: Path) -> None:
    """Leave every file with half of its bytes, as a kill while it was written might."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def tear_saved_graph(folder: Path) -> None:
    """What Chroma leaves when it is killed while it saves its graph."""
    saved = list(folder.rglob("index_metadata.pickle"))
    assert saved, "the graph was never saved"
    tear(saved[0].parent)


def leave_mark(folder: Path) -> None:
    """What a process leaves that was killed while Chroma was at work."""
    (folder / chroma_index.MARKER_FILE).touch()
    tear_saved_graph(folder)  # which must not even be looked at


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("vectors", leave_mark),
        ("vectors", tear_saved_graph),
        ("vectors", tear),
        ("vectors", shutil.rmtree),
        ("lexical", tear),
        ("lexical", shutil.rmtree),
    ],
)
def test_damage_is_survived_reported_and_mended_without_the_model(
    opened: Opened,
    home: Path,
    embedded: list[str],
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    damage: Callable[[Path], None],
) -> None:
    monkeypatch.setitem(chroma_index.HNSW_OPTIONS, "sync_threshold", 2)
    needs_chroma = brute_force_index.MAX_EXACT_PASSAGES == 0
    with opened() as store:
        put(store, *NEWS, article("more", "هطلت الأمطار"))
        before = everything(store, QUESTIONS)
    damage(home / "store" / f"{part}-1")
    told: list[str] = []

    reader = opened(writable=False, notify=told.append)
    assert [found(reader, q, k=1) for q in QUESTIONS] == [[BUDGET], [MATCH]]
    problems = reader.check()
    assert problems and all("rawi store rebuild" in problem for problem in problems)

    embedded.clear()
    with opened(notify=told.append) as writer:
        put(writer, NEWS[0])
        assert writer.check() == []
        assert everything(writer, QUESTIONS) == before
    assert embedded == []
    # A reader of a small store does without Chroma; everybody else is told.
    assert len(told) == 1 + (part == "lexical" or needs_chroma)
    assert all(f"{part}-1" in message for message in told)
    assert everything(reader, QUESTIONS) == before, "the reader sees the mended index"


def test_a_damaged_catalogue_is_explained(opened: Opened, home: Path) -> None:
    with opened() as store:
        put(store, *NEWS)
    (home / "store" / "catalogue.sqlite3").write_bytes(b"not a database" * 100)
    with pytest.raises(
        StoreError, match=r"cannot be opened.*restore a backup.*ingest the articles again"
    ):
        opened()


def test_a_full_disk_is_no_reason_to_give_a_store_up(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **settings: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    monkeypatch.setattr("vectorstore.store.Catalogue", full)
    with pytest.raises(StoreError, match="room on the disk") as refused:
        opened()
    assert "move it away" not in str(refused.value)
