"""Ingest: load articles from files and URLs and write what is new or changed to the store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.article_ids import SeenArticle, part_of, resolve_id
from ingest.articles.files import is_within, origin, origin_exists
from ingest.articles.loader_protocol import failure, unexpected_error
from ingest.articles.url_identity import resolve_by_url, same_story
from ingest.batch_writer import Batch, BatchWriter
from ingest.core.disk_dict import DiskDict
from ingest.core.report import ArticleCounter, Failure, IngestReport, Observer
from ingest.core.settings import IngestSettings
from ingest.core.sigint import tracked_interrupts
from ingest.core.urls import is_url
from ingest.loaders import Discovered, LoadResult, discover
from ingest.loaders.web import WebContext, WebLoader
from vectorstore.core.types import Article
from vectorstore.maintenance.index_writer import PutResult
from vectorstore.store import ArticleStore

if TYPE_CHECKING:
    from ingest.fetching import Fetcher


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOptions:
    """How `run_ingest` works.

    Attributes:
        sync: Remove articles that came from the given paths and are no longer there. Those whose
            file or folder failed to load stay, and so do articles that a feed no longer lists.
        choose_removals: With ``sync``, called once with the ids of the missing articles, perhaps
            none; returns the ids to remove, which may be others too.
        is_incomplete: Whether a file is still being written; it is left for the next run.
        excluded_ids: Ids of articles to skip. Another story in a file of such an id is loaded.
        excluded_hashes: Content hashes of articles to skip.
        web: Used to fetch URLs, instead of a fetcher that is opened for this run.
        prepare: Changes an article before it is compared and chunked, but not its id.
    """

    sync: bool = False
    choose_removals: Callable[[Sequence[str]], Sequence[str]] = list
    is_incomplete: Callable[[Path], bool] = lambda path: False
    excluded_ids: Collection[str] = frozenset()
    excluded_hashes: Collection[str] = frozenset()
    web: WebContext | None = None
    prepare: Callable[[Article], Article] = lambda article: article
    settings: IngestSettings = field(default_factory=IngestSettings)
    observer: Observer = field(default_factory=Observer)


@contextmanager
def open_web(
    store: ArticleStore, settings: IngestSettings, fetcher: Fetcher | None = None
) -> Iterator[WebContext]:
    """The context for loading from URLs; a given ``fetcher`` is not closed."""
    from ingest.fetching import Fetcher
    from ingest.fetching.http_cache import HttpCache

    with ExitStack() as stack:
        fetcher = fetcher or stack.enter_context(Fetcher(settings))
        cache = stack.enter_context(HttpCache(store.settings.home))
        yield WebContext(fetcher, cache, store.catalogue, settings.max_links)


def run_ingest(
    store: ArticleStore,
    paths: Sequence[Path],
    *,
    urls: Sequence[str] = (),
    options: IngestOptions | None = None,
) -> IngestReport:
    """Write the articles under ``paths`` and at ``urls`` (pages, feeds, sitemaps) to the store.

    What cannot be read is reported. An unchanged article is neither chunked nor embedded, and a
    run that finds nothing else loads no model. Of several records with one id the last one counts:
    changed articles are written at the end, when no newer version can follow.

    The changes are recorded as one run, which ``ingest.undo`` can undo. Ctrl-C ends the run: what
    was written stays, and unfinished writes are undone or completed.

    Raises:
        RawiError: the store cannot be written or its model not be loaded.
    """
    options = options or IngestOptions()
    started = time.perf_counter()
    with (
        tracked_interrupts() as check_interrupt,
        store.record_run("ingest", [*map(os.path.abspath, paths), *urls]) as recorded,
        store.prefetching(),
        ExitStack() as resources,
    ):
        run = _Run(store, options, check_interrupt, resources)
        run.report.run = recorded.id if recorded is not None else None
        try:
            run.load(paths, urls)
            run.handle_missing(paths)
        except KeyboardInterrupt:
            run.report.interrupted = True
            if store.catalogue.journal():
                store.finish_pending()  # recovers unfinished writes
    run.report.seconds = time.perf_counter() - started
    return run.report


class _Run:
    """The state of one run.

    An article is loaded, gets its id, and waits in ``_unsorted`` until its group is compared with
    the store: new articles go to the writer, changed ones to ``_changed``, which are written last.
    """

    def __init__(
        self,
        store: ArticleStore,
        options: IngestOptions,
        check_interrupt: Callable[[], None],
        resources: ExitStack,
    ) -> None:
        self.report = IngestReport()
        self._store = store
        self._options = options
        self._observer = options.observer
        self._check_interrupt = check_interrupt
        self._resources = resources
        self._web = options.web
        self._writer = BatchWriter(store, options.settings, self._after_write)
        self._unsorted: dict[str, tuple[Article, int]] = {}
        self._changed: DiskDict[tuple[Article, int]] = DiskDict()
        self._seen: DiskDict[SeenArticle] = DiskDict()
        self._counter = ArticleCounter(self.report)
        for closable in (self._changed, self._seen, self._counter):
            resources.enter_context(closing(closable))
        self._failed_paths: set[str] = set()

    # -- loading ------------------------------------------------------------------------------

    def load(self, paths: Sequence[Path], urls: Sequence[str]) -> None:
        """Load, chunk, embed and write everything under ``paths`` and at ``urls``."""
        limits = self._options.settings.limits
        # Discovered twice, so that the list of files need not be held in memory to be counted.
        count, size = len(urls), 0
        for file in discover(paths, limits=limits):
            is_skipped = file.failure is not None and file.failure.skipped is not None
            count, size = count + (not is_skipped), size + file.size
        self._observer.discovered(count, size)
        self._load_all(self._complete(discover(paths, limits=limits)))
        if urls:
            if self._web is None:
                web = open_web(self._store, self._options.settings)
                self._web = self._resources.enter_context(web)
            # A server may be slow: what came from it is written first.
            self._writer.flush_each = True
            self._load_all([WebLoader(url, self._web) for url in dict.fromkeys(urls)])
        self._sort()
        for article, size in self._changed.values():
            self._writer.add(article, size)
        self._writer.flush()
        if self._store.catalogue.pending_line_keys():
            self._store.finish_pending()  # removals by others may have made a line boilerplate

    def _complete(self, files: Iterable[Discovered]) -> Iterator[Discovered]:
        """``files`` without those that are still being written, whose stored articles stay."""
        for file in files:
            if self._options.is_incomplete(file.path):
                self._failed_paths.add(origin(file.path))
                self._observer.message(f"still being written: {file.place}: left for the next time")
            else:
                yield file

    def _load_all(self, sources: Iterable[Discovered | WebLoader]) -> None:
        for source in sources:
            read = 0
            for loaded in _load(source):
                position = source.size if loaded.position is None else loaded.position
                self._handle(loaded, source, position - read)
                read = position
            self._observer.advanced(source.size - read)

    def _handle(self, loaded: LoadResult, source: Discovered | WebLoader, size: int) -> None:
        """Process one result of a loader, which was read from ``size`` bytes."""
        if loaded.article is not None:
            self._resolve(self._options.prepare(loaded.article), loaded.place, source, size)
            return
        if loaded.unchanged_id is not None and loaded.unchanged_id in self._options.excluded_ids:
            self.report.skipped += 1
        elif loaded.unchanged_id is not None:
            self._observer.loaded(loaded.place, loaded.unchanged_id)
            self._count(PutResult(loaded.unchanged_id, "unchanged", 0, 0))
        elif loaded.skipped is not None:
            self.report.skipped += 1
            self._observer.message(f"skipped: {loaded.place}: {loaded.skipped}")
        else:
            assert loaded.error is not None  # noqa: S101 - see LoadResult
            failed = Failure(loaded.place, loaded.error)
            if isinstance(source, Discovered):
                self._failed_paths.add(origin(source.path))
            self.report.add_failure(failed)
            self._observer.failed(failed)
        self._observer.advanced(size)

    def _resolve(
        self, article: Article, place: str, source: Discovered | WebLoader, size: int
    ) -> None:
        """Find the id of an article and keep it for `_sort`."""
        pending = self._writer.pending.new_child(self._unsorted)
        part = ""
        if isinstance(source, Discovered):

            def get(article_id: str) -> Article | None:
                found = pending.get(article_id)
                return found[0] if found else self._store.catalogue.get(article_id)

            part = part_of(source, place)
            article = resolve_id(article, source, self._store.catalogue, self._seen, get, part)
        article = resolve_by_url(article, self._store.catalogue, pending)
        if self._is_excluded(article, source):
            self._remember_page(article.id)
            self.report.skipped += 1
            self._observer.advanced(size)
            return
        self._observer.loaded(place, article.id)
        seen = SeenArticle(article.origin, article.content_hash, part)
        if (before := self._seen.get(article.id)) is not None:
            seen = replace(seen, is_repeated=True)
            self.report.duplicates += 1
            if not before.is_repeated:
                self._observer.message(
                    f"duplicate id: {place}: {article.id} came before in this run; the last counts"
                )
        self._seen[article.id] = seen
        if article.id in self._unsorted:
            self._observer.advanced(self._unsorted.pop(article.id)[1])
        self._unsorted[article.id] = (article, size)
        if len(self._unsorted) >= self._options.settings.batch_articles:
            self._sort()

    def _is_excluded(self, article: Article, source: Discovered | WebLoader) -> bool:
        """Whether an editor removed the article, under this id or another."""
        options, catalogue = self._options, self._store.catalogue
        if article.content_hash in options.excluded_hashes:
            stored = catalogue.content_hashes([article.id])
            return stored.get(article.id) != article.content_hash
        if article.id not in options.excluded_ids:
            return False
        if isinstance(source, WebLoader) or is_url(article.id):
            return True
        removed = catalogue.removed_version(article.id)
        return removed is None or same_story(article, removed)

    def _sort(self) -> None:
        """Compare the loaded articles with the store: write, defer or skip each."""
        hashes = self._store.catalogue.content_hashes(list(self._unsorted))
        origins = self._store.catalogue.origins_of(list(hashes))
        for article, size in self._unsorted.values():
            stored = hashes.get(article.id)
            self._observer.advanced(self._changed.pop(article.id, (article, 0))[1])
            if stored is None:
                self._writer.add(article, size)
            elif stored != self._seen[article.id].content_hash:
                self._changed[article.id] = (article, size)
            elif _has_moved(article, origins.get(article.id)):
                self._writer.add(article, size, unchanged=True)  # to store its new origin
            else:
                self._remember_page(article.id)
                self._count(PutResult(article.id, "unchanged", 0, 0))
                self._observer.advanced(size)
        self._unsorted = {}

    # -- writing -----------------------------------------------------------------------------

    def _after_write(self, batch: Batch, results: Sequence[PutResult]) -> None:
        for result in results:
            self._count(result)
        for article, _ in batch.articles.values() if self._web is not None else ():
            if article.content_hash == self._seen[article.id].content_hash:
                self._remember_page(article.id)  # no newer version of it is deferred
        self._observer.advanced(batch.size)
        self._observer.batch_written(self.report)
        self._check_interrupt()

    def _remember_page(self, article_id: str) -> None:
        """Let the page be requested conditionally: its article needs no further processing."""
        if self._web is not None:
            self._web.cache.commit_article(article_id)

    def _count(self, result: PutResult) -> None:
        self._observer.stored(result.article_id)
        self._counter.count(result)

    # -- missing articles ---------------------------------------------------------------------

    def handle_missing(self, paths: Sequence[Path]) -> None:
        """Remove articles whose files or records are gone, or else report how many there are."""
        missing = sorted(self._missing([os.path.abspath(path) for path in paths]))
        if self._options.sync:
            if chosen := self._options.choose_removals(missing):
                self.report.removed = len(self._store.remove(chosen))
        elif missing:  # for example both names of a renamed file are in the store
            articles = "article came" if len(missing) == 1 else "articles came"
            self._observer.message(
                f"stays: {len(missing):,} {articles} from files or rows that are no longer there; "
                "--sync removes what is gone"
            )

    def _missing(self, roots: Sequence[str]) -> Iterator[str]:
        for place, article_id in self._store.catalogue.origins() if roots else ():
            if (
                article_id not in self._seen
                and any(is_within(place, root) for root in roots)
                and not any(is_within(place, path) for path in self._failed_paths)
            ):
                yield article_id


def _load(source: Discovered | WebLoader) -> Iterator[LoadResult]:
    """The results of a loader; an exception in it becomes a failure."""
    try:
        yield from source.load()
    except Exception as error:
        place = source.place if isinstance(source, Discovered) else source.url
        yield failure(place, unexpected_error(error))


def _has_moved(article: Article, stored_origin: str | None) -> bool:
    """Whether the stored origin of an unchanged article no longer exists."""
    return article.origin != stored_origin and not origin_exists(stored_origin or "")
