"""The loader of one URL: a page, or a feed or sitemap and the pages that it lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ingest.articles.builder import article_from_record
from ingest.articles.loader_protocol import LoadResult, failure, unexpected_error
from ingest.articles.url_identity import is_interstitial, resolve_by_url, same_story
from ingest.core.errors import LoadError
from ingest.core.urls import canonical_url, may_be_article_url
from ingest.loaders.web.conditional_fetch import (
    cache_listing,
    fetch_listing,
    fetch_page,
    unchanged_id,
)
from ingest.loaders.web.context import WebContext
from ingest.loaders.web.response import article_from_response
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from ingest.fetching import FetchResult
    from ingest.html.feeds import Entry

MAX_SITEMAPS = 50
"""Largest number of sitemaps read from one sitemap index."""


@dataclass(frozen=True, slots=True)
class WebLoader:
    """Loads one URL that an editor gave.

    Listed articles are fetched unless the feed holds their whole text. An article whose old URL
    redirects to a new one keeps its id.
    """

    url: str
    web: WebContext
    size: int = 0

    def load(self) -> Iterator[LoadResult]:
        """The articles; what cannot be loaded is a failure that does not stop the others."""
        from ingest.html.feeds import detect_document_kind

        try:
            is_listing = self.web.cache.get_listing(self.url) is not None
            fetched = (fetch_listing if is_listing else fetch_page)(self.web, self.url)
            if isinstance(fetched, str):
                yield LoadResult(place=self.url, unchanged_id=fetched)
                return
            kind = detect_document_kind(fetched.data)
            if kind == "page":
                yield LoadResult(place=self.url, article=self._single_page(fetched))
                return
            cache_listing(self.web, self.url, fetched)
            entries = self._feed(fetched) if kind == "feed" else self._sitemap(fetched)
            yield from entries
        except LoadError as error:
            self._note_if_gone(self.url, error)
            self.web.listing.wait = getattr(error, "wait", 0.0)
            yield failure(self.url, error)

    def _single_page(self, fetched: FetchResult) -> Article:
        """The article on a page whose URL the editor gave."""
        if self.web.listing.expects_listing or self.web.cache.get_listing(self.url) is not None:
            raise LoadError("page_instead_of_feed")
        if not may_be_article_url(fetched.url):
            from ingest.html.feed_discovery import front_page_error

            if may_be_article_url(self.url):
                raise LoadError("leads_to_front_page")
            raise front_page_error(fetched.data, fetched.url, fetched.charset)
        return self._article(fetched, {}, self.url)

    def _feed(self, fetched: FetchResult) -> Iterator[LoadResult]:
        from ingest.html.feeds import feed_entries

        entries = feed_entries(fetched.data, fetched.url, fetched.charset)
        if not entries:
            raise LoadError("empty_feed")
        yield from self._load_entries(entries)

    def _sitemap(self, fetched: FetchResult) -> Iterator[LoadResult]:
        """The pages of a sitemap and of the sitemaps that it lists, the newest first."""
        from ingest.html.feeds import age_key, read_sitemap

        pages, sitemaps = read_sitemap(fetched.data, fetched.url)
        failed = 0
        for number, url in enumerate(sitemaps):
            if number == MAX_SITEMAPS or len(pages) >= self.web.max_links:
                self.web.listing.is_complete = False
                break
            try:
                fetched = fetch_listing(self.web, url)
                cache_listing(self.web, url, fetched)
                more, deeper = read_sitemap(fetched.data, url)
                self.web.listing.is_complete &= not deeper
                pages += more
            except LoadError as error:
                self.web.listing.is_complete = False
                failed += 1
                yield failure(url, error)
        if failed and failed == len(sitemaps):
            raise LoadError("no_readable_sitemaps")
        if not pages:
            raise LoadError("empty_sitemap")
        yield from self._load_entries(sorted(pages, key=age_key) if sitemaps else pages)

    def _load_entries(self, entries: list[Entry]) -> Iterator[LoadResult]:
        places = {self._place(entry): entry for entry in reversed(entries)}
        self.web.listing.listed.update(places)
        for place in dict.fromkeys(map(self._place, entries[: self.web.max_links])):
            try:
                yield self._load_entry(places[place], place)
            except LoadError as error:
                self._note_if_gone(place, error)
                yield failure(place, error)
            except Exception as error:  # one unexpected page must not stop the others
                yield failure(place, unexpected_error(error))

    def _place(self, entry: Entry) -> str:
        return entry.url or f"{self.url} ({entry.id or entry.title})"

    def _load_entry(self, entry: Entry, place: str) -> LoadResult:
        """The article of an entry, fetched unless the feed holds its whole text."""
        if entry.url is None or entry.is_whole:
            fallback = f"{self.url}#{entry.id or entry.title}"
            article = article_from_record(entry.record(), fallback_id=fallback, origin=self.url)
            return LoadResult(place=place, article=article)
        fetched = unchanged_id(self.web, entry) or fetch_page(self.web, entry.url)
        if isinstance(fetched, str):
            return LoadResult(place=place, unchanged_id=fetched)
        if not may_be_article_url(fetched.url) and may_be_article_url(entry.url):
            raise LoadError("leads_to_front_page")
        listed = {k: v for k, v in entry.record().items() if k != "text"}
        return LoadResult(place=place, article=self._article(fetched, listed, entry.url))

    def _article(self, fetched: FetchResult, listed: dict[str, Any], requested_url: str) -> Article:
        """The article in a response, under the id that it has in the store."""
        url, requested_url = canonical_url(fetched.url), canonical_url(requested_url)
        article = article_from_response(fetched, self.web.fetcher.settings.limits, listed)
        if url != requested_url:
            article = self._with_id_before_move(article, requested_url)
        article = resolve_by_url(article, self.web.catalogue, {})
        stored = self.web.catalogue.get(article.id)
        if stored is not None and is_interstitial(article, stored):
            raise LoadError("undated_replacement")
        for address in {url, requested_url}:
            self.web.cache.add_pending(address, article.id, fetched)
        return article

    def _with_id_before_move(self, article: Article, old_url: str) -> Article:
        """``article`` with the id of the one that was at ``old_url``, if it is the same story."""
        cached = self.web.cache.get_page(old_url)
        known = self.web.catalogue.get(cached.article_id) if cached else None
        if known is None or known.id == article.id or not same_story(article, known):
            return article
        return replace(article, id=known.id)

    def _note_if_gone(self, place: str, error: LoadError) -> None:
        cached = self.web.cache.get_page(canonical_url(place))
        if cached is not None and error.code in ("not_found", "leads_to_front_page"):
            self.web.listing.gone[place] = cached.article_id
