"""Dependencies of loading from URLs, and the listing of a site that it fills."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.core.urls import canonical_url

if TYPE_CHECKING:
    from ingest.fetching import Fetcher
    from ingest.fetching.http_cache import CachedPage, HttpCache
    from vectorstore.catalogue.articles import Catalogue


@dataclass(slots=True)
class SiteListing:
    """URLs listed by feeds and sitemaps in this run, used to find articles that disappeared.

    Attributes:
        listed: Places of all listed articles, loaded or not.
        is_complete: No sitemap was left out, failed or was truncated.
        gone: Places that the server says are gone, with the ids of the articles stored from them.
        wait: Seconds to wait before another request to the URL itself, from ``Retry-After``.
        expects_listing: The URL is known to be a feed or sitemap; a page there is an error.
    """

    listed: set[str] = field(default_factory=set)
    is_complete: bool = True
    gone: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    expects_listing: bool = False


@dataclass(frozen=True, slots=True)
class WebContext:
    """Dependencies and options of loading from URLs.

    Attributes:
        max_links: Articles loaded from one feed or sitemap, at most.
        listing: Filled by loading.
        ignore_cache: Load unchanged pages as well, for example if the source's settings changed.
        poll_by_age: Request older pages of a listing less often.
        excluded_ids: Articles that are not to be stored; their pages need no new request either.
    """

    fetcher: Fetcher
    cache: HttpCache
    catalogue: Catalogue
    max_links: int
    listing: SiteListing = field(default_factory=SiteListing)
    ignore_cache: bool = False
    poll_by_age: bool = False
    excluded_ids: Collection[str] = frozenset()

    def cached_page(self, url: str) -> CachedPage | None:
        """The last fetch of ``url``, if its article is stored or excluded."""
        cached = None if self.ignore_cache else self.cache.get_page(canonical_url(url))
        if cached is None or cached.article_id in self.excluded_ids:
            return cached
        return cached if self.catalogue.content_hashes([cached.article_id]) else None
