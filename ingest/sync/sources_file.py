"""Reads ``sources.toml``, which lists the sources of `rawi sync` by name."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ingest.core.settings import IngestSettings
from ingest.core.urls import is_url
from vectorstore.core.errors import SettingsError
from vectorstore.core.settings import StoreSettings

FILE_NAME = "sources.toml"
NAME = r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?$"
"""A source's name: up to 64 characters on one line."""
_EVERY = r"^[1-9][0-9]{0,5} ?[smhd]$"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Every = Annotated[str, Field(pattern=_EVERY)]


class Source(BaseModel):
    """A place that articles come from, and how it is kept up to date."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True
    )

    place: str = Field(
        alias="from",
        min_length=1,
        max_length=4_000,
        description="A folder, a file, or the address of a feed, a sitemap or an article. A path "
        "that does not begin with / or ~ is one beside sources.toml.",
    )
    label: str | None = Field(
        default=None, min_length=1, max_length=100, description="What lists show beside the name."
    )
    every: Every = Field(
        default="1h",
        description="How long after a sync the next one is due: 90s, 15m, 2h, 1d.",
    )
    gone: Literal["keep", "remove"] | None = Field(
        default=None,
        description="What becomes of articles that are no longer there. Unset, those whose files "
        "are gone from a folder are removed, and those that a feed no longer lists are kept.",
    )
    max_links: int | None = Field(
        default=None,
        ge=1,
        le=50_000,
        description="Articles taken from the feed or sitemap, at most, the newest ones; "
        "RAWI_INGEST_MAX_LINKS when unset.",
    )
    source: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="The publisher's name for all its articles, whatever they say themselves.",
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}$",
        description="The language of all its articles (ar, en), where guessing it goes wrong.",
    )
    enabled: bool = Field(default=True, description="false leaves it out for the time being.")

    _name: str = ""
    _folder: Path = Path()

    @field_validator("place")
    @classmethod
    def _usable(cls, value: str) -> str:
        if "\x00" in value:
            raise ValueError("there is a NUL in it")
        if "://" in value and not is_url(value):
            raise ValueError("only http:// and https:// addresses can be fetched")
        return value

    @property
    def name(self) -> str:
        """Its name in ``sources.toml``."""
        return self._name

    @property
    def is_web(self) -> bool:
        """Whether it is a URL."""
        return is_url(self.place)

    @property
    def path(self) -> Path:
        """The folder or file of a source that is no URL."""
        # Path.expanduser raises for a user that does not exist.
        return self._folder / os.path.expanduser(self.place)

    @property
    def where(self) -> str:
        """The URL, or the absolute path."""
        return self.place if self.is_web else str(self.path)

    @property
    def interval(self) -> int:
        """Seconds from one sync to the next."""
        return int(self.every[:-1]) * _SECONDS[self.every[-1]]

    @property
    def removes_gone(self) -> bool:
        """Whether articles that are no longer there are removed from the store."""
        return self.gone == "remove" if self.gone is not None else not self.is_web


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """An entry that cannot be used: its name, the field or "", and the reason, on one line."""

    name: str
    field: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.name, self.field, self.reason)))

    def to_json(self) -> dict[str, str]:
        """For the ``--json`` of commands."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """The valid sources of ``sources.toml`` by name, and the problems of the other entries."""

    path: Path
    sources: dict[str, Source]
    problems: tuple[SourceProblem, ...] = ()

    def select(self, names: Sequence[str] | None) -> list[Source]:
        """The sources with ``names``; without names, all that are enabled.

        Raises:
            SettingsError: a name is unknown, or its entry cannot be used.
        """
        if not names:
            return [source for source in self.sources.values() if source.enabled]
        bad = {problem.name: problem for problem in self.problems}
        for name in names:
            if name in bad and name not in self.sources:
                raise SettingsError(f"{self.path}: {bad[name]}")
            if name not in self.sources:
                known = ", ".join(self.sources) or "none"
                raise SettingsError(f"There is no source {name} in {self.path}. Known: {known}.")
        return [self.sources[name] for name in dict.fromkeys(names)]


def shell_quoted(name: str) -> str:
    """``name`` as an argument in a shell; Arabic letters need no quotes."""
    return name if name.isalnum() else shlex.quote(name)


def sources_path(
    store: StoreSettings | None = None, settings: IngestSettings | None = None
) -> Path:
    """The path of ``sources.toml``, whether or not it exists."""
    settings = settings or IngestSettings()
    return settings.sources or (store or StoreSettings()).home / FILE_NAME


def read_sources(path: Path) -> SourcesFile:
    """The sources in the file at ``path``; none if there is no file.

    Raises:
        SettingsError: the file cannot be read, or is not valid TOML.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return SourcesFile(path, {})
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} is no TOML that can be read: {error}") from error
    entries = document.pop("sources", {})
    problems = [
        SourceProblem(str(key), "", "only [sources.NAME] tables are known here") for key in document
    ]
    if not isinstance(entries, dict):
        problems.append(SourceProblem("sources", "", "write each source as [sources.NAME]"))
        entries = {}
    sources = {}
    for name, fields in entries.items():
        found = _entry(name, fields, path.parent)
        if isinstance(found, Source):
            sources[name] = found
        else:
            problems += found
    return SourcesFile(path, sources, tuple(problems))


def _entry(name: str, fields: Any, folder: Path) -> Source | list[SourceProblem]:
    if not re.fullmatch(NAME, name):
        return [SourceProblem(repr(name), "", "a name has 1 to 64 characters, on one line")]
    if not isinstance(fields, dict):
        return [SourceProblem(name, "", "write it as a table: [sources.NAME]")]
    # The model also accepts the attribute's name, which is not a field of the file.
    if "place" in fields:
        return [SourceProblem(name, "place", f"unknown; known are {', '.join(field_names())}")]
    try:
        source = Source.model_validate(fields, strict=True)
    except ValidationError as error:
        return [_problem(name, dict(one)) for one in error.errors(include_url=False)]
    source._name, source._folder = name, Path(folder)
    return source


def field_names() -> list[str]:
    """The names of an entry's fields in the file."""
    return [info.alias or name for name, info in Source.model_fields.items()]


def _problem(name: str, error: dict[str, Any]) -> SourceProblem:
    field = ".".join(map(str, error["loc"]))
    kind, reason = error["type"], str(error["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        reason = f"unknown; known are {', '.join(field_names())}"
    elif kind == "missing":
        reason = "missing"
    elif field == "every":
        reason = f"{error['input']!r} is no time like 90s, 15m, 2h or 1d"
    elif field == "language" and kind == "string_pattern_mismatch":
        reason = f"{error['input']!r} is no code like ar or en"
    return SourceProblem(name, field, reason)
