"""Which article a file is, when files of different folders bear one name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from ingest.loaders import discover
from ingest.naming import Known, settled
from vectorstore.catalogue import Catalogue
from vectorstore.types import Article

STORY = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد."
OTHER = "بدأ المزارعون موسم قطاف الزيتون قبل موعده بأسبوعين."


class Kept:
    """A catalogue as far as naming asks it."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        return {i: self.articles[i].content_hash for i in article_ids if i in self.articles}

    def origins_of(self, article_ids: Sequence[str]) -> dict[str, str | None]:
        return {i: self.articles[i].origin for i in article_ids if i in self.articles}


def ingest(kept: Kept, *paths: Path) -> list[str]:
    """Keep the articles under ``paths``, as one run does at its end; their ids."""
    seen: dict[str, Known] = {}
    met: dict[str, Article] = {}
    for file in discover(paths, max_bytes=10_000):
        for loaded in file.load():
            assert loaded.article, loaded.error
            article = settled(loaded.article, file, cast(Catalogue, kept), seen)
            seen[article.id] = Known(article.origin, article.content_hash)
            met[article.id] = article
    kept.articles.update(met)
    return list(met)


def write(path: Path, text: str = STORY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_files_of_one_name_in_two_folders_are_two_articles(tmp_path: Path) -> None:
    kept = Kept()
    write(tmp_path / "monday" / "1.txt", STORY)
    write(tmp_path / "tuesday" / "1.txt", OTHER)
    assert ingest(kept, tmp_path / "monday") == ["1.txt"]
    assert ingest(kept, tmp_path / "tuesday") == ["tuesday/1.txt"]
    assert {a.text for a in kept.articles.values()} == {STORY, OTHER}


def test_in_one_run_too(tmp_path: Path) -> None:
    write(tmp_path / "monday" / "1.txt", STORY)
    write(tmp_path / "tuesday" / "1.txt", OTHER)
    assert ingest(Kept(), tmp_path / "monday", tmp_path / "tuesday") == ["1.txt", "tuesday/1.txt"]


def test_a_file_keeps_its_article_whichever_folder_above_is_ingested(tmp_path: Path) -> None:
    kept = Kept()
    path = write(tmp_path / "news" / "monday" / "1.txt")
    assert ingest(kept, tmp_path / "news") == ["monday/1.txt"]
    assert ingest(kept, path) == ["monday/1.txt"]
    write(path, OTHER)
    assert ingest(kept, path.parent) == ["monday/1.txt"]
    assert ingest(kept, tmp_path) == ["monday/1.txt"]


def test_a_changed_file_is_still_its_article(tmp_path: Path) -> None:
    kept = Kept()
    path = write(tmp_path / "1.txt", STORY)
    ingest(kept, path)
    write(path, OTHER)
    assert ingest(kept, path) == ["1.txt"]
    assert kept.articles["1.txt"].text == OTHER


def test_a_moved_file_is_still_its_article(tmp_path: Path) -> None:
    kept = Kept()
    path = write(tmp_path / "inbox" / "1.txt")
    ingest(kept, path)
    (tmp_path / "archive").mkdir()
    moved = path.rename(tmp_path / "archive" / "1.txt")
    assert ingest(kept, moved) == ["1.txt"]
    assert kept.articles["1.txt"].origin == str(moved)


def test_a_copy_that_says_the_same_is_the_same_article(tmp_path: Path) -> None:
    kept = Kept()
    ingest(kept, write(tmp_path / "a" / "1.txt"))
    assert ingest(kept, write(tmp_path / "b" / "1.txt")) == ["1.txt"]


def test_as_many_folders_are_named_as_tell_the_files_apart(tmp_path: Path) -> None:
    kept = Kept()
    for year, text in (("2020", STORY), ("2021", OTHER), ("2022", STORY + OTHER)):
        write(tmp_path / year / "may" / "1.txt", text)
        ingest(kept, tmp_path / year / "may")
    assert set(kept.articles) == {"1.txt", "may/1.txt", "2022/may/1.txt"}
    for year in ("2020", "2021", "2022"):
        ingest(kept, tmp_path / year / "may" / "1.txt")
    assert len(kept.articles) == 3


def test_records_of_files_of_one_name_are_told_apart_as_well(tmp_path: Path) -> None:
    kept = Kept()
    for folder, text in (("a", STORY), ("b", OTHER)):
        write(tmp_path / folder / "all.jsonl", f'{{"text": "{text}"}}\n{{"text": "{text}!"}}\n')
    assert ingest(kept, tmp_path / "a") == ["all.jsonl#1", "all.jsonl#2"]
    assert ingest(kept, tmp_path / "b") == ["b/all.jsonl#1", "b/all.jsonl#2"]


def test_an_id_that_the_article_brings_is_not_touched(tmp_path: Path) -> None:
    kept = Kept()
    for folder, text in (("a", STORY), ("b", OTHER)):
        path = write(tmp_path / folder / "1.json", f'{{"id": "bridge", "text": "{text}"}}')
        assert ingest(kept, path) == ["bridge"]
    assert kept.articles["bridge"].text == OTHER
