"""PDF files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.articles.files import display_path, id_from_path, origin, unreadable
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.core.limits import Limits

if TYPE_CHECKING:
    from ingest.core.sandbox import SandboxedProcess
    from vectorstore.core.types import Article

HEAD = 1_024
"""Bytes at the top in which a PDF says that it is one."""


@dataclass(slots=True)
class PdfLoader:
    """``.pdf``: one article per file, from its text layer; read in a process of its own."""

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".pdf",)
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`."""
        try:
            yield LoadResult(place=display_path(path), article=self._article(path, root))
        except OSError as error:
            yield failure(display_path(path), unreadable(error))
        except LoadError as error:
            yield failure(display_path(path), error)

    def _article(self, path: Path, root: Path) -> Article:
        from ingest.articles.document_builder import DocumentProperties, article_from_document

        with path.open("rb") as file:
            if b"%PDF-" not in file.read(HEAD):
                raise LoadError("not_pdf")
        request = {"path": os.fsencode(os.path.abspath(path)).hex(), "pages": self.limits.pdf_pages}
        found = _reader(self.limits.parse_bytes).ask(request, self.limits.parse_seconds)
        if "error" in found:
            raise LoadError.from_json(found["error"])
        properties = DocumentProperties(
            title=found.get("title"),
            author=found.get("author"),
            created=found.get("created"),
            modified=found.get("modified"),
            more={"pages": found["pages"]},
        )
        return article_from_document(
            found["text"], properties, fallback_id=id_from_path(path, root), origin=origin(path)
        )


@lru_cache
def _reader(max_bytes: int) -> SandboxedProcess:
    from ingest.core.sandbox import SandboxedProcess

    return SandboxedProcess("ingest.formats.pdf.child", max_bytes)
