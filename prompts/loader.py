"""Loads the texts of this package's ``<language>/*.toml`` files."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["ar", "en"]

LANGUAGES: tuple[Language, ...] = ("ar", "en")


def text(key: str, language: Language, /, **values: object) -> str:
    """The text ``key`` (``file.section.name``) in ``language``, with ``{values}`` filled in.

    Values are inserted as they are; a brace in one of them has no meaning.

    Raises:
        KeyError: there is no such text, or it needs a value that is not given.
    """
    name, *path = key.split(".")
    found: Any = _load(name, language)
    for part in path:
        found = found[part]
    if not isinstance(found, str):
        raise KeyError(key)
    return found.format(**values) if values else found


@lru_cache
def _load(name: str, language: Language) -> dict[str, Any]:
    source = files(__name__.rpartition(".")[0]) / language / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))
