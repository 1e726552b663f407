from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.articles.builder import article_from_record
from ingest.loaders import LoadResult, discover
from vectorstore.core.types import Article

STORY = "أعلنت الوزارة اليوم عن افتتاح الجسر الجديد."


def load(path: Path, content: Any, *, max_bytes: int = 1_000_000) -> list[LoadResult]:
    """What comes of a file with ``content``: bytes, text, or a value written as JSON."""
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (file,) = discover([path], max_bytes=max_bytes)
    return list(file.load())


def articles(path: Path, content: Any) -> list[Article]:
    loaded = load(path, content)
    assert [item.problem for item in loaded if item.problem] == []
    return [item.article for item in loaded if item.article]


def article(path: Path, **record: Any) -> Article:
    (only,) = articles(path, {"text": STORY, **record})
    return only


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "news.json"


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return tmp_path / "news.jsonl"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_list_of_articles_bare_or_under_articles(path: Path, wrapped: bool) -> None:
    items = [{"id": "a", "text": STORY}, {"url": "https://example.org/b", "text": STORY}]
    found = articles(path, {"articles": items} if wrapped else items)
    assert [a.id for a in found] == ["a", "https://example.org/b"]


def test_articles_without_an_id_are_counted_from_one(path: Path, lines: Path) -> None:
    assert [a.id for a in articles(path, [{"text": STORY}] * 2)] == ["news.json#1", "news.json#2"]
    two = json.dumps({"text": STORY}) + "\n\n" + json.dumps({"text": STORY})
    assert [a.id for a in articles(lines, two)] == ["news.jsonl#1", "news.jsonl#3"]
    assert article(path).id == "news.json"


def test_every_usual_name_of_a_field_is_understood(path: Path) -> None:
    found = article(
        path,
        Headline="<b>جسر</b> جديد",
        published_at="2021-06-04T16:57:00Z",
        link="https://example.org/1",
        publisher={"@type": "Organization", "name": "وكالة الأنباء"},
        byline=["سلمى", {"name": "Omar"}],
        guid=17,
        lang="ar-EG",
        section="محليات",
    )
    assert found.title == "جسر جديد"
    assert found.published_at == datetime(2021, 6, 4, 16, 57, tzinfo=UTC)
    assert (found.url, found.source) == ("https://example.org/1", "وكالة الأنباء")
    assert (found.author, found.id, found.language) == ("سلمى, Omar", "17", "ar")
    assert found.metadata == {"section": "محليات"}


def test_what_cannot_be_understood_is_kept_and_not_guessed(path: Path) -> None:
    found = article(path, date="أمس", url="javascript:alert(1)", empty="", nothing=None)
    assert found.published_at is None and found.url is None
    assert found.metadata == {"date_unreadable": "أمس", "url_unusable": "javascript:alert(1)"}


def test_leftovers_are_kept_while_small_and_fit_for_a_database(path: Path) -> None:
    found = article(path, tags=["a\x00b"], html="x" * 5_000, score=float("nan"))
    assert found.metadata == {"tags": ["ab"]}


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"title": "بلا نص"}, "no text"),
        ({"text": " \u200f\n"}, "no text"),
        ({"text": ["a", "b"]}, "the text is a JSON array, not a string"),
        ({"text": {"ar": STORY}}, "the text is a JSON object, not a string"),
        ({"text": 5}, "the text is a JSON number, not a string"),
        ("a string", "not a JSON object"),
    ],
)
def test_a_record_without_readable_text_is_refused_in_its_place(
    path: Path, record: Any, problem: str
) -> None:
    bad, good = load(path, [record, {"id": "good", "text": STORY}])
    assert (bad.place, bad.problem) == (f"{path}#1", problem)
    assert bad.remedy
    assert good.article and good.article.id == "good"


def test_a_broken_line_is_named_by_its_number_and_the_rest_goes_in(lines: Path) -> None:
    good = json.dumps({"text": STORY})
    loaded = load(lines, f"{good}\n\n{{broken\n{good}\n[1]\n")
    assert [(item.place, bool(item.article)) for item in loaded] == [
        (f"{lines}:1", True),
        (f"{lines}:3", False),
        (f"{lines}:4", True),
        (f"{lines}:5", False),
    ]
    assert (loaded[1].problem or "").startswith("broken JSON (")
    assert loaded[1].remedy == "correct it or take it out"
    assert loaded[3].problem == "not a JSON object"


def test_a_broken_json_file_is_named_with_line_and_column(path: Path) -> None:
    (bad,) = load(path, '{\n  "title": "x",\n  "text": oops\n}')
    assert bad.place == f"{path}:3"
    assert "column 11" in (bad.problem or "")


def test_lines_of_objects_under_the_name_json_are_read_line_by_line(path: Path) -> None:
    first, second = ({"id": name, "text": STORY} for name in "ab")
    found = load(path, f"{json.dumps(first)}\n{json.dumps(second)}\n{{broken")
    assert [item.article.id for item in found if item.article] == ["a", "b"]
    assert found[2].place == f"{path}:3"


