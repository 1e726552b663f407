"""Plain text: optional title and date lines, then paragraphs."""

from __future__ import annotations

from pathlib import Path

from ingest.articles.builder import article_from_text
from ingest.articles.files import id_from_path, origin, read_text
from ingest.articles.headings import split_heading, title_from_text
from ingest.loaders.documents.document_loader import DocumentLoader
from ingest.text.arabic_text import repair_arabic
from ingest.text.cleaning import clean_title
from vectorstore.core.types import Article


class PlainTextLoader(DocumentLoader):
    """``.txt``: one article per file."""

    suffixes: tuple[str, ...] = (".txt",)

    def read(self, path: Path, root: Path) -> Article:
        """See `DocumentLoader.read`."""
        decoded = read_text(path)
        repaired = repair_arabic(decoded.text)  # before the date line is looked for
        title, published_at, body = split_heading(repaired.text)
        return article_from_text(
            body,
            id=id_from_path(path, root),
            title=clean_title(title) or title_from_text(body),
            published_at=published_at,
            origin=origin(path),
            metadata={**decoded.metadata(), **repaired.metadata()},
        )
