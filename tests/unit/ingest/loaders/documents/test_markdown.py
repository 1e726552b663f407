from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.formats.markdown import strip_markdown
from ingest.loaders import LoadResult, discover
from tests.growth import grows_linearly
from vectorstore.core.types import Article

STORY = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد."


def load(folder: Path, text: str) -> LoadResult:
    path = folder / "note.md"
    path.write_text(text, encoding="utf-8")
    (file,) = discover([path], max_bytes=1_000_000)
    (loaded,) = file.load()
    return loaded


def article(folder: Path, text: str) -> Article:
    loaded = load(folder, text)
    assert loaded.article, loaded.problem
    return loaded.article


def stripped(text: str) -> str:
    heading, rest = strip_markdown(text)
    assert heading == ""
    return rest


def test_front_matter_gives_the_fields(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        "---\n"
        'title: "جسر جديد: افتتاح"\n'
        "date: 2021-06-04T16:57:00Z\n"
        "source: وكالة الأنباء\n"
        "author: [سلمى, عمر]\n"
        "url: https://example.org/1\n"
        "id: 007\n"
        "tags: [طرق, جسور]\n"
        "---\n"
        f"{STORY}\n",
    )
    assert found.title == "جسر جديد: افتتاح"
    assert found.published_at == datetime(2021, 6, 4, 16, 57, tzinfo=UTC)
    assert (found.source, found.author) == ("وكالة الأنباء", "سلمى, عمر")
    assert (found.url, found.id) == ("https://example.org/1", "007")
    assert found.metadata == {"tags": ["طرق", "جسور"]}
    assert found.text == STORY


def test_dates_in_front_matter_are_read_as_written(tmp_path: Path) -> None:
    found = article(tmp_path, f"---\ndate: ٤ حزيران/يونيو ٢٠٢١\n---\n{STORY}")
    assert found.published_at == datetime(2021, 6, 4)
    assert article(tmp_path, f"---\ndate: 2021-06-04\n---\n{STORY}").published_at == datetime(
        2021, 6, 4
    )


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    found = article(tmp_path, f"\ufeff---\r\ntitle: جسر\r\n---\r\n{STORY}\r\n\r\n{STORY}\r\n")
    assert (found.title, found.text) == ("جسر", f"{STORY}\n\n{STORY}")


def test_broken_front_matter_is_named_with_its_line_in_the_file(tmp_path: Path) -> None:
    loaded = load(tmp_path, f"---\ntitle: جسر\nsource: [وكالة\ndate: x\n---\n{STORY}")
    assert loaded.article is None
    assert (loaded.problem or "").startswith("broken front matter in line 4 (")
    assert loaded.remedy == "correct the YAML between the --- lines"
    assert "\n" not in (loaded.problem or "")


@pytest.mark.parametrize(
    "yaml", ["a: &x [1]\nb: *x", "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]"]
)
def test_aliases_that_could_multiply_are_refused(tmp_path: Path, yaml: str) -> None:
    loaded = load(tmp_path, f"---\n{yaml}\n---\n{STORY}")
    assert loaded.problem == "front matter with YAML aliases"
    assert loaded.remedy == "write the values out"


def test_yaml_builds_no_objects(tmp_path: Path) -> None:
    found = article(tmp_path, f"---\nx: !!python/object/apply:os.getpid []\n---\n{STORY}")
    assert found.metadata == {"x": []}
    assert found.text == STORY


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_front_matter_nested_beyond_reason_is_refused_at_once(tmp_path: Path, opening: str) -> None:
    loaded = load(tmp_path, f"---\nx:\n  {opening * (60_000 // len(opening))}\n---\n{STORY}")
    assert loaded.problem == "front matter nested too deep"
    assert loaded.remedy == "write it flat"


def test_dashes_that_are_a_rule_are_no_front_matter(tmp_path: Path) -> None:
    assert article(tmp_path, f"---\n\n{STORY}\n").text == STORY
    found = article(tmp_path, f"---\n{STORY}\n---\nبقية الخبر.\n")
    assert found.text.startswith(STORY) and found.text.endswith("بقية الخبر.")


def test_the_title_is_front_matters_else_the_headings_else_the_first_words(tmp_path: Path) -> None:
    heading = f"# جسر *جديد*\n\n{STORY}"
    found = article(tmp_path, f"---\ntitle: عنوان آخر\n---\n{heading}")
    assert (found.title, found.text) == ("عنوان آخر", f"جسر جديد\n\n{STORY}")
    found = article(tmp_path, heading)
    assert (found.title, found.text) == ("جسر جديد", STORY)
    found = article(tmp_path, f"جسر جديد\n====\n\n{STORY}")
    assert (found.title, found.text) == ("جسر جديد", STORY)
    assert article(tmp_path, STORY).title == STORY


def test_a_title_that_stands_in_front_matter_and_heading_is_not_repeated(tmp_path: Path) -> None:
    assert article(tmp_path, f"---\ntitle: جسر\n---\n# جسر\n\n{STORY}").text == STORY


def test_fields_of_the_body_do_not_come_from_front_matter(tmp_path: Path) -> None:
    assert article(tmp_path, f"---\ntext: مزيف\n---\n{STORY}").text == STORY


def test_front_matter_without_a_body_is_no_article(tmp_path: Path) -> None:
    loaded = load(tmp_path, "---\ntitle: جسر\n---\n\n")
    assert loaded.article is None
    assert (loaded.problem or "").startswith("no text")


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("## عنوان فرعي ##", "عنوان فرعي"),
        ("نص **مهم** و*مائل* و~~محذوف~~", "نص مهم ومائل ومحذوف"),
        ("نص **مهم** ثم *مائل* ثم __مهم__", "نص مهم ثم مائل ثم مهم"),
        ("اقرأ [التقرير](https://example.org/a_(b)) كاملا", "اقرأ التقرير كاملا"),
        ("اقرأ [التقرير][1] كاملا", "اقرأ التقرير كاملا"),
        ("[1]: https://example.org", ""),
        ("![صورة](x.jpg) تعليق", " تعليق"),
        ("> قال الوزير\n> كلاما", "قال الوزير\nكلاما"),
        ("<https://example.org/x>", "https://example.org/x"),
        ("`شفرة` هنا", "شفرة هنا"),
        ("```python\nx = a * b * c\n```", "x = a * b * c"),
        ("سطر\n\n***\n\nسطر", "سطر\n\n\nسطر"),
        (r"\*ليس مائلا\*", "*ليس مائلا*"),
        (r"\# ليس عنوانا", "# ليس عنوانا"),
        (r"\[ليس\](رابطا)", "[ليس](رابطا)"),
    ],
)
def test_marks_go_and_words_stay(markdown: str, words: str) -> None:
    assert stripped(markdown) == words


@pytest.mark.parametrize(
    "text",
    ["2 * 3 * 4 = 24", "snake_case_name", "a_b و c_d", "هذا [ليس رابطا] هنا", "#وسم بلا مسافة"],
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert stripped(text) == text


@pytest.mark.parametrize(
    "unit",
    ["\n", "\n# \n", "\n\n=\n", "[", "[](", "*a", "**a", " _a", "`a", "~~a", "> ", "\\", "* "],
)
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    assert grows_linearly(lambda size: strip_markdown(unit * (size // len(unit))), 40_000)