def test_a_key_that_says_two_things_is_refused_and_one_that_repeats_itself_is_not(
    path: Path,
) -> None:
    (bad,) = load(path, '{"text": "one", "text": "two"}')
    assert bad.problem == 'the key "text" stands twice with different values'
    assert articles(path, '{"text": "one", "text": "one"}')[0].text == "one"


def test_hostile_json_is_a_failure_like_any_other(path: Path) -> None:
    (deep,) = load(path, "[" * 200_000)
    assert deep.problem == "JSON nested too deep"
    (number,) = load(path, '{"text": "x", "n": ' + "9" * 10_000 + "}")
    assert number.problem == "broken JSON (a number too long)"
    (surrogate,) = articles(path, '{"id": "\\ud800x", "text": "\\ud800 text"}')
    assert (surrogate.id, surrogate.text) == ("x", "text")


@pytest.mark.parametrize("content", ["[]", '{"articles": []}'])
def test_an_empty_list_is_a_failure(path: Path, content: str) -> None:
    (bad,) = load(path, content)
    assert bad.problem == "an empty list"


def test_lines_with_nothing_on_them_are_an_empty_file(lines: Path) -> None:
    (bad,) = load(lines, "\n \n")
    assert (bad.place, bad.problem) == (str(lines), "the file is empty")


@pytest.mark.parametrize(
    "first",
    [{"id": "q1", "question": "من افتتح الجسر؟"}, {"turns": [{"question": "من؟"}], "kind": "x"}],
)
def test_a_test_set_is_skipped_once_and_is_no_failure(lines: Path, first: dict[str, Any]) -> None:
    (skipped,) = load(lines, "".join(json.dumps(item) + "\n" for item in [first] * 3))
    assert skipped.problem is None and skipped.article is None
    assert "test set" in (skipped.skipped or "")


def test_an_article_with_a_question_in_a_field_is_an_article(lines: Path) -> None:
    assert articles(lines, {"question": "من؟", "text": STORY})[0].text == STORY


def test_a_line_over_the_limit_is_refused_by_itself(lines: Path) -> None:
    good = json.dumps({"text": STORY})
    long = json.dumps({"text": "x" * 300_000})
    before, over, after = load(lines, f"{good}\n{long}\n{good}", max_bytes=2_000)
    assert before.article and after.article
    assert over.place == f"{lines}:2"
    assert (over.problem or "").startswith("too large: 0.3 MB")
    assert after.place == f"{lines}:3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_arabic_is_read_in_any_of_its_encodings(tmp_path: Path, suffix: str, encoding: str) -> None:
    record = json.dumps({"id": "a", "text": STORY}, ensure_ascii=False)
    content = record + "\n" + record if suffix == ".jsonl" else record
    for found in articles(tmp_path / f"news{suffix}", content.encode(encoding)):
        assert found.text == STORY


def test_lines_tell_how_much_of_the_file_is_read(lines: Path) -> None:
    loaded = load(lines, (json.dumps({"text": STORY}) + "\n") * 3)
    positions = [item.position or 0 for item in loaded]
    assert positions == sorted(set(positions))
    assert positions[-1] == lines.stat().st_size


def test_a_number_too_large_to_be_a_float_is_read_as_it_stands(lines: Path) -> None:
    number = "7" * 400
    records = f'{{"id": {number}, "text": "{STORY}"}}\n{{"id": "b", "text": "{STORY}"}}\n'
    assert [a.id for a in articles(lines, records)] == [number, "b"]
    records = (
        f'{{"id": "a", "date": {number}, "text": "{STORY}"}}\n{{"id": 7.0, "text": "{STORY}"}}'
    )
    assert [(a.id, a.published_at) for a in articles(lines, records)] == [("a", None), ("7", None)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", [{"id": i, "text": STORY} for i in "abc"]),
        ("a.csv", "id,text\n" + "".join(f"{i},{STORY}\n" for i in "abc")),
        (
            "a.rss",
            "<rss><channel>"
            + "".join(
                f'<item><guid isPermaLink="false">{i}</guid><title>{STORY}</title></item>'
                for i in "abc"
            )
            + "</channel></rss>",
        ),
    ],
)
def test_an_unexpected_error_in_one_record_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: Any
) -> None:
    def fragile(record: dict[str, Any], **known: Any) -> Article:
        if record["id"] == "b":
            raise ZeroDivisionError("of all things")
        return article_from_record({**record, "text": STORY}, **known)

    monkeypatch.setattr("ingest.loaders.records.record.article_from_record", fragile)
    loaded = load(tmp_path / name, content)
    assert [one.article.id for one in loaded if one.article] == ["a", "c"]
    (failed,) = [one for one in loaded if one.error]
    assert failed.problem == "the loader broke (ZeroDivisionError: of all things)"
    assert name in failed.place and failed.remedy
