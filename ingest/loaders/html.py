"""Saved web pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.errors import LoadError
from ingest.loaders.files import identity, origin, read_bytes, shown
from ingest.loaders.protocol import Loaded, failure


class HtmlLoader:
    """``.html``, ``.htm``, ``.xhtml``: one article per page.

    The page's canonical address is the article's; without one it is named by its path.
    """

    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[Loaded]:
        """See `Loader.load`."""
        from ingest.pages import article_of_page

        try:
            article = article_of_page(
                read_bytes(path), url=None, fallback_id=identity(path, root), origin=origin(path)
            )
        except LoadError as error:
            yield failure(shown(path), error)
            return
        yield Loaded(place=shown(path), article=article)
