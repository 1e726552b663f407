"""Word documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ingest.articles.files import id_from_path, origin
from ingest.core.limits import Limits
from ingest.loaders.documents.document_loader import DocumentLoader
from vectorstore.core.types import Article


@dataclass
class DocxLoader(DocumentLoader):
    """``.docx``: one article per document."""

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".docx",)
    streams: bool = True

    def read(self, path: Path, root: Path) -> Article:
        """See `DocumentLoader.read`."""
        from ingest.articles.document_builder import article_from_document
        from ingest.formats.docx_text import WordDocument  # imports lxml
        from ingest.formats.zip_archive import open_document

        with open_document(path, self.limits, "not_word", ".docx") as package:
            document = WordDocument(package)
            return article_from_document(
                document.text(),
                document.properties(),
                fallback_id=id_from_path(path, root),
                origin=origin(path),
            )
