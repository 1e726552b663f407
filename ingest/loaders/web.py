"""Addresses: an article's page, or a feed or sitemap and the pages that it names."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ingest.articles.builder import article_from_record
from ingest.articles.loader_protocol import LoadResult, failure, unexpected_error
from ingest.articles.url_identity import is_interstitial, resolve_by_url, same_story
from ingest.core.errors import LoadError
from ingest.core.urls import canonical_url, names_one_page
from ingest.text.dates import parse_date
from vectorstore.core.types import Article, timestamp

if TYPE_CHECKING:
    from ingest.fetching import Fetcher, FetchResult
    from ingest.fetching.http_cache import CachedPage, HttpCache
    from ingest.html.feeds import Entry
    from vectorstore.catalogue.articles import Catalogue

SITEMAPS = 50
"""Sitemaps that one address may lead to, at most."""
OFTEN = 0.1
"""Share of a page's age after which it is asked for again, where that is done patiently …"""
RARELY = 86_400.0
"""… and seconds after which it is in any case."""


@dataclass(slots=True)
class SiteListing:
    """What addresses named, for who wants to know what they name no more.

    Attributes:
        named: Places of all articles that a feed or sitemap named, loaded or not.
        whole: Whether that is all: no sitemap was left out or failed.
        dead: Places whose server says that they are gone, and the stored article that was there.
        wait: Seconds that the server of an address itself asked to be left alone.
        expected: Whether the address is that of a feed or sitemap, so that a page there is none.
    """

    named: set[str] = field(default_factory=set)
    whole: bool = True
    dead: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    expected: bool = False


@dataclass(frozen=True, slots=True)
class WebContext:
    """What loading from addresses needs: who fetches, what was fetched before, what is stored.

    ``max_links`` is of one feed or sitemap. ``listing`` hears what addresses name.
    """

    fetcher: Fetcher
    memory: HttpCache
    catalogue: Catalogue
    max_links: int
    listing: SiteListing = field(default_factory=SiteListing)
    anew: bool = False
    """Load also what has not changed: what is made of it has."""
    patient: bool = False
    """Ask again for pages that a feed names the more rarely the older they are, see ``_lately``."""
    unwanted: Collection[str] = frozenset()
    """Ids of articles that are not stored and are not to be: they need not be sent again either."""

    def remembered(self, url: str) -> CachedPage | None:
        """How ``url`` was fetched last, if its article is in the store, or not wanted there."""
        before = None if self.anew else self.memory.recall(canonical_url(url))
        if before is None or before.article_id in self.unwanted:
            return before
        return before if self.catalogue.content_hashes([before.article_id]) else None


