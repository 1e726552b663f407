"""PDF files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.articles.files import id_from_path, origin
from ingest.core.errors import LoadError
from ingest.core.limits import Limits
from ingest.loaders.documents.document_loader import DocumentLoader
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from ingest.core.sandbox import SandboxedProcess

HEADER_BYTES = 1_024
"""Bytes at the start of a PDF that contain its signature."""


@dataclass
class PdfLoader(DocumentLoader):
    """``.pdf``: one article per file, from its text layer, parsed in a separate process."""

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".pdf",)
    streams: bool = True

    def read(self, path: Path, root: Path) -> Article:
        """See `DocumentLoader.read`."""
        from ingest.articles.document_builder import DocumentProperties, article_from_document

        with path.open("rb") as file:
            if b"%PDF-" not in file.read(HEADER_BYTES):
                raise LoadError("not_pdf")
        request = {"path": os.fsencode(os.path.abspath(path)).hex(), "pages": self.limits.pdf_pages}
        document = _parser(self.limits.parse_bytes).request(request, self.limits.parse_seconds)
        if "error" in document:
            raise LoadError.from_json(document["error"])
        properties = DocumentProperties(
            title=document.get("title"),
            author=document.get("author"),
            created=document.get("created"),
            modified=document.get("modified"),
            more={"pages": document["pages"]},
        )
        return article_from_document(
            document["text"], properties, fallback_id=id_from_path(path, root), origin=origin(path)
        )


@lru_cache
def _parser(max_bytes: int) -> SandboxedProcess:
    from ingest.core.sandbox import SandboxedProcess

    return SandboxedProcess("ingest.formats.pdf.worker", max_bytes)
