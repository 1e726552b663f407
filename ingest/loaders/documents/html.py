"""Saved web pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.articles.files import display_path, id_from_path, origin, read_bytes
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError


class HtmlLoader:
    """``.html``, ``.htm``, ``.xhtml``: one article per page.

    The page's canonical address is the article's; without one it is named by its path.
    """

    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`."""
        from ingest.html import article_of_page

        try:
            article = article_of_page(
                read_bytes(path),
                url=None,
                fallback_id=id_from_path(path, root),
                origin=origin(path),
            )
        except LoadError as error:
            yield failure(display_path(path), error)
            return
        yield LoadResult(place=display_path(path), article=article)
