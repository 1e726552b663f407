"""What a loader is and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.core.errors import LoadError
from vectorstore.core.types import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An article, a failure, or a file left out on purpose, as a loader met it.

    Exactly one of ``article``, ``error``, ``skipped`` and ``kept`` is set.

    Attributes:
        place: Where: the path as the user gave it, with a line or item where that helps.
        article: What was read.
        error: What is wrong, on one line.
        remedy: What to do about ``error``, on one line; None without one.
        skipped: Why the whole file holds no articles and need not, on one line; no failure.
        kept: The id of a stored article that its server says has not changed.
        position: Bytes of the file read so far, from loaders that read record by record.
    """

    place: str
    article: Article | None = None
    error: str | None = None
    remedy: str | None = None
    skipped: str | None = None
    kept: str | None = None
    position: int | None = None


class Loader(Protocol):
    """Reads one kind of file."""

    suffixes: tuple[str, ...]
    """Lower case, with the dot."""

    streams: bool
    """Whether it reads record by record or part by part, so that a file may be of any size."""

    def load(self, path: Path, *, root: Path) -> Iterator[Loaded]:
        """The articles in ``path``, one by one; what cannot be read is a failure, never raised.

        A file that is not meant to hold articles is skipped, once for all of it.
        Ids of articles without one of their own are made from the path relative to ``root``.
        """
        ...


def broken_loader(error: Exception) -> LoadError:
    """What to say of an ``error`` that no loader should raise: one thing lost, not the rest."""
    problem = f"the loader broke ({type(error).__name__}: {error})".replace("\n", " ")
    return LoadError(problem, "leave it out and report this with it")


def failure(place: str, error: LoadError) -> Loaded:
    """``error`` as a loader reports it."""
    return Loaded(place=place, error=error.problem, remedy=error.remedy)
