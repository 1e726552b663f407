from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from ingest.articles.files import (
    id_from_path,
    is_within,
    origin,
    origin_exists,
    read_bytes,
    unsupported,
)
from ingest.core.errors import LoadError


def test_the_id_of_a_file_is_its_path_under_the_root_composed(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "café.txt")
    assert id_from_path(tmp_path / "news" / name, tmp_path) == "news/café.txt"
    assert id_from_path(Path("/elsewhere/a.txt"), tmp_path) == "a.txt"


def test_a_file_whose_name_is_not_utf_8_is_found_by_its_origin(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xc8\xe4.txt"))
    path.write_text("نص", "utf-8")
    assert r"\xc8\xe4.txt" in origin(path) and origin_exists(origin(path))
    assert not origin_exists(str(tmp_path / "b.txt"))


def test_a_folder_contains_by_whole_names() -> None:
    assert is_within("/news/a/b.txt", "/news/a") and is_within("/news/a", "/news/a")
    assert not is_within("/news/ab.txt", "/news/a")


def test_errors_say_why_a_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as missing:
        read_bytes(tmp_path / "a.txt")
    assert missing.value.code == "no_such_file"
    with pytest.raises(LoadError) as folder:
        read_bytes(tmp_path)
    assert folder.value.code == "read_failed"
    assert unsupported("", [".txt"]).code == "no_suffix"
    assert unsupported(".xyz", [".txt"]).code == "unsupported_type"
