"""Articles from files: one loader per kind, all behind `Loader`.

A new kind is a class with the members of `Loader`, and a line in `loaders`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.loaders.discovery import Discovered, discover_files
from ingest.loaders.feed import FeedLoader
from ingest.loaders.html import HtmlLoader
from ingest.loaders.json_records import JsonLinesLoader, JsonLoader
from ingest.loaders.markdown import MarkdownLoader
from ingest.loaders.plain_text import PlainTextLoader
from ingest.loaders.protocol import Loaded, Loader
from ingest.loaders.table import TableLoader

__all__ = ["Discovered", "Loaded", "Loader", "discover", "loaders", "supported"]


def loaders(*, max_bytes: int) -> tuple[Loader, ...]:
    """A loader for each kind of file; one article may take ``max_bytes``."""
    return (
        PlainTextLoader(),
        MarkdownLoader(),
        HtmlLoader(),
        FeedLoader(),
        TableLoader(),
        JsonLoader(),
        JsonLinesLoader(max_line_bytes=max_bytes),
    )


def supported() -> tuple[str, ...]:
    """The suffixes of all loaders."""
    return tuple(suffix for loader in loaders(max_bytes=0) for suffix in loader.suffixes)


def discover(paths: Iterable[Path], *, max_bytes: int) -> Iterator[Discovered]:
    """The files that ``paths`` name, folders walked in sorted order.

    A folder is the root of the files in it, a file's parent is its root. Hidden files in folders
    are left out, a file met twice counts once. What cannot be loaded (missing, unsupported, empty,
    over ``max_bytes`` unless read record by record, unreadable) comes as a failure in its place.
    """
    by_suffix = {
        suffix: loader for loader in loaders(max_bytes=max_bytes) for suffix in loader.suffixes
    }
    return discover_files(paths, max_bytes=max_bytes, loaders=by_suffix)
