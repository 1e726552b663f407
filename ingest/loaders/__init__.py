"""Loaders of articles, one for each kind of file. A new one is added to `loaders`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from ingest.articles.loader_protocol import Loader, LoadResult
from ingest.core.limits import Limits
from ingest.loaders.archive import ArchiveLoader
from ingest.loaders.discovery import Discovered, discover_files
from ingest.loaders.documents.docx import DocxLoader
from ingest.loaders.documents.epub import EpubLoader
from ingest.loaders.documents.html import HtmlLoader
from ingest.loaders.documents.markdown import MarkdownLoader
from ingest.loaders.documents.pdf import PdfLoader
from ingest.loaders.documents.plain_text import PlainTextLoader
from ingest.loaders.records.feed import FeedLoader
from ingest.loaders.records.json_records import JsonLinesLoader, JsonLoader
from ingest.loaders.records.spreadsheet import SpreadsheetLoader
from ingest.loaders.records.table import TableLoader

__all__ = ["Discovered", "LoadResult", "Loader", "discover", "loaders", "supported"]


def loaders(limits: Limits) -> tuple[Loader, ...]:
    """A loader for each kind of file, within ``limits``."""
    return (
        PlainTextLoader(),
        MarkdownLoader(),
        HtmlLoader(),
        PdfLoader(limits),
        DocxLoader(limits),
        EpubLoader(limits),
        FeedLoader(),
        TableLoader(),
        SpreadsheetLoader(limits),
        JsonLoader(),
        JsonLinesLoader(max_line_bytes=limits.file_bytes),
        ArchiveLoader(_by_suffix, limits),
    )


def supported() -> tuple[str, ...]:
    """The suffixes of all loaders."""
    return tuple(_by_suffix(Limits()))


def discover(
    paths: Iterable[Path], *, max_bytes: int | None = None, limits: Limits | None = None
) -> Iterator[Discovered]:
    """The files under ``paths``, folders in sorted order.

    A folder is the root of the files in it, a file's parent is its root. Hidden files in folders
    are ignored, repeated files too. What cannot be loaded (missing, unsupported, empty, unreadable,
    or too large for a loader that does not stream) is a failure in its place. ``max_bytes``
    replaces the limit of a file's size in ``limits``.
    """
    limits = limits or Limits()
    if max_bytes is not None:
        limits = replace(limits, file_bytes=max_bytes)
    return discover_files(paths, max_bytes=limits.file_bytes, loaders=_by_suffix(limits))


def _by_suffix(limits: Limits) -> dict[str, Loader]:
    return {suffix: loader for loader in loaders(limits) for suffix in loader.suffixes}
