"""Base class of the loaders of files that hold one article."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from ingest.articles.files import display_path, unreadable
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from vectorstore.core.types import Article


class DocumentLoader(ABC):
    """A `Loader` of one article per file."""

    suffixes: tuple[str, ...]
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`."""
        try:
            yield LoadResult(place=display_path(path), article=self.read(path, root))
        except OSError as error:
            yield failure(display_path(path), unreadable(error))
        except LoadError as error:
            yield failure(display_path(path), error)

    @abstractmethod
    def read(self, path: Path, root: Path) -> Article:
        """The article in ``path``.

        Raises:
            LoadError, OSError: it cannot be read.
        """
