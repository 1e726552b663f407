"""From the paths a person names to the files that can be loaded, each with its loader."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.articles.files import display_path, unreadable, unsupported
from ingest.articles.loader_protocol import Loader, LoadResult, failure
from ingest.core.errors import LoadError
from ingest.loaders.ignored_files import (
    companion_folders,
    describe_textless,
    holds_no_text,
    is_ignored,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A file to load, or the reason why it cannot be: ``loader`` or ``failure`` is set, never both.

    ``failure`` may also say what was left out of a folder, which is none.
    ``root`` is the folder the user named, or the file's own; ``size`` is in bytes.
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
    paths: Iterable[Path],
    *,
    max_bytes: int,
    loaders: Mapping[str, Loader],
) -> Iterator[Discovered]:
    """See `ingest.loaders.discover`."""
    seen: set[str] = set()
    for given in paths:
        try:
            status = given.stat()
        except (OSError, ValueError) as error:
            yield _refused(given, given.parent, _as_load_error(error))
            continue
        if not stat.S_ISDIR(status.st_mode):
            files: Iterator[tuple[Path, LoadError | str | None]] = iter([(given, None)])
            root = given.parent
        else:
            files, root = _walk(given, seen), given
        for path, problem in files:
            if isinstance(problem, LoadError):
                yield _refused(path, root, problem)
                continue
            if problem is not None:
                place = display_path(path)
                skipped = LoadResult(place=place, skipped=problem)
                yield Discovered(path=path, root=root, place=place, failure=skipped)
                continue
            found = _examine(path, root, max_bytes, loaders, seen)
            if found is not None:
                yield found


def _walk(top: Path, seen: set[str]) -> Iterator[tuple[Path, LoadError | str | None]]:
    """The files under ``top`` in sorted order, no folder entered twice.

    What nobody means to be read is left out; of a folder's files that hold no text it is said.
    """
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
            if not stat.S_ISDIR(status.st_mode):
                yield path, None
                continue
            # A link back to a folder above would be walked for ever.
            if _met(path, seen):
                continue
            with os.scandir(path) as entries:
                found = sorted((e.name, e) for e in entries if not is_ignored(e.name))
                textless = [n for n, entry in found if holds_no_text(n) and not entry.is_dir()]
        except OSError as error:
            yield path, unreadable(error)
            continue
        if textless:
            yield path, describe_textless(textless)
        passed = {*textless, *companion_folders(name for name, _ in found)}
        names = [name for name, _ in found if name not in passed]
        waiting.extend(path / name for name in reversed(names))


def _examine(
    path: Path,
    root: Path,
    max_bytes: int,
    loaders: Mapping[str, Loader],
    seen: set[str],
) -> Discovered | None:
    """One file; None when it has already been met under another name."""
    try:
        status = path.stat()
    except OSError as error:
        return _refused(path, root, unreadable(error))
    if _met(path, seen):
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
        problem = unreadable(PermissionError())
    if problem is not None:
        return _refused(path, root, problem)
    return Discovered(
        path=path, root=root, place=display_path(path), size=status.st_size, loader=loader
    )


def _met(path: Path, seen: set[str]) -> bool:
    """Whether ``path`` has been here before, under this name or through a link."""
    real = os.path.realpath(path)
    if real in seen:
        return True
    seen.add(real)
    return False


def _refused(path: Path, root: Path, problem: LoadError) -> Discovered:
    place = display_path(path)
    return Discovered(path=path, root=root, place=place, failure=failure(place, problem))


def _as_load_error(error: OSError | ValueError) -> LoadError:
    if isinstance(error, OSError):
        return unreadable(error)
    return LoadError("not_a_path")  # a NUL in it, for one
