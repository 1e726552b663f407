"""Articles from CSV files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ingest.articles.loader_protocol import LoadResult
from ingest.loaders import discover

TEXT = "افتتح وزير النقل أمس جسر النورس، الذي يربط ضفتي نهر سلوى."


def load(path: Path, content: str | bytes) -> list[LoadResult]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [loaded for file in discover([path], max_bytes=10**6) for loaded in file.load()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1256", "utf-16"])
def test_a_row_is_an_article(tmp_path: Path, delimiter: str, encoding: str) -> None:
    head = delimiter.join(["العنوان", "النص", "التاريخ", "المصدر", "قسم"])
    row = delimiter.join(["افتتاح الجسر", f'"{TEXT}\n{TEXT}"', "2026-03-01", "المرفأ", "محليات"])
    (loaded,) = load(tmp_path / "a.csv", f"{head}\r\n{row}\r\n\r\n".encode(encoding))
    article = loaded.article
    assert article is not None and article.id == "a.csv#2"
    assert (article.title, article.text) == ("افتتاح الجسر", f"{TEXT}\n{TEXT}")
    assert (article.source, article.published_at) == ("المرفأ", datetime(2026, 3, 1))
    guessed = {"encoding": encoding} if encoding == "windows-1256" else {}
    assert article.metadata == {"قسم": "محليات", **guessed}


def test_a_row_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    found = load(tmp_path / "a.tsv", f"id\ttitle\ttext\n1\tأ\t{TEXT}\n2\tب\t\n3\n4\tد\t{TEXT}\n")
    assert [f.article.id if f.article else f.problem for f in found] == [
        "1",
        "no text",
        "no text",
        "4",
    ]
    assert found[1].place.endswith("a.tsv:3")


@pytest.mark.parametrize(
    "heads",
    [
        "عنوان الخبر,نص الخبر,تاريخ النشر:,رابط الخبر,المحرر",
        "Title,Full Text,Publish Date,Permalink,Author Name",
        "post_title,post_content,post_date,URL,post_author",
        "العنوان,الخبر,التاريخ *,الرابط,الكاتب",
    ],
)
def test_columns_are_known_by_the_names_that_people_give_them(tmp_path: Path, heads: str) -> None:
    row = f"افتتاح الجسر,{TEXT},12/05/2026,https://a.example/1,سلمى"
    (loaded,) = load(tmp_path / "a.csv", f"{heads}\n{row}\n")
    article = loaded.article
    assert article is not None, loaded.problem
    assert (article.title, article.text, article.author) == ("افتتاح الجسر", TEXT, "سلمى")
    assert article.published_at == datetime(2026, 5, 12)
    assert (article.url, article.metadata) == ("https://a.example/1", {})


def test_of_two_columns_that_might_be_the_text_the_better_name_counts(tmp_path: Path) -> None:
    (loaded,) = load(tmp_path / "a.csv", f"المقال,النص,text_en\nالأول,{TEXT},Hello\n")
    assert loaded.article is not None and loaded.article.text == TEXT
    assert loaded.article.metadata == {"المقال": "الأول", "text_en": "Hello"}


@pytest.mark.parametrize("above", ["sep=;\n", "أخبار شهر أيار\n", "أخبار شهر أيار\n\n;;\n"])
def test_the_names_of_columns_may_stand_below_a_title_or_excels_own_line(
    tmp_path: Path, above: str
) -> None:
    found = load(tmp_path / "a.csv", f"{above}العنوان;النص\nافتتاح الجسر;{TEXT}\nب;{TEXT}\n")
    titles = [loaded.article and loaded.article.title for loaded in found]
    assert titles == ["افتتاح الجسر", "ب"]
    assert found[0].place.endswith(f"a.csv:{above.count(chr(10)) + 2}")


def test_a_table_without_a_column_of_texts_is_told_which_columns_it_has(tmp_path: Path) -> None:
    (loaded,) = load(tmp_path / "a.csv", "كشف\nالرقم,الموظف\n1,سلمى\n2,كريم\n")
    assert loaded.problem == "no column with the articles' text"
    assert loaded.remedy == "name it text or النص; the columns are الرقم, الموظف"


def test_a_table_of_one_column_keeps_its_texts_whole(tmp_path: Path) -> None:
    (loaded,) = load(tmp_path / "a.csv", f"النص\n{TEXT}; وانتهى الخبر\n")
    assert loaded.article is not None and loaded.article.text == f"{TEXT}; وانتهى الخبر"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("title,date\na,b\n", "no column with the articles' text"),
        ("title,text\n", "a table without rows"),
        ("title,text\n\n , \n", "a table without rows"),
        ('title,text\n"' + "x" * 200, None),
    ],
)
def test_what_is_no_table_of_articles_is_said(
    tmp_path: Path, content: str, problem: str | None
) -> None:
    (loaded,) = load(tmp_path / "a.csv", content)
    assert loaded.problem == (problem or "no text")
