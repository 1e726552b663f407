"""``sources.toml``: where articles come from, each place under a name of its own."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from dataclasses import dataclass
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
    """A place where articles come from, and how it is kept up to date."""

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
        description="What becomes of articles that are there no more. Unset, those whose files are "
        "gone from a folder are removed, and those that a feed names no more are kept.",
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
        """The name it has in ``sources.toml``."""
        return self._name

    @property
    def is_web(self) -> bool:
        """Whether it is an address, and not files."""
        return is_url(self.place)

    @property
    def path(self) -> Path:
        """The folder or file; only where it is no address."""
        # Not Path.expanduser, which raises where there is no such user.
        return self._folder / os.path.expanduser(self.place)

    @property
    def where(self) -> str:
        """The address, or the absolute path."""
        return self.place if self.is_web else str(self.path)

    @property
    def seconds(self) -> int:
        """``every`` in seconds."""
        return int(self.every[:-1]) * _SECONDS[self.every[-1]]

    @property
    def removes(self) -> bool:
        """Whether articles that are there no more are removed."""
        return self.gone == "remove" if self.gone is not None else not self.is_web


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """An entry that cannot be used: its name, the field, and why (for people, on one line)."""

    name: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.field}: {self.reason}" if self.field else self.text()

    def text(self) -> str:
        """Name and reason."""
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """What ``sources.toml`` holds: usable sources by name, and the other entries' problems."""

    path: Path
    sources: dict[str, Source]
    problems: tuple[SourceProblem, ...] = ()

    def named(self, names: list[str] | None) -> list[Source]:
        """Those with ``names``; without any, all that are enabled.

        Raises:
            SettingsError: there is none with such a name.
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


def typed_name(name: str) -> str:
    """``name`` as it is typed in a shell."""
    return name if name.isalnum() else shlex.quote(name)


def sources_path(
    store: StoreSettings | None = None, settings: IngestSettings | None = None
) -> Path:
    """Where ``sources.toml`` is, or would be."""
    settings = settings or IngestSettings()
    return settings.sources or (store or StoreSettings()).home / FILE_NAME


def read_sources(path: Path) -> SourcesFile:
    """What the file at ``path`` holds; nothing where there is no file.

    An entry that cannot be used becomes a problem, and the others are read.

    Raises:
        SettingsError: the file cannot be read, or is no TOML.
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
    # By its own name in the file, and only that.
    if "place" in fields:
        return [SourceProblem(name, "place", f"unknown; known are {', '.join(field_names())}")]
    try:
        source = Source.model_validate(fields, strict=True)
    except ValidationError as error:
        return [_problem(name, dict(one)) for one in error.errors(include_url=False)]
    source._name, source._folder = name, Path(folder)
    return source


def field_names() -> list[str]:
    """The fields of an entry, as they are written."""
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
