"""Checks that a source is reachable and readable, without ingesting it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ingest.articles.loader_protocol import unexpected_error
from ingest.core.errors import LoadError
from ingest.core.urls import may_be_article_url
from ingest.html.feed_discovery import FeedLink, discover_feeds, front_page_error
from ingest.loaders import discover
from ingest.sync.sources_file import Source

if TYPE_CHECKING:
    from ingest.core.settings import IngestSettings
    from ingest.fetching import Fetcher, FetchResult
    from ingest.html.feeds import Entry

SourceKind = Literal["files", "feed", "sitemap", "page"]
_SAMPLE = 3  # files or articles of which one must be readable


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """The result of checking a source.

    Attributes:
        kind: What it is; None if it cannot be read.
        articles: Number of files, or of articles listed by the feed or sitemap (for a sitemap
            index, by the first sitemap); 1 for a page.
        unreadable: Number of files that cannot be loaded.
        newest: When the newest listed article was published or changed, ISO 8601.
        example: The title of an article in it that could be read.
        error: What is wrong, if anything is.
        feeds: Feeds that a page names.
    """

    name: str
    where: str
    kind: SourceKind | None = None
    articles: int = 0
    unreadable: int = 0
    newest: str | None = None
    example: str | None = None
    error: LoadError | None = None
    feeds: tuple[FeedLink, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``rawi sources check --json``."""
        fields = asdict(replace(self, error=None))
        del fields["error"]
        return {
            **fields,
            "problem": self.error and self.error.problem,
            "remedy": self.error and self.error.remedy,
            "code": self.error and self.error.code,
        }


def check_source(source: Source, fetcher: Fetcher, settings: IngestSettings) -> SourceCheck:
    """Discover all files of ``source``, or fetch its feed and one article of it."""
    try:
        if source.is_web:
            return _check_url(source, fetcher)
        return _check_files(source, settings)
    except LoadError as error:
        failed = error
    except Exception as error:  # servers and files may break a loader in any way
        failed = unexpected_error(error)
    return SourceCheck(source.name, source.where, error=failed)


def _check_files(source: Source, settings: IngestSettings) -> SourceCheck:
    files = list(discover([source.path], limits=settings.limits))
    good = [file for file in files if file.failure is None]
    bad = [file.failure.error for file in files if file.failure and file.failure.error]
    if not good and bad:
        raise bad[0]
    loaded = (one for file in good[:_SAMPLE] for one in file.load())
    example = next((one.article.title for one in loaded if one.article is not None), None)
    error = None
    if bad:
        (cause, alike), *_ = Counter(bad).most_common(1)
        error = LoadError("unreadable_files", count=len(bad), alike=alike, cause=cause)
    return SourceCheck(
        source.name, source.where, "files", len(good), len(bad), None, example, error
    )


def _check_url(source: Source, fetcher: Fetcher) -> SourceCheck:
    from ingest.html.feeds import detect_document_kind, feed_entries, read_sitemap

    fetched = fetcher.fetch(source.place)
    kind = detect_document_kind(fetched.data)
    if kind == "page":
        return _check_page(source, fetched, fetcher)
    if kind == "feed":
        found = feed_entries(fetched.data, fetched.url, fetched.charset)
    else:
        found, others = read_sitemap(fetched.data, fetched.url)
        if not found and others:
            found, _ = read_sitemap(fetcher.fetch(others[0]).data, others[0])
    if not found:
        raise LoadError("empty_feed" if kind == "feed" else "empty_sitemap")
    newest = max(filter(None, map(_date, found)), default=None)
    title, error = _read_one(found, fetcher)
    return SourceCheck(source.name, source.where, kind, len(found), 0, newest, title, error)


def _check_page(source: Source, fetched: FetchResult, fetcher: Fetcher) -> SourceCheck:
    feeds = tuple(discover_feeds(fetched.data, fetched.url, fetched.charset))
    try:
        if not may_be_article_url(fetched.url):
            raise front_page_error(fetched.data, fetched.url, fetched.charset)
        title = _title_of(fetched, fetcher)
    except LoadError as error:
        if not feeds:
            raise
        named_feed = LoadError("named_feed", cause=error, feed=feeds[0].url)
        return SourceCheck(source.name, source.where, error=named_feed, feeds=feeds)
    return SourceCheck(source.name, source.where, "page", 1, example=title, feeds=feeds)


def _read_one(found: list[Entry], fetcher: Fetcher) -> tuple[str | None, LoadError | None]:
    """The title of an article that can be read, or the error of the newest one."""
    first: LoadError | None = None
    for entry in found[:_SAMPLE]:
        if entry.url is None or entry.is_whole:
            return entry.title, None
        try:
            return _title_of(fetcher.fetch(entry.url), fetcher), None
        except LoadError as error:
            failed = error
        except Exception as error:
            failed = unexpected_error(error)
        first = first or LoadError("at_place", place=entry.url, cause=failed)
    assert first is not None  # noqa: S101 - there was an entry
    return None, LoadError("unreadable_newest", cause=first)


def _title_of(fetched: FetchResult, fetcher: Fetcher) -> str:
    from ingest.loaders.web.response import article_from_response

    return article_from_response(fetched, fetcher.settings.limits).title


def _date(entry: Entry) -> str | None:
    from ingest.text.dates import parse_date

    moment = entry.changed or (parse_date(entry.published) if entry.published else None)
    if not isinstance(moment, datetime):
        return None
    return (moment if moment.tzinfo else moment.astimezone()).isoformat(timespec="seconds")
