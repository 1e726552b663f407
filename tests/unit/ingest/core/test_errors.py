"""Every error code has texts in each language, and every text has a use."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest
from ingest.core.errors import LoadError
from prompts import LANGUAGES, Language

ROOT = Path(ingest.__file__).parent
ERRORS = {"LoadError", "FetchError", "NoResponseError"}
BY_VARIABLE = {
    "ingest/core/errors.py",
    "ingest/fetching/address_guard.py",
    "ingest/fetching/errors.py",
    "ingest/formats/zip_archive.py",
    "ingest/html/error_pages.py",
    "ingest/sync/source_check.py",
    "ingest/text/encodings.py",
}
"""Modules that choose a code among several; theirs are found as string constants."""


def texts(language: str) -> dict[str, dict[str, str]]:
    path = ROOT.parent / "prompts" / language / "errors.toml"
    found: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    del found["units"]
    return found


CODES = texts("en")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted([*ROOT.rglob("*.py"), *(ROOT.parent / "bot").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
                yield str(path.relative_to(ROOT.parent)), node


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_codes_and_placeholders(language: str) -> None:
    here = texts(language)
    assert list(here) == list(CODES)
    for code, parts in CODES.items():
        assert set(here[code]) == {"problem", "remedy"}, code
        for part, text in parts.items():
            assert placeholders(here[code][part]) == placeholders(text), (code, part)
            assert here[code][part].strip() and "\n" not in here[code][part]


def test_arabic_texts_are_arabic() -> None:
    for code, parts in texts("ar").items():
        for text in parts.values():
            words = re.sub(r"\{\w+\}", "", text)
            assert not words.strip(" :") or re.search(r"[\u0621-\u064a]", words), code


def test_every_code_in_the_source_has_texts_and_the_facts_that_they_name() -> None:
    for path, call in calls():
        assert call.args, f"{path}:{call.lineno} has no code"
        code = call.args[0]
        if not isinstance(code, ast.Constant) or not isinstance(code.value, str):
            assert path in BY_VARIABLE, f"{path}:{call.lineno} computes its code"
            continue
        assert code.value in CODES, f"{path}:{call.lineno}: {code.value}"
        facts = {keyword.arg for keyword in call.keywords if keyword.arg}
        needed = set().union(*map(placeholders, CODES[code.value].values()))
        assert needed - {"cause_remedy"} <= facts, f"{path}:{call.lineno}: {code.value}"


def test_every_text_has_a_use() -> None:
    constants = {
        node.value
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(CODES) <= constants


def test_an_error_reads_in_both_languages() -> None:
    error = LoadError("too_large", size_bytes=2_500_000, limit_bytes=99)
    assert error.problem == "too large: 2.5 MB, the limit is 99 bytes"
    assert str(error) == f"{error.problem}; {error.remedy}"
    assert error.problem_in("ar") == "أكبر من المسموح: حجمه 2.5 ميغابايت والحد 99 بايت"


def test_latin_facts_keep_their_direction_in_arabic_text() -> None:
    error = LoadError("private_network", host="intra.example")
    assert error.problem_in("ar") == "\u2068intra.example\u2069 في شبكة خاصة"
    assert error.problem == "intra.example is in a private network"


def test_a_cause_is_told_in_the_same_language() -> None:
    cause = LoadError("at_place", place="a/1", cause=LoadError("robots"))
    error = LoadError("unreadable_newest", cause=cause)
    assert error.problem == (
        "its newest articles cannot be read: a/1: its robots.txt does not allow it"
    )
    assert error.remedy == "leave the address out"
    assert error.remedy_in("ar") == "استبعد الرابط"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_stays_on_one_line_and_may_hold_braces(language: Language) -> None:
    error = LoadError("loader_failed", reason="KeyError: {x}\n\u2068at line 3")
    assert "\n" not in error.problem_in(language) and "{x} at line 3" in error.problem_in(language)


def test_errors_survive_json() -> None:
    error = LoadError("at_place", place="x", cause=LoadError("too_many_pages", pages=9, limit=3))
    again = LoadError.from_json(error.to_json())
    assert again == error and hash(again) == hash(error)
    assert again.problem_in("ar") == error.problem_in("ar")
    assert again != LoadError("at_place", place="y", cause=error)


def test_errors_stored_as_plain_text_are_shown_as_they_are() -> None:
    old = LoadError.from_json({"problem": "the server says 500", "remedy": "try later"})
    assert (old.problem, old.remedy) == ("the server says 500", "try later")
    assert "the server says 500" in old.problem_in("ar")


def test_a_code_of_another_version_is_shown_by_its_name() -> None:
    unknown = LoadError.from_json({"code": "of_tomorrow", "facts": {"host": "a.example"}})
    assert "of_tomorrow" in unknown.problem and unknown.remedy == ""
