"""Saved feeds: RSS, Atom, RDF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.articles.builder import article_from_record
from ingest.articles.files import display_path, id_from_path, origin, read_bytes
from ingest.articles.loader_protocol import LoadResult, failure, unexpected_error
from ingest.core.errors import LoadError


class FeedLoader:
    """``.xml``, ``.rss``, ``.atom``: an article per entry, as much of it as the feed holds.

    An entry's link names the article, else its id, else ``path#n``. Nothing is fetched.
    """

    suffixes: tuple[str, ...] = (".xml", ".rss", ".atom")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; one entry that fails does not stop the others."""
        from ingest.html.feeds import feed_entries, kind_of

        try:
            data = read_bytes(path)
            if kind_of(data) != "feed":
                raise LoadError("not_feed")
            found = feed_entries(data)
        except LoadError as error:
            yield failure(display_path(path), error)
            return
        if not found:
            yield failure(display_path(path), LoadError("empty_feed"))
        for number, entry in enumerate(found, 1):
            place = f"{display_path(path)}#{number}"
            try:
                article = article_from_record(
                    entry.record(),
                    fallback_id=f"{id_from_path(path, root)}#{number}",
                    origin=origin(path),
                )
            except LoadError as error:
                yield failure(place, error)
            except Exception as error:  # the world's feeds: the others are read all the same
                yield failure(place, unexpected_error(error))
            else:
                yield LoadResult(place=place, article=article)
