"""Archives: what is in them is read as if it lay in a folder, and nothing gets out of hand."""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.articles.loader_protocol import LoadResult
from ingest.core.limits import Limits
from ingest.loaders import discover
from ingest.loaders.documents.markdown import MarkdownLoader

TEXT = "افتتح وزير النقل أمس جسر النورس، الذي يربط ضفتي نهر سلوى."
Files = dict[str, bytes | str]


def packed(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def load(path: Path, data: bytes | None = None, **limits: int) -> list[LoadResult]:
    if data is not None:
        path.write_bytes(data)
    files = discover([path], limits=Limits(**limits))
    return [loaded for file in files for loaded in file.load()]


def seen(found: list[LoadResult], path: Path) -> dict[str, str | None]:
    """The error of each place in the archive, None for an article, by its path there."""
    return {f.place.removeprefix(f"{path}/"): f.problem for f in found}


def test_files_of_all_kinds_are_known_by_their_path_in_the_archive(tmp_path: Path) -> None:
    inner = packed({"deep.txt": TEXT})
    found = load(
        tmp_path / "news.zip",
        packed(
            {
                "أخبار/bridge.txt": f"جسر جديد\n\n{TEXT}",
                "list.jsonl": "".join(
                    json.dumps(r) + "\n" for r in ({"text": TEXT}, {"id": "own", "text": TEXT})
                ),
                "inner.zip": inner,
                "__MACOSX/._bridge.txt": b"\x00\x05\x16\x07",
                ".DS_Store": b"\x00",
                "folder/": b"",
            }
        ),
    )
    articles = [loaded.article for loaded in found]
    assert [a and a.id for a in articles] == [
        "news.zip/أخبار/bridge.txt",
        "news.zip/list.jsonl#1",
        "own",
        "news.zip/inner.zip/deep.txt",
    ]
    assert {a.origin for a in articles if a} == {str(tmp_path / "news.zip")}
    assert found[0].place == f"{tmp_path}/news.zip/أخبار/bridge.txt"
    assert found[1].place == f"{tmp_path}/news.zip/list.jsonl:1"


def test_bad_files_are_said_and_the_good_one_is_read(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO(packed({"good.txt": TEXT, "../../evil.txt": TEXT, "/abs.txt": TEXT}))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("C:\\evil.txt", TEXT)
        archive.writestr("empty.txt", "")
        archive.writestr("program.exe", b"MZ")
        archive.writestr("broken.json", "{")
        archive.writestr("odd.txt", TEXT, compress_type=zipfile.ZIP_BZIP2)
        archive.writestr("broken.zip", b"PK\x03\x04xx")
    before = {path.name for path in Path(tmp_path).iterdir()}
    path = tmp_path / "a.zip"
    errors = seen(load(path, buffer.getvalue()), path)
    unsupported = errors.pop("program.exe")
    assert unsupported is not None and unsupported.startswith("unsupported kind .exe")
    assert errors == {
        "good.txt": None,
        "../../evil.txt": "its path leads out of the archive",
        "/abs.txt": "its path leads out of the archive",
        "C:/evil.txt": "its path leads out of the archive",
        "link.txt": "a link, not a file",
        "empty.txt": "the file is empty",
        "broken.json:1": "broken JSON (expecting property name enclosed in double quotes at "
        "column 2)",
        "odd.txt": "packed in an unusual way",
        "broken.zip": "not a ZIP, or cut off",
    }
    assert {p.name for p in tmp_path.iterdir()} - before == {"a.zip"}, "nothing was left behind"


def test_names_that_begin_with_the_folder_itself_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    found = load(path, packed({"./news/a.txt": TEXT, "./.hidden.txt": TEXT}))
    assert [f.article and f.article.id for f in found] == ["a.zip/news/a.txt"]


def test_pictures_and_what_programs_leave_in_an_archive_are_no_failures(tmp_path: Path) -> None:
    inside: Files = {
        "a.txt": TEXT,
        "img/1.jpg": b"\xff\xd8",
        "img/2.PNG": b"\x89PNG",
        "s/page.html": f"<html><body><p>{TEXT * 3}</p></body></html>",
        "s/page_files/ad.html": "<html></html>",
        "Thumbs.db": b"\0",
        "~$a.docx": b"x",
        "__MACOSX/._a.txt": b"x",
    }
    first, second, note = load(tmp_path / "a.zip", packed(inside))
    ids = [loaded.article and loaded.article.id for loaded in (first, second)]
    assert ids == ["a.zip/a.txt", "a.zip/s/page.html"]
    assert note.skipped == "2 files that hold no text (.jpg .png)"


def test_a_file_that_breaks_its_loader_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(self: MarkdownLoader, path: Path, *, root: Path) -> Iterator[LoadResult]:
        raise IndexError("list index out of range")

    monkeypatch.setattr(MarkdownLoader, "load", breaking)
    path = tmp_path / "a.zip"
    errors = seen(load(path, packed({"a.txt": TEXT, "b.md": TEXT, "c.txt": TEXT})), path)
    assert errors.pop("b.md") == "the loader broke (IndexError: list index out of range)"
    assert errors == {"a.txt": None, "c.txt": None}


def test_an_encrypted_file_is_said(tmp_path: Path) -> None:
    data = bytearray(packed({"secret.txt": TEXT, "open.txt": TEXT}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(mark)
        data[start + at] |= 1
    path = tmp_path / "a.zip"
    assert seen(load(path, bytes(data)), path) == {"secret.txt": "encrypted", "open.txt": None}


def test_a_bomb_goes_off_nowhere(tmp_path: Path) -> None:
    bomb = packed({"bomb.txt": bytes(60_000_000), "good.txt": TEXT})
    path = tmp_path / "a.zip"
    assert seen(load(path, bomb), path) == {
        "bomb.txt": "unpacks to hundreds of times its size, as a ZIP bomb does",
        "good.txt": None,
    }


def test_sizes_and_numbers_are_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    files: Files = {f"{n}.txt": os.urandom(2_000).hex() for n in range(5)}
    data = packed(files, zipfile.ZIP_STORED)
    errors = seen(load(path, data, unpacked_bytes=10_000), path)
    assert list(errors.values()) == [None, None, "unpacks to more than 10,000 bytes"]
    errors = seen(load(path, data, entries=3), path)
    assert list(errors.values()) == ["more than 3 files in it"]
    errors = seen(load(path, data, file_bytes=3_000), path)
    assert set(errors.values()) == {"too large: over 3,000 bytes unpacked"}
    many = packed({f"{n:0500}.txt": "" for n in range(900)}, zipfile.ZIP_STORED)
    (loaded,) = load(path, many, entries=500)
    assert loaded.problem == "more than 500 files in it"


def test_archives_within_archives_end(tmp_path: Path) -> None:
    data = packed({"core.txt": TEXT})
    for _ in range(5):
        data = packed({"in.zip": data, "beside.txt": TEXT})
    path = tmp_path / "a.zip"
    assert seen(load(path, data), path) == {
        "in.zip/in.zip/in.zip": "archives nested more than 3 deep",
        "in.zip/in.zip/beside.txt": None,
        "in.zip/beside.txt": None,
        "beside.txt": None,
    }


def test_an_archive_that_lies_about_sizes_is_damaged(tmp_path: Path) -> None:
    data = bytearray(packed({"a.txt": TEXT * 99}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)  # the size when unpacked
    path = tmp_path / "a.zip"
    assert seen(load(path, bytes(data)), path) == {"a.txt": "damaged in the ZIP"}


@pytest.mark.parametrize("data", [b"PK", b"no archive", packed({"a.txt": TEXT})[:-9]])
def test_what_is_no_archive_is_said(tmp_path: Path, data: bytes) -> None:
    (loaded,) = load(tmp_path / "a.zip", data)
    assert loaded.problem == "not a ZIP, or cut off"


def test_an_empty_archive_is_said(tmp_path: Path) -> None:
    (loaded,) = load(tmp_path / "a.zip", packed({}))
    assert loaded.problem == "an empty archive"
