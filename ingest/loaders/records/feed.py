"""Saved feeds: RSS, Atom, RDF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.articles.files import display_path, id_from_path, origin, read_bytes
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.loaders.records.record import load_record


class FeedLoader:
    """``.xml``, ``.rss``, ``.atom``: an article per entry, with the text in the feed.

    Its id is the entry's link, else the entry's id, else ``path#n``. Nothing is fetched.
    """

    suffixes: tuple[str, ...] = (".xml", ".rss", ".atom")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; one entry that fails does not stop the others."""
        from ingest.html.feeds import detect_document_kind, feed_entries

        try:
            data = read_bytes(path)
            if detect_document_kind(data) != "feed":
                raise LoadError("not_feed")
            found = feed_entries(data)
        except LoadError as error:
            yield failure(display_path(path), error)
            return
        if not found:
            yield failure(display_path(path), LoadError("empty_feed"))
        for number, entry in enumerate(found, 1):
            yield load_record(
                entry.record(),
                place=f"{display_path(path)}#{number}",
                fallback_id=f"{id_from_path(path, root)}#{number}",
                origin=origin(path),
            )
