from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ingest.loaders.documents.plain_text import PlainTextLoader
from vectorstore.core.types import Article

SEED = Path(__file__).resolve().parents[5] / "samples" / "000_c25f10eea034f5a5.txt"
BODY = "أعلنت الوزارة اليوم افتتاح الجسر الجديد.\n\nوقال الوزير إن العمل استمر عامين."


def load(tmp_path: Path, text: str, name: str = "a.txt") -> Article:
    (tmp_path / name).write_bytes(text.encode())
    (loaded,) = PlainTextLoader().load(tmp_path / name, root=tmp_path)
    assert loaded.article is not None, loaded
    return loaded.article


def test_the_seed_article() -> None:
    (loaded,) = PlainTextLoader().load(SEED, root=SEED.parent)
    article = loaded.article
    assert article is not None
    assert article.id == SEED.name
    assert article.published_at == datetime(2021, 6, 4, 16, 57)
    assert article.language == "ar"
    assert article.title and article.title not in article.text
    assert "10 و21 أيار/مايو" in article.text


def test_title_date_and_paragraphs(tmp_path: Path) -> None:
    article = load(tmp_path, f"افتتاح الجسر\nالجمعة 4 يونيو 2021 04:57 م\n\n{BODY}\n")
    assert article.title == "افتتاح الجسر"
    assert article.published_at == datetime(2021, 6, 4, 16, 57)
    assert article.text == BODY


@pytest.mark.parametrize(
    "line", ["الأحد 14 كانون ثاني 2024", "الأحد ١٤ كانون ٢ ٢٠٢٤", "14 ینایر 2024"]
)
def test_a_date_line_of_any_region_is_not_glued_into_the_title(tmp_path: Path, line: str) -> None:
    article = load(tmp_path, f"افتتاح الجسر\n{line}\n{BODY}\n")
    assert article.title == "افتتاح الجسر"
    assert article.published_at == datetime(2024, 1, 14)
    assert article.text == BODY


def test_a_title_without_a_date(tmp_path: Path) -> None:
    article = load(tmp_path, f"افتتاح الجسر\n\n{BODY}")
    assert (article.title, article.published_at, article.text) == ("افتتاح الجسر", None, BODY)


def test_a_date_before_the_title(tmp_path: Path) -> None:
    article = load(tmp_path, f"4 يونيو 2021\nافتتاح الجسر\n\n{BODY}")
    assert article.title == "افتتاح الجسر"
    assert article.published_at == datetime(2021, 6, 4)
    assert article.text == BODY


def test_text_without_title_or_date_is_named_by_its_first_words(tmp_path: Path) -> None:
    article = load(tmp_path, BODY)
    assert article.text == BODY
    assert " ".join(BODY.split()).startswith(article.title.rstrip("…"))
    assert len(article.title) <= 80


def test_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    article = load(tmp_path, "\ufeff" + f"عنوان\r\n\r\n{BODY}".replace("\n\n", "\r\n\r\n"))
    assert (article.title, article.text) == ("عنوان", BODY)


def test_a_file_of_blanks_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n\n \t\n", encoding="utf-8")
    (loaded,) = PlainTextLoader().load(tmp_path / "a.txt", root=tmp_path)
    assert loaded.article is None
    assert loaded.problem == "no text"
    assert loaded.remedy


def test_the_id_is_the_path_under_the_root_and_the_origin_the_whole_path(tmp_path: Path) -> None:
    (tmp_path / "2021").mkdir()
    article = load(tmp_path, BODY, "2021/أ.txt")
    assert article.id == "2021/أ.txt"
    assert article.origin == str(tmp_path / "2021" / "أ.txt")


def test_torn_characters_are_counted_in_the_metadata(tmp_path: Path) -> None:
    data = (BODY * 3).encode()
    (tmp_path / "a.txt").write_bytes(data[:50] + data[51:])
    (loaded,) = PlainTextLoader().load(tmp_path / "a.txt", root=tmp_path)
    assert loaded.article is not None
    assert loaded.article.metadata["undecodable"] >= 1


def test_a_headline_right_above_the_text_is_the_title_and_stays_in_the_text(tmp_path: Path) -> None:
    head = "سيول تجرف جسرا في تيزنيت"
    text = "جرفت السيول صباح السبت جسرا يربط حي النخيل بوسط المدينة، وفق ما أعلنت السلطات أمس."
    (tmp_path / "a.txt").write_text(f"{head}\n{text}\n", "utf-8")
    (loaded,) = PlainTextLoader().load(tmp_path / "a.txt", root=tmp_path)
    assert loaded.article is not None
    assert (loaded.article.title, loaded.article.text) == (head, f"{head}\n{text}")
