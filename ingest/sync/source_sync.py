"""Sync one source: ingest what is new or changed, remove what is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.articles.files import display_path
from ingest.core.errors import LoadError
from ingest.core.report import MAX_LISTED_FAILURES, Failure, IngestReport, Observer
from ingest.core.urls import canonical_url
from ingest.loaders.web import SiteListing
from ingest.pipeline import IngestOptions, open_web, run_ingest
from ingest.sync.reports import SourceReport
from ingest.sync.sources_file import Source, shell_quoted
from ingest.sync.state import SourceArticle, SyncState
from ingest.sync.tombstones import tombstones
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from ingest.core.settings import IngestSettings
    from ingest.fetching import Fetcher
    from vectorstore.store import ArticleStore

ALWAYS_REMOVABLE = 10
"""So many articles of a source may always be removed at once …"""
REMOVABLE_SHARE = 0.5
"""… and of more articles this share: an unmounted disk or a truncated sitemap would take more."""

_FLUSH_EVERY = 500  # articles recorded in one transaction


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What syncs of all sources share.

    Attributes:
        sources: All of ``sources.toml``: an article that another of them has is not removed.
        force: Remove articles also where most of a source's are gone.
        poll_by_age: Request old pages less often than new ones: for syncs that nobody waits for.
        is_incomplete: Whether a file is still being written; it is left for the next sync.
    """

    store: ArticleStore
    state: SyncState
    fetcher: Fetcher
    settings: IngestSettings
    sources: Mapping[str, Source]
    force: bool = False
    poll_by_age: bool = False
    is_incomplete: Callable[[Path], bool] = lambda path: False


def sync_source(source: Source, context: SyncContext, observer: Observer) -> SourceReport:
    """Bring the articles of ``source`` up to date, and record how that went.

    What cannot be read is reported, and removes nothing. Ctrl-C ends the sync between two batches;
    the source stays due.

    Raises:
        RawiError: the store cannot be written or its model not be loaded.
    """
    state = context.state
    state.begin(source)
    excluded = tombstones(context.store, state)
    state.forget_articles(source.name, excluded.ids)
    with open_web(context.store, context.settings, context.fetcher) as web:
        web = replace(
            web,
            max_links=source.max_links or context.settings.max_links,
            listing=SiteListing(expects_listing=_was_a_listing(source, state)),
            ignore_cache=state.labels(source.name) not in ("", _labels(source)),
            excluded_ids=excluded.ids,
            poll_by_age=context.poll_by_age,
        )
        tracker = _SourceTracker(source, context, observer, web.listing)
        options = IngestOptions(
            sync=True,
            choose_removals=tracker.choose_removals,
            is_incomplete=tracker.is_incomplete,
            excluded_ids=excluded.ids,
            excluded_hashes=excluded.content_hashes,
            web=web,
            prepare=_labeller(source, context),
            settings=context.settings,
            observer=tracker,
        )
        paths, urls = ([], [source.place]) if source.is_web else ([source.path], [])
        report = run_ingest(context.store, paths, urls=urls, options=options)
        tracker.flush()
        if not report.interrupted:
            tracker.record_gone()
    return _source_report(source, context, tracker, report)


def _source_report(
    source: Source, context: SyncContext, tracker: _SourceTracker, report: IngestReport
) -> SourceReport:
    """The report of a sync, whose outcome is also recorded in the state."""
    result = SourceReport(
        source.name,
        source.where,
        added=report.added,
        updated=report.updated,
        unchanged=report.unchanged,
        gone=tracker.gone,
        removed=report.removed,
        failed=tracker.failed_count,
        skipped=report.skipped,
        seconds=report.seconds,
        run=report.run if report.added + report.updated + report.removed else None,
        failures=tracker.failures,
    )
    failure = tracker.source_failure
    read = report.added + report.updated + report.unchanged + report.skipped
    if failure is None and tracker.failures and not read:
        first = tracker.failures[0]
        failure = Failure(source.where, LoadError("nothing_readable", cause=first.error))
    state = context.state
    if report.interrupted:
        result.status = "interrupted"
    elif failure is not None:
        result.status, result.error = "failed", failure.error
        state.record_failure(source, failure.error, tracker.listing.wait)
    else:
        state.record_success(
            source,
            result.counts(),
            tracker.failures,
            _labels(source),
            soon=tracker.has_incomplete_files,
        )
    result.next = state.get(source.name).due(source)
    return result


