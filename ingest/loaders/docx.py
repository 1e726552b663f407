"""Word documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import LoadError
from ingest.limits import Limits
from ingest.loaders.files import identity, origin, shown
from ingest.loaders.protocol import Loaded, failure


@dataclass(slots=True)
class DocxLoader:
    """``.docx``: one article per document."""

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".docx",)
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[Loaded]:
        """See `Loader.load`."""
        from ingest.loaders.documents import article_of_document
        from ingest.packages import open_document
        from ingest.word import WordDocument

        try:
            with open_document(path, self.limits, "a Word document", ".docx") as package:
                document = WordDocument(package)
                article = article_of_document(
                    document.text(),
                    document.properties(),
                    fallback_id=identity(path, root),
                    origin=origin(path),
                )
        except LoadError as error:
            yield failure(shown(path), error)
            return
        yield Loaded(place=shown(path), article=article)
