from __future__ import annotations

from pathlib import Path

import pytest

from vectorstore.embedding.default_model.atomic_folder import (
    build_folder,
    remove_leftovers,
)
from vectorstore.embedding.default_model.model_cache import is_intact


def write_model(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "model.bin").write_bytes(b"x" * 1000)
    (folder / "sub" / "config.json").write_text("{}")


def test_a_built_folder_is_intact(tmp_path: Path) -> None:
    build_folder(tmp_path / "model", write_model)
    assert is_intact(tmp_path / "model")
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_is_not_there_is_not_intact(tmp_path: Path) -> None:
    assert not is_intact(tmp_path / "model")


@pytest.mark.parametrize("damage", ["truncated", "missing", "manifest gone", "manifest garbled"])
def test_damage_is_noticed(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "model"
    build_folder(folder, write_model)
    if damage == "truncated":
        (folder / "model.bin").write_bytes(b"x" * 999)
    elif damage == "missing":
        (folder / "sub" / "config.json").unlink()
    elif damage == "manifest gone":
        (folder / "manifest.json").unlink()
    else:
        (folder / "manifest.json").write_text("[1, 2")
    assert not is_intact(folder)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def fail_halfway(folder: Path) -> None:
        write_model(folder)
        raise error

    with pytest.raises(type(error)):
        build_folder(tmp_path / "model", fail_halfway)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rebuild_keeps_what_was_there(tmp_path: Path) -> None:
    def fail(_folder: Path) -> None:
        raise OSError("disk full")

    build_folder(tmp_path / "model", write_model)
    with pytest.raises(OSError, match="disk full"):
        build_folder(tmp_path / "model", fail)
    assert is_intact(tmp_path / "model")


def test_a_damaged_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "stray.bin").write_bytes(b"old")
    build_folder(folder, write_model)
    assert is_intact(folder)
    assert not (folder / "stray.bin").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_leftovers_of_killed_builds_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".building-abc").mkdir()
    (tmp_path / ".building-abc" / "model.bin").write_bytes(b"half")
    (tmp_path / ".discarded-abc").mkdir()
    build_folder(tmp_path / "model", write_model)
    remove_leftovers(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
