"""Plain text: a title line, perhaps a date line, then paragraphs; or just text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.articles.builder import article_from_text
from ingest.articles.files import display_path, id_from_path, origin, read_text
from ingest.articles.headings import split_heading, title_from_text
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.text.arabic_text import repair
from ingest.text.cleaning import clean_title


class PlainTextLoader:
    """``.txt``: one article per file."""

    suffixes: tuple[str, ...] = (".txt",)
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`."""
        try:
            decoded = read_text(path)
            repaired = repair(decoded.text)  # a date line is one only in letters
            title, published_at, body = split_heading(repaired.text)
            article = article_from_text(
                body,
                id=id_from_path(path, root),
                title=clean_title(title) or title_from_text(body),
                published_at=published_at,
                origin=origin(path),
                metadata={**decoded.metadata(), **repaired.metadata()},
            )
        except LoadError as error:
            yield failure(display_path(path), error)
        else:
            yield LoadResult(place=display_path(path), article=article)
