"""Addresses: an article's page, or a feed or sitemap and the pages that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingest.addresses import canonical
from ingest.errors import LoadError
from ingest.loaders.protocol import Loaded, failure
from ingest.loaders.records import article_from_record

if TYPE_CHECKING:
    from ingest.feeds import Entry
    from ingest.fetching import Fetched, Fetcher
    from ingest.fetching.memory import Memory

SITEMAPS = 50
"""Sitemaps that one address may lead to, at most."""


@dataclass(frozen=True, slots=True)
class Web:
    """What loading from addresses needs; ``stored`` tells whether an article is in the store."""

    fetcher: Fetcher
    memory: Memory
    stored: Callable[[str], bool]
    max_links: int


@dataclass(frozen=True, slots=True)
class WebSource:
    """One address that an editor gave.

    Articles that a feed or sitemap names are fetched, unless the feed holds them whole. A page is
    not asked for again when the feed says that it has not changed since, and not sent again when
    its server says so.
    """

    url: str
    web: Web
    size: int = 0
    _seen: set[str] = field(default_factory=set)

    def load(self) -> Iterator[Loaded]:
        """The articles; what cannot be had is a failure, and the others are loaded."""
        from ingest.feeds import kind_of

        try:
            fetched, known = self._fetched(self.url)
            if known is not None:
                yield Loaded(place=self.url, kept=known)
                return
            assert fetched is not None  # noqa: S101
            kind = kind_of(fetched.data)
            if kind == "page":
                yield self._page(fetched, {})
            elif kind == "feed":
                yield from self._feed(fetched)
            else:
                yield from self._entries(self._of_sitemaps(fetched))
        except LoadError as error:
            yield failure(self.url, error)

    def _feed(self, fetched: Fetched) -> Iterator[Loaded]:
        from ingest.feeds import entries

        found = entries(fetched.data, fetched.url, fetched.charset)
        if not found:
            raise LoadError("an empty feed", "give another address")
        yield from self._entries(found)

    def _of_sitemaps(self, fetched: Fetched) -> list[Entry]:
        """The pages that a sitemap names, and the sitemaps that it names."""
        from ingest.feeds import sitemap

        pages, waiting = sitemap(fetched.data, fetched.url)
        for url in waiting[:SITEMAPS]:
            more, _ = sitemap(self.web.fetcher.fetch(url).data, url)
            pages += more
            if len(pages) >= self.web.max_links:
                break
        if not pages:
            raise LoadError("an empty sitemap", "give another address")
        return pages

    def _entries(self, found: Iterable[Entry]) -> Iterator[Loaded]:
        for entry in list(found)[: self.web.max_links]:
            place = entry.url or f"{self.url} ({entry.id or entry.title})"
            if place in self._seen:
                continue
            self._seen.add(place)
            try:
                yield self._entry(entry, place)
            except LoadError as error:
                yield failure(place, error)

    def _entry(self, entry: Entry, place: str) -> Loaded:
        """The article of an entry, fetched where the feed does not hold it whole."""
        if entry.url is None or entry.is_whole:
            fallback = f"{self.url}#{entry.id or entry.title}"
            article = article_from_record(entry.record(), fallback_id=fallback, origin=self.url)
            return Loaded(place=place, article=article)
        known = self._unchanged_since(entry)
        if known is not None:
            return Loaded(place=place, kept=known)
        fetched, known = self._fetched(entry.url)
        if known is not None:
            return Loaded(place=place, kept=known)
        assert fetched is not None  # noqa: S101
        return self._page(fetched, {k: v for k, v in entry.record().items() if k != "text"})

    def _unchanged_since(self, entry: Entry) -> str | None:
        """The article that an entry had at an earlier run, if it is the same by its date."""
        before = self.web.memory.recall(canonical(entry.url or ""))
        if before is None or entry.changed is None or not self.web.stored(before.article_id):
            return None
        from vectorstore.types import timestamp

        return before.article_id if timestamp(entry.changed) < before.at else None

    def _fetched(self, url: str) -> tuple[Fetched | None, str | None]:
        """What is at ``url``; or the id of the article that it still holds."""
        before = self.web.memory.recall(canonical(url))
        if before is not None and not self.web.stored(before.article_id):
            before = None
        etag, modified = (before.etag, before.modified) if before else (None, None)
        fetched = self.web.fetcher.fetch(url, etag=etag, modified=modified)
        if fetched.unchanged and before is not None:
            return None, before.article_id
        return fetched, None

    def _page(self, fetched: Fetched, known: dict[str, Any]) -> Loaded:
        from ingest.pages import article_of_page

        url = canonical(fetched.url)
        article = article_of_page(
            fetched.data,
            url=url,
            fallback_id=url,
            origin=fetched.url,
            charset=fetched.charset,
            known=known,
        )
        self.web.memory.keep(url, article.id, fetched)
        return Loaded(place=fetched.url, article=article)
