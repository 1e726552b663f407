"""Word documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.articles.files import display_path, id_from_path, origin
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.core.limits import Limits


@dataclass(slots=True)
class DocxLoader:
    """``.docx``: one article per document."""

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".docx",)
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`."""
        from ingest.articles.document_builder import article_from_document
        from ingest.formats.docx_text import WordDocument
        from ingest.formats.zip_archive import open_document

        try:
            with open_document(path, self.limits, "not_word", ".docx") as package:
                document = WordDocument(package)
                article = article_from_document(
                    document.text(),
                    document.properties(),
                    fallback_id=id_from_path(path, root),
                    origin=origin(path),
                )
        except LoadError as error:
            yield failure(display_path(path), error)
            return
        yield LoadResult(place=display_path(path), article=article)
