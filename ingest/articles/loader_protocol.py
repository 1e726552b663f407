"""The protocol of loaders and the results they yield."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.core.errors import LoadError
from vectorstore.core.types import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """An article, a failure, or a file that is not meant to hold articles.

    Exactly one of ``article``, ``error``, ``skipped`` and ``unchanged_id`` is set.

    Attributes:
        place: The path or URL as the user gave it, with a line or item where that helps.
        article: The article.
        error: Why it cannot be loaded.
        skipped: Why the whole file is skipped, on one line; not a failure.
        unchanged_id: ID of a stored article that has not changed, by its server or feed.
        position: Bytes of the file read so far, from loaders that read record by record.
    """

    place: str
    article: Article | None = None
    error: LoadError | None = None
    skipped: str | None = None
    unchanged_id: str | None = None
    position: int | None = None

    @property
    def problem(self) -> str | None:
        """The English text of ``error``."""
        return self.error.problem if self.error else None

    @property
    def remedy(self) -> str | None:
        """The English remedy of ``error``."""
        return self.error.remedy if self.error else None


class Loader(Protocol):
    """Reads one kind of file."""

    suffixes: tuple[str, ...]
    """Lower case, with the dot."""

    streams: bool
    """Whether it reads record by record or part by part, so that a file may be of any size."""

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """The articles in ``path``, one by one; what cannot be read is a failure, never raised.

        A file that is not meant to hold articles is skipped, once for all of it.
        Ids of articles without one of their own are made from the path relative to ``root``.
        """
        ...


def unexpected_error(error: Exception) -> LoadError:
    """An exception that no loader should raise, as the failure of one item."""
    return LoadError("loader_failed", reason=f"{type(error).__name__}: {error}")


def failure(place: str, error: LoadError) -> LoadResult:
    """``error`` as the result of a loader."""
    return LoadResult(place=place, error=error)
