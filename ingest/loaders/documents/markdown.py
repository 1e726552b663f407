"""Markdown files with optional YAML front matter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest.articles.builder import FIELD_NAMES, article_from_record
from ingest.articles.files import id_from_path, origin, read_text
from ingest.articles.headings import title_from_text
from ingest.formats.markdown import split_front_matter, strip_markdown
from ingest.loaders.documents.document_loader import DocumentLoader
from ingest.text.cleaning import clean_title
from vectorstore.core.types import Article


class MarkdownLoader(DocumentLoader):
    """``.md`` and ``.markdown``: one article per file."""

    suffixes: tuple[str, ...] = (".md", ".markdown")

    def read(self, path: Path, root: Path) -> Article:
        """See `DocumentLoader.read`."""
        decoded = read_text(path)
        fields, body = split_front_matter(decoded.text)
        heading, text = strip_markdown(body)
        title = _title(fields)
        if title and heading not in ("", title):
            text = f"{heading}\n\n{text}"
        title = title or heading or title_from_text(text)
        others = {key: value for key, value in fields.items() if not _names(key, "title", "text")}
        return article_from_record(
            {**others, **decoded.metadata(), "title": title, "text": text},
            fallback_id=id_from_path(path, root),
            origin=origin(path),
        )


def _title(fields: dict[str, Any]) -> str:
    for alias in FIELD_NAMES["title"]:
        for key, value in fields.items():
            if key.strip().lower() == alias and isinstance(value, str) and value.strip():
                return clean_title(value)
    return ""


def _names(key: str, *fields: str) -> bool:
    """Whether ``key`` is a name of one of ``fields``."""
    return any(key.strip().lower() in FIELD_NAMES[field] for field in fields)
