"""ZIP archives of files of any kind that is read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipInfo

from ingest.articles.files import display_path, id_from_path, origin, unreadable, unsupported
from ingest.articles.loader_protocol import Loader, LoadResult, failure, unexpected_error
from ingest.core.errors import LoadError
from ingest.core.limits import Limits
from ingest.loaders.ignored_files import (
    companion_folders,
    describe_textless,
    holds_no_text,
    is_ignored,
)

if TYPE_CHECKING:
    from ingest.formats.zip_archive import Budget, Package
    from vectorstore.core.types import Article

MAX_DEPTH = 3
"""Archives within each other, the outermost included."""


@dataclass(slots=True)
class ArchiveLoader:
    """``.zip``: what each file in it holds, archives in it included.

    A file in it without an id of its own is known by ``archive.zip/its/path``. Files are unpacked
    one at a time, under names of ours, into a folder that goes again.
    """

    by_suffix: Callable[[Limits], Mapping[str, Loader]]
    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".zip",)
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a file that fails does not stop the others."""
        from ingest.formats.zip_archive import Budget, Package

        budget = Budget.of(self.limits)
        try:
            with path.open("rb") as file, Package(file, self.limits, budget) as package:
                inside = _Inside(display_path(path), id_from_path(path, root), origin(path))
                yield from self._files(package, inside, budget, 1)
        except OSError as error:
            yield failure(display_path(path), unreadable(error))
        except LoadError as error:
            yield failure(display_path(path), error)

    def _files(
        self, package: Package, inside: _Inside, budget: Budget, depth: int
    ) -> Iterator[LoadResult]:
        budget.entries_left -= len(package.entries)
        if budget.entries_left < 0:  # before any is read: there would be as many failures
            raise LoadError("too_many_entries", limit=self.limits.entries)
        empty = True
        textless = []
        names = [_name(info.filename) for info in package.entries]
        folders = companion_folders(names)
        for name, info in zip(names, package.entries, strict=True):
            if _is_left(name, folders):
                continue
            empty = False
            if holds_no_text(name):
                textless.append(name)
                continue
            here = inside.within(name)
            try:
                yield from self._file(package, info, here, budget, depth)
            except LoadError as error:
                yield failure(here.place, error)
                if budget.bytes_left < 0:
                    return
            except Exception as error:  # as the pipeline does with a file of its own
                yield failure(here.place, unexpected_error(error))
        if empty:
            yield failure(inside.place, LoadError("empty_archive"))
        if textless:
            yield LoadResult(place=inside.place, skipped=describe_textless(textless))

    def _file(
        self, package: Package, info: ZipInfo, here: _Inside, budget: Budget, depth: int
    ) -> Iterator[LoadResult]:
        from ingest.formats.zip_archive import Package as Nested

        loaders = self.by_suffix(self.limits)
        suffix = os.path.splitext(here.name)[1].lower()
        loader = loaders.get(suffix)
        _refuse_path(here.name)
        if loader is None:
            raise unsupported(suffix, loaders)
        most = self.limits.unpacked_bytes if loader.streams else self.limits.file_bytes
        with _unpacked(package, info, suffix, most) as path:
            if path.stat().st_size == 0:
                raise LoadError("empty_file")
            if not isinstance(loader, ArchiveLoader):
                for loaded in loader.load(path, root=path.parent):
                    yield here.named(loaded, path)
                return
            if depth >= MAX_DEPTH:
                raise LoadError("nested_archives", limit=MAX_DEPTH)
            with path.open("rb") as file, Nested(file, self.limits, budget) as nested:
                yield from self._files(nested, here, budget, depth + 1)


@dataclass(frozen=True, slots=True)
class _Inside:
    """A place in an archive: as shown, as part of an id, and the archive's file."""

    place: str
    identity: str
    origin: str
    name: str = ""

    def within(self, name: str) -> _Inside:
        return _Inside(f"{self.place}/{name}", f"{self.identity}/{name}", self.origin, name)

    def named(self, loaded: LoadResult, path: Path) -> LoadResult:
        """What was loaded from ``path``, as what lies in the archive here."""
        place = self.place + loaded.place.removeprefix(display_path(path))
        if loaded.article is None:
            return replace(loaded, place=place, position=None)
        return LoadResult(place=place, article=self._article(loaded.article, path.name))

    def _article(self, article: Article, name: str) -> Article:
        rest = article.id.removeprefix(name)
        own = rest != article.id and (not rest or rest.startswith("#"))
        return replace(article, id=self.identity + rest if own else article.id, origin=self.origin)


def _name(given: str) -> str:
    """A name in an archive as a path with forward slashes, printable."""
    from ingest.formats.zip_archive import printable_name

    parts = given.replace("\\", "/").split("/")
    return printable_name("/".join(part for part in parts if part != "."))  # "./a.txt" is usual


def _is_left(name: str, folders: Collection[str]) -> bool:
    """Whether nobody means ``name`` to be read; ``folders`` are parts of saved pages."""
    parts = name.split("/")
    above = ("/".join(parts[:n]) for n in range(1, len(parts)))
    left = any(is_ignored(part) for part in parts if part != "..")
    return left or any(folder in folders for folder in above)


def _refuse_path(name: str) -> None:
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise LoadError("path_outside_archive")


@contextmanager
def _unpacked(package: Package, info: ZipInfo, suffix: str, most: int) -> Iterator[Path]:
    """A file of an archive, on disk, under a random name, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="rawi-") as folder:
        path = Path(folder) / f"{Path(folder).name}{suffix}"
        with path.open("wb") as file:
            for chunk in package.chunks(info, most):
                file.write(chunk)
        yield path
