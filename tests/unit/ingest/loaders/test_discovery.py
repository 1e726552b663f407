from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ingest.loaders import Discovered, LoadResult, discover

STORY = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد بعد أعمال استمرت عامين كاملين.\n"


def story(path: Path, text: str = STORY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(*paths: Path, max_bytes: int = 10_000) -> list[Discovered]:
    return list(discover(paths, max_bytes=max_bytes))


def ids(*paths: Path) -> list[str]:
    """Ids of the articles under ``paths``, all of which can be read."""
    loaded = [loaded for file in found(*paths) for loaded in file.load()]
    assert [loaded.problem for loaded in loaded if loaded.problem] == []
    return [loaded.article.id for loaded in loaded if loaded.article]


def refused(path: Path, *, max_bytes: int = 10_000) -> LoadResult:
    """What is said of the one thing under ``path``, which cannot be read."""
    (file,) = found(path, max_bytes=max_bytes)
    (loaded,) = file.load()
    assert loaded.article is None and loaded.problem and loaded.remedy
    assert "\n" not in loaded.problem + loaded.remedy
    return loaded


def test_a_folder_is_read_whole_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/2.md", "a/10.TXT", "c/d/e.markdown"):
        story(tmp_path / name)
    assert ids(tmp_path) == ["a/10.TXT", "a/2.md", "b.txt", "c/d/e.markdown"]


def test_a_file_named_outright_has_its_name_as_id(tmp_path: Path) -> None:
    assert ids(story(tmp_path / "deep" / "down" / "خبر.txt")) == ["خبر.txt"]


def test_hidden_files_and_folders_are_left_out_unless_named(tmp_path: Path) -> None:
    hidden = story(tmp_path / ".draft.txt")
    story(tmp_path / ".git" / "note.txt")
    story(tmp_path / "a.txt")
    assert ids(tmp_path) == ["a.txt"]
    assert ids(hidden) == [".draft.txt"]


def test_what_lies_beside_articles_and_is_none_fails_nothing_unless_named(tmp_path: Path) -> None:
    page = story(tmp_path / "s" / "خبر.html", f"<html><body><p>{STORY * 2}</p></body></html>")
    for name in ("ad.html", "style.css", "1.jpg"):
        story(page.parent / "خبر_files" / name)
    for name in ("Thumbs.db", "desktop.ini", "~$a.docx", "a.txt~", "b.pdf.crdownload"):
        story(tmp_path / name)
    story(tmp_path / "photos.jpg" / "a.txt")
    for name in ("1.jpg", "2.JPG", "3.mp4"):
        story(tmp_path / name)
    assert ids(tmp_path) == ["photos.jpg/a.txt", "s/خبر.html"]
    (note,) = (file.failure for file in found(tmp_path) if file.failure)
    assert (note.place, note.skipped) == (str(tmp_path), "3 files that hold no text (.jpg .mp4)")
    assert (refused(tmp_path / "1.jpg").problem or "").startswith("unsupported kind .jpg")
    assert "unsupported kind .db" in (refused(tmp_path / "Thumbs.db").problem or "")


def test_a_missing_path_is_named_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = refused(Path("news/today.txt"))
    assert loaded.place == "news/today.txt"
    assert loaded.problem == "no such file or folder"
    assert "spelling" in (loaded.remedy or "")


def test_an_empty_file_is_told_from_one_with_nothing_to_read(tmp_path: Path) -> None:
    assert refused(story(tmp_path / "empty.txt", "")).problem == "the file is empty"
    assert refused(story(tmp_path / "blank.txt", " \n\u00a0\n")).problem == "no text"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json", "a.jsonl"])
def test_a_binary_under_the_name_of_a_text_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert refused(path).problem == "binary, not text (PNG)"


def test_an_unsupported_kind_is_told_what_is_supported(tmp_path: Path) -> None:
    error = refused(story(tmp_path / "book.ODT")).problem or ""
    assert error.startswith("unsupported kind .odt; supported: ")
    assert {".txt", ".md", ".json", ".jsonl"} <= set(error.split())
    assert "file without a suffix" in (refused(story(tmp_path / "README")).problem or "")


def test_an_enormous_file_is_told_the_limit_and_the_setting_that_raises_it(tmp_path: Path) -> None:
    loaded = refused(story(tmp_path / "big.txt", "x" * 2_500_000), max_bytes=1_000_000)
    assert loaded.problem == "too large: 2.5 MB, the limit is 1.0 MB"
    assert "RAWI_INGEST_MAX_FILE_MB" in (loaded.remedy or "")


def test_json_lines_may_be_of_any_size_for_they_are_read_one_by_one(tmp_path: Path) -> None:
    line = '{"id": "%d", "text": "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد."}\n'
    path = story(tmp_path / "all.jsonl", "".join(line % number for number in range(500)))
    assert len(ids(path)) == 500


def test_a_folder_with_the_name_of_a_file_is_a_folder(tmp_path: Path) -> None:
    story(tmp_path / "x.txt" / "a.txt")
    assert ids(tmp_path) == ["x.txt/a.txt"]


def test_pipes_and_sockets_are_refused_without_waiting_for_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert refused(tmp_path / "pipe.txt").problem == "not a regular file"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket.txt"))  # absolute ones may be too long
        assert refused(tmp_path / "socket.txt").problem == "not a regular file"


def test_a_name_that_can_be_no_path_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "a\0b.txt").problem == "not a path"


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    story(tmp_path / "a" / "1.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert ids(tmp_path) == ["a/1.txt"]


def test_a_link_to_itself_is_a_failure_and_the_rest_is_read(tmp_path: Path) -> None:
    story(tmp_path / "a.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    good, bad = found(tmp_path)
    assert good.loader and bad.failure
    assert "too many levels of symbolic links" in (bad.failure.problem or "")


def test_a_link_to_nothing_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "elsewhere.txt")
    assert refused(tmp_path).problem == "no such file or folder"


def test_linked_folders_are_read(tmp_path: Path) -> None:
    story(tmp_path / "archive" / "1.txt")
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "old").symlink_to(tmp_path / "archive")
    assert ids(tmp_path / "news") == ["old/1.txt"]


def test_a_file_met_twice_counts_once(tmp_path: Path) -> None:
    path = story(tmp_path / "a.txt")
    (tmp_path / "link.txt").symlink_to(path)
    assert ids(path, path) == ["a.txt"]
    assert ids(tmp_path, path, tmp_path) == ["a.txt"]
    assert ids(tmp_path / "link.txt", tmp_path) == ["link.txt"]


def test_what_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    for name, text in {"1.txt": STORY, "2.txt": "", "3.exe": "x", "4.txt": STORY}.items():
        story(tmp_path / name, text)
    files = found(tmp_path, tmp_path / "missing")
    assert [bool(file.failure) for file in files] == [False, True, True, False, True]
    assert [Path(file.place).name for file in files if file.loader] == ["1.txt", "4.txt"]