class _SourceTracker(Observer):
    """Records the articles that a source has, and chooses those to remove.

    Attributes:
        failures: The first articles and files that could not be read, of ``failed_count``.
        source_failure: Why the source itself could not be read.
        gone: Articles that it no longer has.
        has_incomplete_files: Whether files were still being written.
    """

    def __init__(
        self, source: Source, context: SyncContext, observer: Observer, listing: SiteListing
    ) -> None:
        self.listing = listing
        self.failures: list[Failure] = []
        self.failed_count = self.gone = 0
        self.source_failure: Failure | None = None
        self.has_incomplete_files = False
        self._source, self._context, self._observer = source, context, observer
        self._state = context.state
        self._place = source.place if source.is_web else display_path(source.path)
        self._unrecorded: dict[str, str] = {}
        self._gone_places: set[str] = set()

    # -- observer -----------------------------------------------------------------------------

    def discovered(self, files: int, size: int) -> None:
        self._observer.discovered(files, size)

    def advanced(self, size: int) -> None:
        self._observer.advanced(size)

    def message(self, text: str) -> None:
        self._observer.message(text)

    def stored(self, article_id: str) -> None:
        self._observer.stored(article_id)

    def loaded(self, place: str, article_id: str) -> None:
        self._unrecorded[canonical_url(place)] = article_id
        if len(self._unrecorded) >= _FLUSH_EVERY:
            self.flush()
        self._observer.loaded(place, article_id)

    def batch_written(self, report: IngestReport) -> None:
        self.flush()
        self._observer.batch_written(report)

    def failed(self, failure: Failure) -> None:
        if failure.place == self._place:
            self.source_failure = failure
        elif failure.place in self.listing.gone:
            self._observer.message(f"gone: {failure.place}")
            return
        self._add_failure(failure)

    def _add_failure(self, failure: Failure) -> None:
        self.failed_count += 1
        if len(self.failures) < MAX_LISTED_FAILURES:
            self.failures.append(failure)
        self._observer.failed(failure)

    def is_incomplete(self, path: Path) -> bool:
        """Whether a file is still being written; the next sync is then due soon."""
        is_incomplete = self._context.is_incomplete(path)
        self.has_incomplete_files = self.has_incomplete_files or is_incomplete
        return is_incomplete

    def flush(self) -> None:
        """Record the articles found at the source."""
        if self._unrecorded:
            articles = [SourceArticle(*one) for one in self._unrecorded.items()]
            self._state.add_articles(self._source.name, articles)
            self._unrecorded = {}

    # -- gone articles ------------------------------------------------------------------------

    def choose_removals(self, missing: Sequence[str]) -> Sequence[str]:
        """The articles to remove; of a folder ``missing`` are those whose files are gone."""
        self.flush()
        places = self._gone_urls() if self._source.is_web else self._gone_files(missing)
        if places is None:
            return []
        articles = self._state.articles(self._source.name)
        gone = {one.article_id for one in articles if one.place in places}
        gone -= {one.article_id for one in articles if one.place not in places}
        # An article that an editor restored after it was gone stays.
        gone_before = set(missing) - self._state.restored_ids()
        removable = self._removable(gone | gone_before)
        total = len({one.article_id for one in articles} | set(missing))
        most = max(ALWAYS_REMOVABLE, REMOVABLE_SHARE * total)
        if len(removable) > most and not self._context.force:
            self._refuse_removal(len(removable), total)
            return []
        self.gone = len(gone)
        self._gone_places = places
        return sorted(removable)

    def record_gone(self) -> None:
        """Record what is gone, after its removal: if that failed, the next sync repeats it."""
        if self._gone_places:
            self._state.mark_gone(self._source.name, self._gone_places)

    def _gone_urls(self) -> set[str] | None:
        """URLs no longer listed, or of pages that are gone; None if the source failed."""
        if self.source_failure is not None and self._place not in self.listing.gone:
            return None
        known = {one.place for one in self._state.articles(self._source.name)}
        gone = known.intersection(map(canonical_url, self.listing.gone))
        if self.source_failure is None and self.listing.is_complete:
            gone |= known.difference(map(canonical_url, [*self.listing.listed, self._place]))
        return gone

    def _gone_files(self, missing: Sequence[str]) -> set[str]:
        """Places of articles whose files, or records in them, are gone."""
        ids, name = set(missing), self._source.name
        places = {one.place for one in self._state.articles(name) if one.article_id in ids}
        # Articles ingested before the source was first synced are recorded now, to count as gone.
        unknown = ids - self._state.known_ids(name, ids)
        self._state.add_articles(name, [SourceArticle(one, one) for one in unknown])
        return places | unknown

    def _removable(self, gone: set[str]) -> set[str]:
        if not self._source.removes_gone:
            return set()
        others = [name for name in self._context.sources if name != self._source.name]
        return gone - self._state.ids_of_sources(gone, others)

    def _refuse_removal(self, count: int, total: int) -> None:
        name = self._source.name
        error = LoadError("many_gone", count=count, total=total, name=shell_quoted(name))
        self._add_failure(Failure(f"{name} (removing)", error))


def _was_a_listing(source: Source, state: SyncState) -> bool:
    """Whether the source's URL was a feed or sitemap before: then a page there is no article."""
    own = canonical_url(source.place)
    return source.is_web and any(one.place != own for one in state.articles(source.name))


def _labels(source: Source) -> str:
    """The publisher and language that a source gives its articles, as JSON."""
    return json.dumps([source.source, source.language], ensure_ascii=False)


def _labeller(source: Source, context: SyncContext) -> Callable[[Article], Article]:
    """Sets the publisher and language of articles to those of the first source that has them."""
    sources = context.sources
    if not any(one.source or one.language for one in sources.values()):
        return lambda article: article

    def label(article: Article) -> Article:
        owner = context.state.first_source(article.id, list(sources)) or source.name
        own = sources.get(owner, source)
        return replace(
            article,
            source=own.source or article.source,
            language=own.language or article.language,
        )

    return label