@dataclass(frozen=True, slots=True)
class WebLoader:
    """One address that an editor gave.

    Articles that a feed or sitemap names are fetched, unless the feed holds them whole. A page is
    not asked for again when the feed says that it has not changed since; page, feed and sitemap are
    not sent again when their server says so. An article that has moved to where its old address
    leads stays the same.
    """

    url: str
    web: WebContext
    size: int = 0
    _seen: set[str] = field(default_factory=set)

    def load(self) -> Iterator[LoadResult]:
        """The articles; what cannot be had is a failure, and the others are loaded."""
        from ingest.html.feeds import kind_of

        try:
            fetched, known = self._asked_for()
            if known is not None:
                yield LoadResult(place=self.url, unchanged_id=known)
                return
            assert fetched is not None  # noqa: S101
            kind = kind_of(fetched.data)
            if kind == "page":
                yield LoadResult(place=self.url, article=self._only_page(fetched))
                return
            self._note_listing(self.url, fetched)
            yield from self._feed(fetched) if kind == "feed" else self._sitemaps(fetched)
        except LoadError as error:
            self._note_gone(self.url, error)
            self.web.listing.wait = getattr(error, "wait", 0.0)
            yield failure(self.url, error)

    def _only_page(self, fetched: FetchResult) -> Article:
        """The article on a page that was named itself, and not by a feed."""
        if self.web.listing.expected or self.web.memory.recall_listing(self.url) is not None:
            raise LoadError("page_instead_of_feed")
        if not names_one_page(fetched.url):
            from ingest.html.feed_discovery import front_page

            if names_one_page(self.url):
                raise LoadError("leads_to_front_page")
            raise front_page(fetched.data, fetched.url, fetched.charset)
        return self._page(fetched, {}, self.url)

    def _feed(self, fetched: FetchResult) -> Iterator[LoadResult]:
        from ingest.html.feeds import entries

        found = entries(fetched.data, fetched.url, fetched.charset)
        if not found:
            raise LoadError("empty_feed")
        yield from self._entries(found)

    def _sitemaps(self, fetched: FetchResult) -> Iterator[LoadResult]:
        """The pages that a sitemap names, and the sitemaps that it names; the newest first."""
        from ingest.html.feeds import age, sitemap

        pages, others = sitemap(fetched.data, fetched.url)
        failed = 0
        for number, url in enumerate(others):
            if number == SITEMAPS or len(pages) >= self.web.max_links:
                self.web.listing.whole = False
                break
            try:
                fetched = self._listing_since(url, self.web.memory.recall_listing(url))
                self._note_listing(url, fetched)
                found, deeper = sitemap(fetched.data, url)
                self.web.listing.whole &= not deeper
                pages += found
            except LoadError as error:
                self.web.listing.whole = False
                failed += 1
                yield failure(url, error)
        if failed and failed == len(others):
            raise LoadError("no_readable_sitemaps")
        if not pages:
            raise LoadError("empty_sitemap")
        yield from self._entries(sorted(pages, key=age) if others else pages)

    def _entries(self, found: Iterable[Entry]) -> Iterator[LoadResult]:
        found = list(found)
        self.web.listing.named.update(map(self._place, found))
        for entry in found[: self.web.max_links]:
            place = self._place(entry)
            if place in self._seen:
                continue
            self._seen.add(place)
            try:
                yield self._entry(entry, place)
            except LoadError as error:
                self._note_gone(place, error)
                yield failure(place, error)
            except Exception as error:  # the world's pages
                yield failure(place, unexpected_error(error))

    def _place(self, entry: Entry) -> str:
        return entry.url or f"{self.url} ({entry.id or entry.title})"

    def _note_gone(self, place: str, error: LoadError) -> None:
        before = self.web.memory.recall(canonical_url(place))
        if before is not None and _is_gone(error):
            self.web.listing.dead[place] = before.article_id

    def _entry(self, entry: Entry, place: str) -> LoadResult:
        """The article of an entry, fetched where the feed does not hold it whole."""
        if entry.url is None or entry.is_whole:
            fallback = f"{self.url}#{entry.id or entry.title}"
            article = article_from_record(entry.record(), fallback_id=fallback, origin=self.url)
            return LoadResult(place=place, article=article)
        known = self._unchanged_since(entry) or self._lately(entry)
        if known is not None:
            return LoadResult(place=place, unchanged_id=known)
        fetched, known = self._fetched(entry.url)
        if known is not None:
            return LoadResult(place=place, unchanged_id=known)
        assert fetched is not None  # noqa: S101
        if not names_one_page(fetched.url) and names_one_page(entry.url):
            raise LoadError("leads_to_front_page")
        record = {k: v for k, v in entry.record().items() if k != "text"}
        return LoadResult(place=place, article=self._page(fetched, record, entry.url))

    def _unchanged_since(self, entry: Entry) -> str | None:
        """The article that an entry had at an earlier run, if it is the same by its date."""
        before = self.web.remembered(entry.url or "")
        if before is None or entry.changed is None:
            return None
        return before.article_id if timestamp(entry.changed) < before.at else None

    def _lately(self, entry: Entry) -> str | None:
        """The article of a page that was looked at lately, for its age: it hardly changes now.

        A page is asked for again when a tenth of its age has gone by since, a day at most.
        """
        before = self.web.remembered(entry.url or "") if self.web.patient else None
        if before is None:
            return None
        published = parse_date(entry.published) if entry.published else None
        if published is None:
            info = self.web.catalogue.info(before.article_id)
            published = info.published_at if info else None
        if published is None:
            return None
        now = time.time()
        rest = min(OFTEN * (now - timestamp(published)), RARELY)
        return before.article_id if now - before.at < rest else None

    def _asked_for(self) -> tuple[FetchResult | None, str | None]:
        """As ``_fetched`` of this source's address; a feed that is the same comes back whole."""
        before = self.web.memory.recall_listing(self.url)
        return (self._listing_since(self.url, before), None) if before else self._fetched(self.url)

    def _note_listing(self, url: str, fetched: FetchResult) -> None:
        """Whether a whole feed or sitemap came; then it is not sent again while it is the same."""
        from ingest.html.feeds import is_truncated

        if is_truncated(fetched.data):
            self.web.listing.whole = False
        else:
            self.web.memory.keep_listing(url, fetched)

    def _listing_since(self, url: str, before: FetchResult | None) -> FetchResult:
        """What is at ``url``; the same as ``before`` where its server says that it is."""
        if before is None:
            return self.web.fetcher.fetch(url)
        fetched = self.web.fetcher.fetch(url, etag=before.etag, modified=before.modified)
        if not fetched.unchanged:
            return fetched
        # Where it has moved, what it holds leads on from another address.
        return before if fetched.url == before.url else self.web.fetcher.fetch(url)

    def _fetched(self, url: str) -> tuple[FetchResult | None, str | None]:
        """What is at ``url``; or the id of the article that it still holds."""
        before = self.web.remembered(url)
        if before is None:
            return self.web.fetcher.fetch(url), None
        fetched = self.web.fetcher.fetch(url, etag=before.etag, modified=before.modified)
        if not fetched.unchanged:
            return fetched, None
        stored = self.web.catalogue.info(before.article_id)
        if canonical_url(fetched.url) in (canonical_url(url), stored and stored.url):
            self.web.memory.touch(canonical_url(url))
            return None, before.article_id
        return self.web.fetcher.fetch(url), None  # the same, but it has moved

    def _page(self, fetched: FetchResult, known: dict[str, Any], asked: str) -> Article:
        """The article on a page that was fetched because ``asked`` was."""
        from ingest.loaders.article_url import article_at

        url, asked = canonical_url(fetched.url), canonical_url(asked)
        article = article_at(fetched, self.web.fetcher.settings.limits, known)
        if url != asked:
            article = self._moved(article, asked)
        article = resolve_by_url(article, self.web.catalogue, {})
        before = self.web.catalogue.get(article.id)
        if before is not None and is_interstitial(article, before):
            raise LoadError("undated_replacement")
        for address in {url, asked}:
            self.web.memory.hold(address, article.id, fetched)
        return article

    def _moved(self, article: Article, asked: str) -> Article:
        """``article`` as the one that was at ``asked`` before, if it tells the same story."""
        before = self.web.memory.recall(asked)
        known = self.web.catalogue.get(before.article_id) if before else None
        if known is None or known.id == article.id or not same_story(article, known):
            return article
        return replace(article, id=known.id)


def _is_gone(error: LoadError) -> bool:
    return error.code in ("not_found", "leads_to_front_page")
