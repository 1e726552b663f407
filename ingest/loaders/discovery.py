"""Finds the files under the given paths, each with its loader."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.articles.files import display_path, unreadable, unsupported
from ingest.articles.loader_protocol import Loader, LoadResult, failure
from ingest.core.errors import LoadError
from ingest.loaders.ignored_files import companion_folders, describe_media, is_ignored, is_media


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A file with its loader, or else the result in its place.

    Attributes:
        root: The folder that the user named, or that of the file that the user named.
        size: In bytes.
        failure: Why the file cannot be loaded; or the note on skipped media in a folder.
    """

    path: Path
    root: Path
    place: str
    size: int = 0
    loader: Loader | None = None
    failure: LoadResult | None = None

    def load(self) -> Iterator[LoadResult]:
        """The articles in the file, or the one failure."""
        if self.failure is not None:
            yield self.failure
        elif self.loader is not None:
            yield from self.loader.load(self.path, root=self.root)


def discover_files(
    paths: Iterable[Path], *, max_bytes: int, loaders: Mapping[str, Loader]
) -> Iterator[Discovered]:
    """See `ingest.loaders.discover`."""
    seen: set[str] = set()
    for named in paths:
        try:
            is_folder = stat.S_ISDIR(named.stat().st_mode)
        except OSError as error:
            yield _failed(named, named.parent, unreadable(error))
            continue
        except ValueError:  # a NUL in it
            yield _failed(named, named.parent, LoadError("not_a_path"))
            continue
        root = named if is_folder else named.parent
        for path, problem in _walk(named, seen) if is_folder else [(named, None)]:
            if isinstance(problem, LoadError):
                yield _failed(path, root, problem)
            elif isinstance(problem, str):
                place = display_path(path)
                skipped = LoadResult(place=place, skipped=problem)
                yield Discovered(path=path, root=root, place=place, failure=skipped)
            elif (found := _examine(path, root, max_bytes, loaders, seen)) is not None:
                yield found


def _walk(top: Path, seen: set[str]) -> Iterator[tuple[Path, LoadError | str | None]]:
    """The files under ``top`` in sorted order; an error or a note in the place of a folder.

    Ignored files are left out, folders that were entered before too. A folder with media yields a
    note on them.
    """
    stack = [top]
    while stack:
        path = stack.pop()
        try:
            if not stat.S_ISDIR(path.stat().st_mode):
                yield path, None
                continue
            if _is_repeated(path, seen):  # a link to a parent folder would never end
                continue
            with os.scandir(path) as entries:
                found = sorted((e.name, e) for e in entries if not is_ignored(e.name))
                media = [n for n, entry in found if is_media(n) and not entry.is_dir()]
        except OSError as error:
            yield path, unreadable(error)
            continue
        if media:
            yield path, describe_media(media)
        left_out = {*media, *companion_folders(name for name, _ in found)}
        stack.extend(path / name for name, _ in reversed(found) if name not in left_out)


def _examine(
    path: Path, root: Path, max_bytes: int, loaders: Mapping[str, Loader], seen: set[str]
) -> Discovered | None:
    """A file and its loader, or why it cannot be loaded; None if it was found before."""
    try:
        status = path.stat()
    except OSError as error:
        return _failed(path, root, unreadable(error))
    if _is_repeated(path, seen):
        return None
    loader = loaders.get(path.suffix.lower())
    problem: LoadError | None = None
    if not stat.S_ISREG(status.st_mode):
        problem = LoadError("not_regular_file")
    elif loader is None:
        problem = unsupported(path.suffix.lower(), loaders)
    elif status.st_size == 0:
        problem = LoadError("empty_file")
    elif status.st_size > max_bytes and not loader.streams:
        problem = LoadError("too_large", size_bytes=status.st_size, limit_bytes=max_bytes)
    elif not os.access(path, os.R_OK):
        problem = LoadError("no_permission")
    if problem is not None:
        return _failed(path, root, problem)
    return Discovered(
        path=path, root=root, place=display_path(path), size=status.st_size, loader=loader
    )


def _is_repeated(path: Path, seen: set[str]) -> bool:
    """Whether ``path`` was seen before, also through a link; adds it to ``seen``."""
    real = os.path.realpath(path)
    if real in seen:
        return True
    seen.add(real)
    return False


def _failed(path: Path, root: Path, problem: LoadError) -> Discovered:
    place = display_path(path)
    return Discovered(path=path, root=root, place=place, failure=failure(place, problem))
