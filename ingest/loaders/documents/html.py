"""Saved web pages."""

from __future__ import annotations

from pathlib import Path

from ingest.articles.files import id_from_path, origin, read_bytes
from ingest.loaders.documents.document_loader import DocumentLoader
from vectorstore.core.types import Article


class HtmlLoader(DocumentLoader):
    """``.html``, ``.htm``, ``.xhtml``: one article per page.

    Its id is the canonical URL that the page declares, else its path.
    """

    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")

    def read(self, path: Path, root: Path) -> Article:
        """See `DocumentLoader.read`."""
        from ingest.html import article_from_page  # imports trafilatura

        return article_from_page(
            read_bytes(path), url=None, fallback_id=id_from_path(path, root), origin=origin(path)
        )
