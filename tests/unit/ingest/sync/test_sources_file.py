"""``sources.toml``: what fits, what does not, and what is said of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ingest.sync import read_sources, schema
from ingest.sync.sources_editor import add_source
from vectorstore.core.errors import SettingsError

WHOLE = """
# What we read.
[sources."المرفأ"]
from = "https://almarfa.example/feed.xml"
label = "جريدة المرفأ"
every = "15m"
gone = "keep"
max_links = 50
source = "المرفأ"
language = "ar"
enabled = false

[sources.desk]
from = "desk/articles"
"""


def read(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with it, in words."""
    (tmp_path / "sources.toml").write_text(text, "utf-8")
    return [str(problem) for problem in read_sources(tmp_path / "sources.toml").problems]


def test_sources_are_read_with_their_fields_and_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == []
    file = read_sources(tmp_path / "sources.toml")
    assert list(file.sources) == ["المرفأ", "desk"]
    news, desk = file.sources.values()
    assert (news.interval, news.removes_gone, news.max_links, news.enabled) == (
        900,
        False,
        50,
        False,
    )
    assert news.is_web and not desk.is_web
    assert (desk.interval, desk.removes_gone, desk.enabled) == (3600, True, True)
    assert desk.path == tmp_path / "desk" / "articles"
    assert [source.name for source in file.select(None)] == ["desk"]
    assert [source.name for source in file.select(["المرفأ"])] == ["المرفأ"]
    with pytest.raises(SettingsError, match=r"There is no source x .* Known: المرفأ, desk"):
        file.select(["x"])


def test_the_folder_of_a_user_who_is_not_there_is_a_folder_that_is_not_there(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, '[sources.x]\nfrom = "~no-such-user/news"\n') == []
    (source,) = read_sources(tmp_path / "sources.toml").sources.values()
    assert source.where.endswith("~no-such-user/news") and not source.path.exists()


@pytest.mark.parametrize(
    "text", ["[[sources]]\nfrom = 'x'\n", "sources = 5\n", "sources = {x = {from = 'x'}}\n"]
)
def test_a_file_that_can_take_no_source_is_left_as_it_is_and_why_is_said(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"sources\.toml: write each source as a table"):
        add_source(path, "new", {"from": "news"})
    assert path.read_text() == text


def test_a_source_is_added_between_tables_of_other_kinds(tmp_path: Path) -> None:
    text = "[sources.a]\nfrom = 'a'\n[other]\nx = 1\n[sources.b]\nfrom = 'b'\n"
    (tmp_path / "sources.toml").write_text(text)
    add_source(tmp_path / "sources.toml", "new", {"from": "news"})
    assert set(read_sources(tmp_path / "sources.toml").sources) == {"a", "b", "new"}


def test_no_file_is_no_source(tmp_path: Path) -> None:
    assert read_sources(tmp_path / "sources.toml").sources == {}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("", "bad: from: missing"),
        ('from = ""', "bad: from: String should have at least 1 character"),
        ('from = "ftp://a.example/x"', "bad: from: only http:// and https:// addresses can be"),
        ('from = "x"\nevery = "15 minutes"', "bad: every: '15 minutes' is no time like 90s, 15m"),
        ('from = "x"\nevery = "0m"', "bad: every: '0m' is no time like 90s, 15m"),
        ('from = "x"\nevery = 15', "bad: every: 15 is no time like 90s, 15m"),
        ('from = "x"\ngone = "delete"', "bad: gone: Input should be 'keep' or 'remove'"),
        ('from = "x"\nmax_links = 0', "bad: max_links: Input should be greater than or equal to 1"),
        ('from = "x"\nlanguage = "Arabic"', "bad: language: 'Arabic' is no code like ar or en"),
        ('from = "x"\nenabled = "no"', "bad: enabled: Input should be a valid boolean"),
        ('from = "x"\nevrey = "1h"', "bad: evrey: unknown; known are from, label, every, gone"),
        ('place = "x"', "bad: place: unknown; known are from"),
    ],
)
def test_a_bad_entry_is_named_with_field_and_reason_and_the_others_are_read(
    tmp_path: Path, entry: str, said: str
) -> None:
    text = f'[sources.bad]\n{entry}\n[sources.good]\nfrom = "news"\n'
    (problem,) = read(tmp_path, text)
    assert problem.startswith(said)
    assert list(read_sources(tmp_path / "sources.toml").sources) == ["good"]
    with pytest.raises(SettingsError, match="bad: "):
        read_sources(tmp_path / "sources.toml").select(["bad"])
    fits = Draft202012Validator(schema.schema()).is_valid(tomllib.loads(text))
    assert fits is ("ftp://" in entry)  # which a schema cannot say


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[source.x]\nfrom = "a"', "source: only [sources.NAME] tables are known here"),
        ('sources = "x"', "sources: write each source as [sources.NAME]"),
        ('[sources]\nx = "a"', "x: write it as a table: [sources.NAME]"),
        ('[sources." x"]\nfrom = "a"', "' x': a name has 1 to 64 characters, on one line"),
    ],
)
def test_what_is_no_source_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert read(tmp_path, text) == [said]
    assert not Draft202012Validator(schema.schema()).is_valid(tomllib.loads(text))


@pytest.mark.parametrize("data", [b"[sources.x\n", b"\xff\xfe", b"[sources.x]\n[sources.x]\n"])
def test_a_file_that_is_no_toml_is_refused_with_its_place(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "sources.toml").write_bytes(data)
    with pytest.raises(SettingsError, match=r"sources\.toml is no TOML"):
        read_sources(tmp_path / "sources.toml")


def test_the_schema_that_ships_is_made_from_the_model_and_fits_the_example() -> None:
    assert schema.PATH.read_text("utf-8") == schema.as_text(), "python -m ingest.sync.schema"
    Draft202012Validator.check_schema(schema.schema())
    assert Draft202012Validator(schema.schema()).is_valid(tomllib.loads(WHOLE))
