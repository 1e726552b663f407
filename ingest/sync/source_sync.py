"""One source brought up to date: what is new, what changed, what is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.articles.files import display_path
from ingest.core.errors import LoadError
from ingest.core.report import Failure, IngestReport, Observer
from ingest.core.urls import canonical_url
from ingest.loaders.web import SiteListing
from ingest.pipeline import IngestOptions, open_web, run_ingest
from ingest.sync.reports import SourceReport
from ingest.sync.sources_file import Source, typed_name
from ingest.sync.state import Given, SyncState
from ingest.sync.tombstones import unwanted
from vectorstore.core.types import Article

if TYPE_CHECKING:
    from ingest.core.settings import IngestSettings
    from ingest.fetching import Fetcher
    from vectorstore.store import ArticleStore

FEW_GONE = 10
"""So many articles of a source may always go at once …"""
MOST_GONE = 0.5
"""… and of more articles this share; an unmounted disk or half a sitemap would take more."""

_AT_ONCE = 500  # places that are noted in one transaction


@dataclass(frozen=True, slots=True)
class SyncTools:
    """What a sync works with, whatever the source.

    Attributes:
        sources: All that ``sources.toml`` names: an article that another of them has stays.
        force: Remove also where most of a source's articles are gone.
        patient: Ask for old pages more rarely than for new ones: for syncs that nobody waits for.
        unfinished: Files that somebody is still writing; they wait.
    """

    store: ArticleStore
    state: SyncState
    fetcher: Fetcher
    settings: IngestSettings
    sources: Mapping[str, Source]
    force: bool = False
    patient: bool = False
    unfinished: Callable[[Path], bool] = lambda path: False


def sync_source(source: Source, tools: SyncTools, observer: Observer) -> SourceReport:
    """Bring the articles of ``source`` up to date, and note how that went.

    What cannot be read is reported, and removes nothing. Ctrl-C ends it between two batches; the
    source is then as due as before.

    Raises:
        RawiError: the store cannot be written or its model not be loaded.
    """
    tools.state.begin(source)
    left_out = unwanted(tools.store, tools.state)
    tools.state.drop(source.name, left_out.ids)
    with ExitStack() as stack:
        web = stack.enter_context(open_web(tools.store, tools.settings, tools.fetcher))
        web = replace(
            web,
            max_links=source.max_links or tools.settings.max_links,
            listing=SiteListing(expects_listing=_was_a_listing(source, tools.state)),
            ignore_cache=_names_changed(source, tools.state),
            excluded_ids=left_out.ids,
            poll_by_age=tools.patient,
        )
        watch = _Watch(source, tools, observer, web.listing)
        report = run_ingest(
            tools.store,
            [] if source.is_web else [source.path],
            urls=[source.place] if source.is_web else [],
            options=IngestOptions(
                sync=True,
                choose_removals=watch.gone_for_good,
                is_incomplete=watch.unfinished,
                excluded_ids=left_out.ids,
                excluded_hashes=left_out.contents,
                web=web,
                prepare=_prepared(source, tools),
                settings=tools.settings,
                observer=watch,
            ),
        )
        watch.flush()
        if not report.interrupted:
            watch.take_away()
    return _concluded(source, tools, watch, report)


def _concluded(
    source: Source, tools: SyncTools, watch: _Watch, report: IngestReport
) -> SourceReport:
    result = SourceReport(source.name, source.where, seconds=report.seconds)
    result.run = report.run if report.added + report.updated + report.removed else None
    for name in ("added", "updated", "unchanged", "removed", "skipped"):
        setattr(result, name, getattr(report, name))
    result.gone, result.failed = watch.gone, watch.failures_counted
    result.failures = watch.failures
    trouble, read = watch.trouble, report.added + report.updated + report.unchanged + report.skipped
    if trouble is None and watch.failures and not read:
        first = watch.failures[0]
        trouble = Failure(source.where, LoadError("nothing_readable", cause=first.error))
    if report.interrupted:
        result.status = "interrupted"
    elif trouble is not None:
        result.status = "failed"
        result.error = trouble.error
        tools.state.fail(source, trouble.error, watch.listing.wait)
    else:
        counts, names = result.counts(), _names(source)
        tools.state.succeed(source, counts, watch.failures, names, soon=watch.left_files)
    result.next = tools.state.of(source.name).due(source)
    return result


class _Watch(Observer):
    """Hears what a source holds this time, and says what is gone from it."""

    def __init__(
        self, source: Source, tools: SyncTools, observer: Observer, listing: SiteListing
    ) -> None:
        self.listing = listing
        self.failures: list[Failure] = []
        self.failures_counted = self.gone = 0
        self.trouble: Failure | None = None
        self.left_files = False
        self._source, self._tools, self._observer = source, tools, observer
        self._place = source.place if source.is_web else display_path(source.path)
        self._met: dict[str, str] = {}
        self._gone_places: set[str] = set()

    # -- what the run says, passed on ---------------------------------------------------------

    def discovered(self, files: int, size: int) -> None:
        self._observer.discovered(files, size)

    def advanced(self, size: int) -> None:
        self._observer.advanced(size)

    def message(self, text: str) -> None:
        self._observer.message(text)

    def stored(self, article_id: str) -> None:
        self._observer.stored(article_id)

    def loaded(self, place: str, article_id: str) -> None:
        self._met[_key(place)] = article_id
        if len(self._met) >= _AT_ONCE:
            self.flush()
        self._observer.loaded(place, article_id)

    def batch_written(self, report: IngestReport) -> None:
        self.flush()
        self._observer.batch_written(report)

    def failed(self, failure: Failure) -> None:
        if failure.place == self._place:
            self.trouble = failure
        elif failure.place in self.listing.gone:
            self._observer.message(f"gone: {failure.place}")
            return
        self._count(failure)

    def _count(self, failure: Failure) -> None:
        self.failures_counted += 1
        if len(self.failures) < 1_000:
            self.failures.append(failure)
        self._observer.failed(failure)

    def unfinished(self, path: Path) -> bool:
        """Whether a file is still being written; then it is looked for again soon."""
        left = self._tools.unfinished(path)
        self.left_files = self.left_files or left
        return left

    def flush(self) -> None:
        """Write down what the source has been found to have."""
        if self._met:
            self._tools.state.give(self._source.name, [Given(*one) for one in self._met.items()])
            self._met = {}

    # -- what is gone -------------------------------------------------------------------------

    def gone_for_good(self, missing: Sequence[str]) -> Sequence[str]:
        """The articles to remove, of those whose files are ``missing`` or whose pages are."""
        self.flush()
        places = self._places_gone() if self._source.is_web else self._files_gone(missing)
        if places is None:
            return []
        now = self._tools.state.given(self._source.name)
        gone = {one.article_id for one in now if one.place in places}
        gone -= {one.article_id for one in now if one.place not in places}
        # What was gone before and a person brought back stays.
        gone_before = set(missing) - self._tools.state.brought_back()
        removable = self._removable(gone | gone_before)
        everything = len({one.article_id for one in now} | set(missing))
        if len(removable) > max(FEW_GONE, MOST_GONE * everything) and not self._tools.force:
            self._hold(len(removable), everything)
            return []
        self.gone = len(gone)
        self._gone_places = places
        return sorted(removable)

    def take_away(self) -> None:
        """Note that what is gone for good is so, now that it is out of the store too.

        Noted before, it would never be tried again where the store could not be written.
        """
        if self._gone_places:
            self._tools.state.take_away(self._source.name, self._gone_places)

    def _places_gone(self) -> set[str] | None:
        """Places of articles that a feed or sitemap names no more, or whose pages are gone."""
        if self.trouble is not None and self._place not in self.listing.gone:
            return None
        dead = set(map(_key, self.listing.gone))
        named = set(map(_key, self.listing.listed)) | {_key(self._place)}
        known = {one.place for one in self._tools.state.given(self._source.name)}
        return {place for place in known if place in dead or self._unnamed(place, named)}

    def _unnamed(self, place: str, named: set[str]) -> bool:
        return self.trouble is None and self.listing.is_complete and place not in named

    def _files_gone(self, missing: Sequence[str]) -> set[str]:
        """Places of articles whose files, or records in them, are gone."""
        ids = set(missing)
        known = self._tools.state.given(self._source.name)
        unknown = ids - self._tools.state.ever_given(self._source.name, ids)
        # From before there were syncs: noted now, so that they count as gone once.
        self._tools.state.give(self._source.name, [Given(one, one) for one in unknown])
        return {one.place for one in known if one.article_id in ids} | unknown

    def _removable(self, gone: set[str]) -> set[str]:
        if not self._source.removes:
            return set()
        others = [name for name in self._tools.sources if name != self._source.name]
        return gone - self._tools.state.held(gone, others)

    def _hold(self, count: int, of: int) -> None:
        self._count(
            Failure(
                f"{self._source.name} (removing)",
                LoadError("many_gone", count=count, total=of, name=typed_name(self._source.name)),
            )
        )


def _key(place: str) -> str:
    """A place as it is compared: addresses without what tracks readers."""
    return canonical_url(place)


def _was_a_listing(source: Source, state: SyncState) -> bool:
    """Whether the source's address has named articles: then it is no article's itself."""
    own = _key(source.place)
    return source.is_web and any(one.place != own for one in state.given(source.name))


def _names(source: Source) -> str:
    return json.dumps([source.source, source.language], ensure_ascii=False)


def _names_changed(source: Source, state: SyncState) -> bool:
    """Whether articles that are there already bear another publisher's name or language."""
    before = state.settings_of(source.name)
    return before not in ("", _names(source))


def _prepared(source: Source, tools: SyncTools) -> Callable[[Article], Article]:
    """Gives articles the publisher and language of their source: the first that has them."""
    named = any(one.source or one.language for one in tools.sources.values())

    def prepare(article: Article) -> Article:
        owner = tools.state.owner(article.id, list(tools.sources)) or source.name
        own = tools.sources.get(owner, source)
        changes = {"source": own.source, "language": own.language}
        given = {name: value for name, value in changes.items() if value}
        return replace(article, **given) if given else article  # type: ignore[arg-type]

    return prepare if named else lambda article: article
