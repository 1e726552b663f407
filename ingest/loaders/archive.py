"""ZIP archives of files that have a loader."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zipfile import ZipInfo

from ingest.articles.files import display_path, id_from_path, origin, unreadable, unsupported
from ingest.articles.loader_protocol import Loader, LoadResult, failure, unexpected_error
from ingest.core.errors import LoadError
from ingest.core.limits import Limits
from ingest.formats.zip_archive import Package, UnpackBudget, printable_name
from ingest.loaders.ignored_files import (
    companion_folders,
    describe_media,
    is_ignored_path,
    is_media,
)

MAX_ARCHIVE_DEPTH = 3
"""Archives within each other, the outermost included."""


@dataclass(slots=True)
class ArchiveLoader:
    """``.zip``: the articles of the files in it, nested archives included.

    An article without an id of its own gets ``archive.zip/path/in/it``. Files are unpacked one at a
    time into a temporary folder, under generated names.
    """

    by_suffix: Callable[[Limits], Mapping[str, Loader]]
    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".zip",)
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a file that fails does not stop the others."""
        location = _Location(display_path(path), id_from_path(path, root), origin(path))
        try:
            yield from self._load_archive(path, location, UnpackBudget.of(self.limits), 1)
        except OSError as error:
            yield failure(location.place, unreadable(error))
        except LoadError as error:
            yield failure(location.place, error)

    def _load_archive(
        self, path: Path, location: _Location, budget: UnpackBudget, depth: int
    ) -> Iterator[LoadResult]:
        if depth > MAX_ARCHIVE_DEPTH:
            raise LoadError("nested_archives", limit=MAX_ARCHIVE_DEPTH)
        with Package(path, self.limits, budget) as package:
            budget.entries_left -= len(package.entries)
            if budget.entries_left < 0:  # one failure for all files instead of one for each
                raise LoadError("too_many_entries", limit=self.limits.entries)
            names = [_normalised_name(info.filename) for info in package.entries]
            companions = companion_folders(names)
            entries = [
                (name, info)
                for name, info in zip(names, package.entries, strict=True)
                if not is_ignored_path(name, companions)
            ]
            for name, info in entries:
                if is_media(name):
                    continue
                inner = location.inner(name)
                try:
                    yield from self._load_entry(package, info, inner, budget, depth)
                except LoadError as error:
                    yield failure(inner.place, error)
                    if budget.bytes_left < 0:
                        return
                except Exception as error:  # as the pipeline does for a file outside an archive
                    yield failure(inner.place, unexpected_error(error))
            media = [name for name, _ in entries if is_media(name)]
            if not entries:
                yield failure(location.place, LoadError("empty_archive"))
            if media:
                yield LoadResult(place=location.place, skipped=describe_media(media))

    def _load_entry(
        self, package: Package, info: ZipInfo, location: _Location, budget: UnpackBudget, depth: int
    ) -> Iterator[LoadResult]:
        loaders = self.by_suffix(self.limits)
        suffix = os.path.splitext(location.name)[1].lower()
        loader = loaders.get(suffix)
        _check_path(location.name)
        if loader is None:
            raise unsupported(suffix, loaders)
        max_bytes = self.limits.unpacked_bytes if loader.streams else self.limits.file_bytes
        with _unpacked(package, info, suffix, max_bytes) as path:
            if path.stat().st_size == 0:
                raise LoadError("empty_file")
            if isinstance(loader, ArchiveLoader):
                yield from self._load_archive(path, location, budget, depth + 1)
            else:
                for result in loader.load(path, root=path.parent):
                    yield location.relocate(result, path)


@dataclass(frozen=True, slots=True)
class _Location:
    """An archive or a file in it: as shown, as part of an id, and the outermost archive's path."""

    place: str
    id: str
    origin: str
    name: str = ""

    def inner(self, name: str) -> _Location:
        return _Location(f"{self.place}/{name}", f"{self.id}/{name}", self.origin, name)

    def relocate(self, result: LoadResult, path: Path) -> LoadResult:
        """A result for the temporary ``path``, as that of the file in the archive."""
        place = self.place + result.place.removeprefix(display_path(path))
        article = result.article
        if article is None:
            return replace(result, place=place, position=None)
        rest = article.id.removeprefix(path.name)
        from_path = rest != article.id and (not rest or rest.startswith("#"))
        article_id = self.id + rest if from_path else article.id
        article = replace(article, id=article_id, origin=self.origin)
        return LoadResult(place=place, article=article)


def _normalised_name(name: str) -> str:
    """A name in an archive as a printable path with forward slashes, without ``./``."""
    parts = name.replace("\\", "/").split("/")
    return printable_name("/".join(part for part in parts if part != "."))


def _check_path(name: str) -> None:
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise LoadError("path_outside_archive")


@contextmanager
def _unpacked(package: Package, info: ZipInfo, suffix: str, max_bytes: int) -> Iterator[Path]:
    """A temporary file with the content of ``info``, under a random name."""
    with tempfile.TemporaryDirectory(prefix="rawi-") as folder:
        path = Path(folder) / f"{Path(folder).name}{suffix}"
        with path.open("wb") as file:
            for chunk in package.chunks(info, max_bytes):
                file.write(chunk)
        yield path
