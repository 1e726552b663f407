from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest

import prompts
from prompts import LANGUAGES, text

FOLDER = Path(prompts.__file__).parent
NAMES = sorted(path.stem for path in (FOLDER / "en").glob("*.toml"))


def flattened(table: dict[str, object], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found.update(flattened(value, f"{above}{key}."))
        else:
            assert isinstance(value, str), f"{above}{key} is no text"
            found[above + key] = value
    return found


def texts(language: str, name: str) -> dict[str, str]:
    source = (FOLDER / language / f"{name}.toml").read_text(encoding="utf-8")
    return flattened(tomllib.loads(source))


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("name", NAMES)
def test_every_text_stands_in_both_languages_with_the_same_values(name: str) -> None:
    arabic, english = texts("ar", name), texts("en", name)
    assert set(arabic) == set(english)
    for key, template in english.items():
        assert fields(template) == fields(arabic[key]), key
        assert arabic[key].strip(), key


def test_both_languages_have_the_same_files() -> None:
    for language in LANGUAGES:
        assert sorted(path.stem for path in (FOLDER / language).glob("*.toml")) == NAMES


def test_a_value_with_braces_is_inserted_as_it_is() -> None:
    assert text("bot.dates.day", "en", day="{x}", month="May", year=2021) == "{x} May 2021"


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("bot.refusal.no_such_text", "ar")
