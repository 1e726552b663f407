"""Books and magazines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.articles.files import display_path, id_from_path, origin
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.core.limits import Limits

if TYPE_CHECKING:
    from ingest.formats.epub_text import Chapter
    from vectorstore.core.types import Article


@dataclass(slots=True)
class EpubLoader:
    """``.epub``: one article per chapter, so that citations name the chapter.

    A chapter is one file of the book, and its id ``path#name`` of that file. The book's title
    precedes the chapter's. A book of one chapter is an article named by its path.
    """

    limits: Limits = field(default_factory=Limits)
    suffixes: tuple[str, ...] = (".epub",)
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a chapter that fails does not stop the others."""
        from ingest.formats.epub_text import Book
        from ingest.formats.zip_archive import open_document

        place = display_path(path)
        try:
            with open_document(path, self.limits, "not_epub", ".epub") as package:
                book = Book(package)
                fields = book.fields()
                chapters = list(book.chapters())
        except LoadError as error:
            yield failure(place, error)
            return
        if not chapters:
            problem = LoadError("book_without_text")
            yield failure(place, problem)
        for number, chapter in enumerate(chapters, 1):
            if isinstance(chapter, LoadError):
                yield failure(place, chapter)
                continue
            alone = len(chapters) == 1
            name = (
                id_from_path(path, root) if alone else f"{id_from_path(path, root)}#{chapter.name}"
            )
            try:
                article = _article(chapter, fields, number, len(chapters), name, origin(path))
            except LoadError as error:
                yield failure(f"{place}#{chapter.name}", error)
            else:
                yield LoadResult(
                    place=place if alone else f"{place}#{chapter.name}", article=article
                )


def _article(
    chapter: Chapter, book: dict[str, str], number: int, of: int, name: str, file_origin: str
) -> Article:
    from ingest.articles.builder import article_from_record
    from ingest.text.dates import parse_date
    from vectorstore.core.text_analysis import normalise

    title, whole = chapter.title, book.get("title", "")
    text = chapter.text
    first, _, rest = text.partition("\n")
    if title and rest.strip() and normalise(first) == normalise(title):
        text = rest.strip()
    if whole and of == 1:
        title = whole if normalise(whole) not in normalise(title) else title
    elif whole and normalise(title) in ("", normalise(whole)):
        title = f"{whole} – {number}"
    elif whole and normalise(whole) not in normalise(title):
        title = f"{whole} – {title}"
    record = {
        "title": title or whole,
        "text": text,
        "author": book.get("creator"),
        "source": book.get("publisher"),
        "date": book.get("date"),
        "date_from": "book" if parse_date(book.get("date", "")) else None,
        "modified_at": book.get("modified"),
        "language": book.get("language"),
        "book": whole or None,
        "chapter": number if of > 1 else None,
    }
    known = {field: value for field, value in record.items() if value is not None}
    return article_from_record(known, fallback_id=name, origin=file_origin)
