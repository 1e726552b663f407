from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.article_ids import SeenArticle, resolve_id
from ingest.loaders import discover
from vectorstore.core.types import Article


class Stored:
    """A catalogue that knows nothing but ids, hashes and origins."""

    def __init__(self) -> None:
        self.articles: dict[str, SeenArticle] = {}

    def content_hashes(self, ids: list[str]) -> dict[str, str]:
        return {i: self.articles[i].content_hash for i in ids if i in self.articles}

    def origins_of(self, ids: list[str]) -> dict[str, str | None]:
        return {i: self.articles[i].origin for i in ids if i in self.articles}


@pytest.fixture
def stored() -> Stored:
    return Stored()


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def ingest(stored: Stored, root: Path) -> list[str]:
    """Ids that the articles under ``root`` get; they are stored under them."""
    ids = []
    for file in discover([root], max_bytes=10_000):
        for loaded in file.load():
            assert loaded.article is not None
            article = resolve_id(loaded.article, file, stored, {})  # type: ignore[arg-type]
            stored.articles[article.id] = SeenArticle(article.origin, article.content_hash)
            ids.append(article.id)
    return ids


def test_a_file_is_named_by_its_path_under_the_folder(stored: Stored, tmp_path: Path) -> None:
    write(tmp_path / "news" / "2021" / "a.txt", "خبر.")
    assert ingest(stored, tmp_path / "news") == ["2021/a.txt"]


def test_files_of_one_name_in_two_folders_are_two_articles(stored: Stored, tmp_path: Path) -> None:
    for day, text in {"monday": "خبر الاثنين.", "tuesday": "خبر الثلاثاء."}.items():
        write(tmp_path / day / "1.txt", text)
    for _ in range(2):  # and stay the same two when they are ingested again
        assert ingest(stored, tmp_path / "monday") == ["1.txt"]
        assert ingest(stored, tmp_path / "tuesday") == ["tuesday/1.txt"]


def test_as_many_folders_as_are_needed_tell_them_apart(stored: Stored, tmp_path: Path) -> None:
    texts = {"x/news": "أول.", "y/news": "ثان.", "z/news": "ثالث."}
    for folder, text in texts.items():
        write(tmp_path / folder / "1.txt", text)
    named = [ingest(stored, tmp_path / folder) for folder in texts]
    assert named == [["1.txt"], ["news/1.txt"], ["z/news/1.txt"]]


def test_a_file_keeps_its_id_whichever_folder_above_it_is_ingested(
    stored: Stored, tmp_path: Path
) -> None:
    path = write(tmp_path / "news" / "2021" / "a.txt", "خبر.")
    assert ingest(stored, tmp_path / "news") == ["2021/a.txt"]
    assert ingest(stored, path) == ["2021/a.txt"]
    assert ingest(stored, tmp_path) == ["2021/a.txt"]
    write(path, "خبر تغير.")
    assert ingest(stored, tmp_path / "news" / "2021") == ["2021/a.txt"]


def test_a_folder_that_was_moved_holds_the_same_articles(stored: Stored, tmp_path: Path) -> None:
    write(tmp_path / "old" / "a.txt", "خبر.")
    assert ingest(stored, tmp_path / "old") == ["a.txt"]
    (tmp_path / "old").rename(tmp_path / "new")
    write(tmp_path / "new" / "a.txt", "خبر تغير.")
    assert ingest(stored, tmp_path / "new") == ["a.txt"]


def test_a_copy_that_says_the_same_is_the_same_article(stored: Stored, tmp_path: Path) -> None:
    for folder in ("one", "backup"):
        write(tmp_path / folder / "a.txt", "خبر.")
        assert ingest(stored, tmp_path / folder) == ["a.txt"]


def test_records_without_an_id_are_told_apart_like_files(stored: Stored, tmp_path: Path) -> None:
    for day, word in {"monday": "الاثنين", "tuesday": "الثلاثاء"}.items():
        lines = "".join(f'{{"text": "{word} {n}."}}\n' for n in range(2))
        write(tmp_path / day / "all.jsonl", lines)
    for _ in range(2):
        assert ingest(stored, tmp_path / "monday") == ["all.jsonl#1", "all.jsonl#2"]
        named = ingest(stored, tmp_path / "tuesday")
        assert named == ["tuesday/all.jsonl#1", "tuesday/all.jsonl#2"]


def test_an_id_that_the_source_gives_is_never_changed(stored: Stored, tmp_path: Path) -> None:
    for day in ("monday", "tuesday"):
        write(tmp_path / day / "a.json", f'{{"id": "a", "text": "خبر {day}."}}')
        assert ingest(stored, tmp_path / day) == ["a"]


def test_files_met_in_one_run_are_told_apart_before_they_are_stored(tmp_path: Path) -> None:
    write(tmp_path / "monday" / "1.txt", "خبر الاثنين.")
    path = write(tmp_path / "tuesday" / "1.txt", "خبر الثلاثاء.")
    seen = {"1.txt": SeenArticle(str(tmp_path / "monday" / "1.txt"), "another hash")}
    (file,) = discover([path], max_bytes=10_000)
    (loaded,) = file.load()
    assert isinstance(loaded.article, Article)
    article = resolve_id(loaded.article, file, Stored(), seen)  # type: ignore[arg-type]
    assert article.id == "tuesday/1.txt"


def test_archives_of_one_name_in_two_folders_are_told_apart(stored: Stored, tmp_path: Path) -> None:
    for day, text in {"monday": "خبر الاثنين.", "tuesday": "خبر الثلاثاء."}.items():
        (tmp_path / day).mkdir()
        with zipfile.ZipFile(tmp_path / day / "news.zip", "w") as archive:
            archive.writestr("1.txt", text)
    for _ in range(2):
        assert ingest(stored, tmp_path / "monday") == ["news.zip/1.txt"]
        assert ingest(stored, tmp_path / "tuesday") == ["tuesday/news.zip/1.txt"]
