"""A store goes into one file and comes back, while others read and write, and whoever is killed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.fetching import FetchResult
from ingest.fetching.http_cache import HttpCache
from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import open_store
from tests.conftest import rawi_command, rawi_environment
from tests.integration.conftest import Typed
from tests.integration.killed_rawi import run_killed
from tests.integration.newsroom import everything, found
from tests.integration.test_processes import SOLAR, TRAM, Chat, write
from vectorstore.core.errors import FingerprintMismatchError, StoreError
from vectorstore.core.locks import WriterLock
from vectorstore.core.settings import StoreSettings
from vectorstore.maintenance import backup

QUESTIONS = ["متى يعود الترام الليلي؟", "من افتتح المحطة الشمسية في تل الزيتون؟", "خبر 3"]


@pytest.fixture
def news(tmp_path: Path) -> Path:
    for i in range(12):
        write(tmp_path / "news", f"{i}", f"خبر {i}", f"قطف المزارعون الزيتون في القرية رقم {i}.")
    write(tmp_path / "news", "tram", "عودة الترام الليلي", TRAM)
    return tmp_path / "news"


@pytest.fixture
def saved(home: Path, news: Path, tmp_path: Path, embedded: list[str]) -> Path:
    """A backup of the first edition, after which another article came and one went."""
    file = tmp_path / "rawi.tar.gz"
    ingest(news)
    with open_store() as store:
        store.back_up(file)
    write(news, "solar", "محطة شمسية", SOLAR)
    (news / "tram.txt").unlink()
    ingest(news)
    return file


def ingest(news: Path) -> None:
    with open_store(writable=True) as store:
        run_ingest(store, [news], options=IngestOptions(sync=True))


def state() -> dict[str, Any]:
    """All that a reader could see."""
    with open_store() as store:
        return everything(store, QUESTIONS)


def ids() -> set[str]:
    with open_store() as store:
        return set(store.catalogue.article_ids())


def restore(file: Path, **options: Any) -> None:
    with open_store(writable=True, check_fingerprint=False) as store:
        store.restore(file, **options)


def check_and_clean(home: Path) -> None:
    """The next writer finds a whole store and leaves nothing else there."""
    with open_store(writable=True) as store:
        store.finish_pending()
        assert store.check() == []
    names = {path.name.partition("-")[0] for path in (home / "store").iterdir()}
    files = {name for name in names if not name.endswith(".lock")}
    assert files <= {"catalogue.sqlite3", "vectors", "lexical"}, files
    assert len([path for path in (home / "store").iterdir() if path.is_dir()]) == 2


@pytest.mark.usefixtures("size")
def test_what_was_saved_comes_back_without_embedding_anything(
    home: Path, news: Path, tmp_path: Path, embedded: list[str]
) -> None:
    file = tmp_path / "rawi.tar.gz"
    ingest(news)
    before = state()
    with open_store() as store:
        manifest = store.back_up(file)
    assert (manifest.articles, manifest.passages) == (13, 13)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "home",
        "news",
        "rawi.tar.gz",
        "work",
    ]
    write(news, "solar", "محطة شمسية", SOLAR)
    (news / "tram.txt").unlink()
    ingest(news)
    embedded.clear()
    with open_store() as reader:
        assert found(reader, "المحطة الشمسية", k=1) == [SOLAR]
        restore(file)
        assert found(reader, "الترام الليلي", k=1) == [TRAM]
        assert SOLAR not in found(reader, "المحطة الشمسية")
    assert state() == before
    assert embedded == []
    check_and_clean(home)


def test_a_backup_fits_into_an_empty_home_and_ingest_goes_on_there(
    home: Path, saved: Path, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = ids()
    other = tmp_path / "other"
    monkeypatch.setenv("RAWI_HOME", str(other))
    restore(saved)
    assert "tram.txt" in ids() and "solar.txt" not in ids()
    check_and_clean(other)
    ingest(news)
    assert ids() == newer


def test_a_running_chat_answers_from_the_restored_store(
    home: Path, saved: Path, typed: Typed
) -> None:
    chat = Chat()
    try:
        assert "وزير الطاقة" in chat.ask(QUESTIONS[1])
        restored = typed("store", "restore", saved, "--yes")
        assert restored.exit_code == 0, restored.output
        assert "Restored 13 articles, 13 passages" in restored.stdout
        assert "وزير الطاقة" not in chat.ask(QUESTIONS[1])
        assert "الخميس" in chat.ask(QUESTIONS[0])
    finally:
        chat.close()


def test_a_backup_of_a_store_that_is_being_written_is_whole(
    home: Path, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedded: list[str]
) -> None:
    monkeypatch.setenv("RAWI_INGEST_BATCH_ARTICLES", "2")
    ingest(news)
    for i in range(20):
        write(tmp_path / "more", f"m{i}", f"خبر جديد {i}", f"{SOLAR} " * 4, f"الخبر {i}.")
    writer = subprocess.Popen(
        rawi_command("ingest", tmp_path / "more"),
        env=rawi_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    files: list[tuple[Path, int]] = []
    with open_store() as store:
        while writer.poll() is None:
            counted = store.catalogue.counts()["articles"]
            if len(files) < 3 and counted > (files[-1][1] if files else 13):
                file = tmp_path / f"{len(files)}.tar.gz"
                files.append((file, store.back_up(file).articles))
            with contextlib.suppress(subprocess.TimeoutExpired):
                writer.wait(0.05)
    assert writer.returncode == 0 and files, "nothing was saved while it wrote"
    monkeypatch.setenv("RAWI_HOME", str(tmp_path / "other"))
    for file, articles in files:
        restore(file)
        assert len(ids()) == articles >= 13
        check_and_clean(tmp_path / "other")


@pytest.mark.parametrize(
    ("method", "when", "done"),
    [
        ("vectorstore.catalogue.articles:Catalogue.bump_generation", "after", False),
        ("vectorstore.catalogue.database:CatalogueDatabase.overwrite_with", "before", False),
        ("vectorstore.catalogue.database:CatalogueDatabase.copy_to", "after", True),
        ("vectorstore.indexes.index_set:IndexSet.view", "before", True),
    ],
)
def test_a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(
    home: Path, saved: Path, method: str, when: str, done: bool
) -> None:
    old = state()
    command = ("store", "restore", saved, "--yes")
    run_killed(method, when, *command, environment=rawi_environment())
    assert ("tram.txt" in ids()) == done
    if not done:
        assert state() == old
    check_and_clean(home)
    restore(saved)
    assert "tram.txt" in ids() and "solar.txt" not in ids()
    check_and_clean(home)


def test_a_backup_that_is_killed_leaves_the_file_as_it_was(home: Path, saved: Path) -> None:
    before = saved.read_bytes()
    method = "vectorstore.catalogue.database:CatalogueDatabase.copy_to"
    command = ("store", "backup", saved, "--force")
    run_killed(method, "after", *command, environment=rawi_environment())
    assert saved.read_bytes() == before
    with open_store() as store:
        store.back_up(saved)
    assert backup.read_manifest(saved).articles == len(ids())
    check_and_clean(home)


def broken(file: Path) -> Iterator[tuple[str, bytes]]:
    """Files that are no backup, or no more."""
    whole = file.read_bytes()
    yield "cut off", whole[: len(whole) // 2]
    middle = len(whole) // 2
    yield "a byte changed", whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    yield "empty", b""
    yield "text", b"not an archive"
    yield "another archive", archive({"readme.txt": b"hello"})
    said = {"format": backup.BACKUP_FORMAT, "sha256": "0", "size": 3, "articles": 1, "passages": 1}
    said |= {"created": "2026-11-26", "fingerprint": None}
    manifest = json.dumps(said).encode()
    yield "no catalogue", archive({"manifest.json": manifest})
    yield "wrong checksum", archive({"manifest.json": manifest, "catalogue.sqlite3": b"abc"})
    newer = json.dumps({**said, "format": "rawi-store-9"}).encode()
    yield "a newer one", archive({"manifest.json": newer})
    yield "half a manifest", archive({"manifest.json": manifest[:40]})
    yield "not an object", archive({"manifest.json": b"{}"})
    yield "a list", archive({"manifest.json": b"[]"})
    yield "no figures", archive({"manifest.json": json.dumps({**said, "articles": "x"}).encode()})
    odd = json.dumps({**said, "fingerprint": "x"}).encode()
    yield "no fingerprint", archive({"manifest.json": odd})


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return out.getvalue()


def test_damaged_files_are_named_and_change_nothing(home: Path, saved: Path) -> None:
    old = state()
    for what, data in broken(saved):
        file = saved.with_name("broken.tar.gz")
        file.write_bytes(data)
        with pytest.raises(StoreError, match=r"broken\.tar\.gz"):
            restore(file)
            pytest.fail(what)
    with pytest.raises(StoreError, match="cannot be read"):
        restore(saved.with_name("missing.tar.gz"))
    assert state() == old
    check_and_clean(home)


def test_a_backup_of_other_settings_needs_a_word_and_then_a_rebuild(
    home: Path, saved: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed
) -> None:
    monkeypatch.setenv("RAWI_INGEST_PASSAGE_TOKENS", "48")
    refused = typed("store", "restore", saved, "--yes")
    assert refused.exit_code == 1
    assert "--anyway" in refused.stderr and "/256'" in refused.stderr and "/48'" in refused.stderr
    assert "tram.txt" not in listed(typed)
    assert typed("store", "restore", saved, "--yes", "--anyway").exit_code == 0
    assert "tram.txt" in listed(typed)
    with pytest.raises(FingerprintMismatchError, match="rawi store rebuild"):
        open_store()
    assert typed("store", "rebuild").exit_code == 0
    check_and_clean(home)


def listed(typed: Typed) -> set[str]:
    return {info["id"] for info in json.loads(typed("articles", "list", "--json").stdout)}


def test_the_command_asks_and_does_not_overwrite(home: Path, saved: Path, typed: Typed) -> None:
    exists = typed("store", "backup", saved)
    assert exists.exit_code == 2 and "--force" in exists.stderr
    written = typed("store", "backup", saved, "--force")
    assert written.exit_code == 0 and "13 articles, 13 passages in" in written.stdout
    asked = typed("store", "restore", saved)
    assert asked.exit_code == 2 and "--yes" in asked.stderr
    nowhere = typed("store", "backup", home / "no" / "such" / "folder.tar.gz")
    assert nowhere.exit_code == 1 and "cannot be written" in nowhere.stderr


def test_a_catalogue_beyond_repair_is_moved_aside(home: Path, saved: Path, typed: Typed) -> None:
    for suffix in ("", "-wal", "-shm"):
        path = home / "store" / f"catalogue.sqlite3{suffix}"
        if path.exists():
            path.write_bytes(os.urandom(5000))
    restored = typed("store", "restore", saved, "--yes")
    assert restored.exit_code == 0, restored.output
    assert "is damaged; it was moved to" in restored.stderr
    assert "restart it" in restored.stderr.replace("\n", " ")
    assert "tram.txt" in ids()
    (aside,) = (home / "store").glob("damaged-*")
    shutil.rmtree(aside)
    check_and_clean(home)


def damaged_catalogue(home: Path) -> Path:
    path = home / "store" / "catalogue.sqlite3"
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(os.urandom(5000))
    return path


def test_a_damaged_catalogue_stays_where_it_is_until_one_agrees(
    home: Path, saved: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = damaged_catalogue(home)
    damaged = path.read_bytes()
    monkeypatch.setattr("ingest.cli.backup.require_terminal", lambda yes, hint: None)
    refused = typed("store", "restore", saved)  # nothing is typed: no
    assert refused.exit_code == 1 and "Move it aside and restore?" in refused.stderr
    assert path.read_bytes() == damaged and not list((home / "store").glob("damaged-*"))


def test_a_damaged_catalogue_stays_where_it_is_for_a_backup_that_is_refused(
    home: Path, saved: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = damaged_catalogue(home)
    damaged, files = path.read_bytes(), {p.name for p in path.parent.iterdir()}
    broken_one = saved.with_name("broken.tar.gz")
    for what, data in broken(saved):
        broken_one.write_bytes(data)
        refused = typed("store", "restore", broken_one, "--yes")
        assert refused.exit_code == 1 and "broken.tar.gz" in refused.stderr, what
        assert "Traceback" not in refused.output
    monkeypatch.setenv("RAWI_INGEST_PASSAGE_TOKENS", "48")
    refused = typed("store", "restore", saved, "--yes")
    assert refused.exit_code == 1 and "--anyway" in refused.stderr
    monkeypatch.delenv("RAWI_INGEST_PASSAGE_TOKENS")
    monkeypatch.setenv("RAWI_STORE_LOCK_TIMEOUT", "0.2")
    with WriterLock(path.parent, "write", 5).hold():  # somebody is writing
        assert typed("store", "restore", saved, "--yes").exit_code == 1
    assert path.read_bytes() == damaged
    locks = {p.name for p in path.parent.iterdir() if p.suffix == ".lock"}
    assert {p.name for p in path.parent.iterdir()} - locks == files - locks
    monkeypatch.delenv("RAWI_STORE_LOCK_TIMEOUT")
    assert typed("store", "restore", saved, "--yes").exit_code == 0
    assert "tram.txt" in ids()


def test_pages_are_fetched_whole_after_a_restore(home: Path, saved: Path, typed: Typed) -> None:
    url = "https://a.example/1"
    with HttpCache(home) as cache:
        cache.add_pending(url, url, FetchResult(url, b"", etag='"1"'))
        cache.commit_article(url)
    assert typed("store", "restore", saved, "--yes").exit_code == 0
    with HttpCache(home) as cache:
        assert cache.get_page(url) is None


def test_runs_can_still_be_undone_after_a_restore(home: Path, saved: Path, typed: Typed) -> None:
    restore(saved)
    (run,) = json.loads(typed("ingest", "runs", "--json").stdout)
    assert run["added"] == 13
    assert typed("ingest", "undo", run["id"], "--yes").exit_code == 0
    assert ids() == set()
    assert StoreSettings().store_path.exists()
