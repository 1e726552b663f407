"""Articles from files: one loader per kind, all behind `Loader`.

A new kind is a class with ``suffixes`` and ``load``, and a line in ``LOADERS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.loaders.discovery import Discovered, discover_files
from ingest.loaders.json_records import JsonLinesLoader, JsonLoader
from ingest.loaders.markdown import MarkdownLoader
from ingest.loaders.plain_text import PlainTextLoader
from ingest.loaders.protocol import Loaded, Loader

__all__ = ["LOADERS", "Discovered", "Loaded", "Loader", "discover", "loader_for", "supported"]

LOADERS: tuple[Loader, ...] = (
    PlainTextLoader(),
    MarkdownLoader(),
    JsonLoader(),
    JsonLinesLoader(),
)


def supported() -> tuple[str, ...]:
    """The suffixes of all loaders."""
    return tuple(suffix for loader in LOADERS for suffix in loader.suffixes)


def loader_for(path: Path) -> Loader | None:
    """The loader for files named like ``path``, or None."""
    suffix = path.suffix.lower()
    return next((loader for loader in LOADERS if suffix in loader.suffixes), None)


def discover(paths: Iterable[Path], *, max_bytes: int) -> Iterator[Discovered]:
    """The files that ``paths`` name, folders walked in sorted order.

    A folder is the root of the files in it, a file's parent is its root. Hidden files in folders
    are left out, a file met twice counts once. What cannot be loaded (missing, unsupported, empty,
    over ``max_bytes``, unreadable) comes as a failure in its place.
    """
    return discover_files(paths, max_bytes=max_bytes, loader_for=loader_for, supported=supported())
