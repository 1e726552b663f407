"""An article's road: from paths to articles in the store, one batch at a time."""

from __future__ import annotations

import contextlib
import os
import time
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.article_ids import Known, part_of, resolve_id
from ingest.articles.files import is_there, lies_in, origin
from ingest.articles.loader_protocol import broken_loader, failure
from ingest.articles.url_identity import resolve_by_url, same_story
from ingest.core.batch import ArticleBatch, Passages
from ingest.core.deferred_articles import DeferredArticles
from ingest.core.disk_dict import DiskDict
from ingest.core.report import Failure, IngestReport, Observer
from ingest.core.settings import IngestSettings
from ingest.core.sigint import remembered_interrupts
from ingest.core.urls import is_url
from ingest.loaders import Discovered, Loaded, discover
from ingest.loaders.web import Web, WebSource
from ingest.store import chunker_for
from ingest.text.chunking import Chunker
from vectorstore.core.types import Article, Passage
from vectorstore.store import ArticleStore, PutResult

if TYPE_CHECKING:
    from ingest.fetching import Fetcher

BATCH_PASSAGES = 128
"""New passages after which a batch is written: enough to embed well, little to lose, and soon
enough done for another process that waits for its turn to write."""

Confirm = Callable[[Sequence[str]], bool | Sequence[str]]
"""Asked with the ids of articles that are gone, perhaps none: whether, or which, to remove."""


@contextlib.contextmanager
def open_web(
    store: ArticleStore, settings: IngestSettings, fetcher: Fetcher | None = None
) -> Iterator[Web]:
    """What is needed to load from addresses; with ``fetcher``, that one is used and left open."""
    from ingest.fetching import Fetcher
    from ingest.fetching.http_cache import Memory

    with contextlib.ExitStack() as stack:
        fetcher = fetcher or stack.enter_context(Fetcher(settings))
        memory = stack.enter_context(Memory(store.settings.home))
        yield Web(fetcher, memory, store.catalogue, settings.max_links)


def run_ingest(
    store: ArticleStore,
    paths: Sequence[Path],
    *,
    urls: Sequence[str] = (),
    web: Web | None = None,
    sync: bool = False,
    confirm: Confirm = lambda ids: True,
    unfinished: Callable[[Path], bool] = lambda path: False,
    unwanted: Collection[str] = frozenset(),
    unwanted_contents: Collection[str] = frozenset(),
    settings: IngestSettings | None = None,
    observer: Observer | None = None,
    prepare: Callable[[Article], Article] = lambda article: article,
) -> IngestReport:
    """Bring the articles under ``paths`` and at ``urls`` into the store.

    What cannot be read is reported. Of ``urls``, each is an article's page, or a feed or sitemap
    that names some.

    An unchanged article is neither cut nor embedded, and a run that finds nothing else loads no
    model. Of records with one id the last one read counts, in every run alike: changed articles
    are written last, when it is certain that no newer version follows.

    With ``sync``, articles that came from ``paths`` and were not met there this time are removed,
    once ``confirm`` has said yes to their ids, or named those that are to go, which may be others
    too. What failed to load this time stays, and so does all that came from the same file or from
    under the same folder, and what a feed names no more.

    Files that are ``unfinished`` (somebody is still writing them) are left for another time, and
    articles with ``unwanted`` ids or content hashes are skipped; but another story in a file of
    such an id is another article. With ``web``, addresses are fetched with it, and not with a
    fetcher of this run alone.

    What it changes is recorded as one run, which ``undoing`` can undo.
    Ctrl-C ends the run: what was written stays, what was half-done is undone or finished.
    ``prepare`` may change an article before it is compared and cut, but not its id.

    Raises:
        RawiError: the store cannot be written or its model not be loaded.
    """
    run = _Run(store, settings or IngestSettings(), observer or Observer(), prepare)
    run.web, run.unfinished, run.unwanted = web, unfinished, unwanted
    run.unwanted_contents = unwanted_contents
    begun = time.perf_counter()
    named = [*map(os.path.abspath, paths), *urls]
    with (
        remembered_interrupts() as run.stop_if_interrupted,
        store.recorded("ingest", named) as recorded,
        store.embedding_ahead(),
    ):
        run.report.run = recorded.id if recorded is not None else None
        try:
            run.read(paths, urls)
            if sync:
                run.remove_missing(paths, confirm)
            else:
                run.tell_missing(paths)
        except KeyboardInterrupt:
            run.report.interrupted = True
            if store.catalogue.journal():
                store.put_many([])  # a writer's turn begins with putting in order what is half-done
        finally:
            run.close()
    run.report.seconds = time.perf_counter() - begun
    return run.report


class _Run:
    def __init__(
        self,
        store: ArticleStore,
        settings: IngestSettings,
        observer: Observer,
        prepare: Callable[[Article], Article],
    ) -> None:
        self.store = store
        self.settings = settings
        self.observer = observer
        self.prepare = prepare
        self.report = IngestReport()
        self.waiting = DeferredArticles()
        self.web: Web | None = None
        self._opened = contextlib.ExitStack()
        self.unfinished: Callable[[Path], bool] = lambda path: False
        self.unwanted: Collection[str] = frozenset()
        self.unwanted_contents: Collection[str] = frozenset()
        self.stop_if_interrupted: Callable[[], None] = lambda: None
        self._chunker: Chunker | None = None
        self._met: dict[str, tuple[Article, int]] = {}
        self._batch = ArticleBatch()
        self._ahead = ArticleBatch()
        """The batch before, whose passages are being embedded."""
        self._waits = False
        self._seen: DiskDict[Known] = DiskDict()
        self._counted: DiskDict[tuple[str, int]] = DiskDict()
        self._repeated: DiskDict[bool] = DiskDict()
        self._failed_paths: set[str] = set()

    # -- reading ------------------------------------------------------------------------------

    def read(self, paths: Sequence[Path], urls: Sequence[str] = ()) -> None:
        """Load, cut, embed and write everything under ``paths`` and at ``urls``."""
        # Walked twice: a hundred thousand files are not kept in memory to be counted.
        count, size = len(urls), 0
        for file in discover(paths, limits=self.settings.limits):
            left_out = file.failure is not None and file.failure.skipped is not None
            count, size = count + (not left_out), size + file.size
        self.observer.found(count, size)
        self._read(self._finished(discover(paths, limits=self.settings.limits)))
        if urls:
            self._fetch(urls)
        self._sort()
        for article, size in self.waiting:
            self._cut(article, size)
        self._finish()
        if self.store.catalogue.unsifted():
            self.store.put_many([])  # what others removed meanwhile may have proved a line a teaser

    def close(self) -> None:
        """Let go of what is open for the time of the run."""
        self._opened.close()
        for kept in (self.waiting, self._seen, self._counted, self._repeated):
            kept.close()

    def _finished(self, files: Iterable[Discovered]) -> Iterator[Discovered]:
        """``files`` without those that are still being written; what they held before stays."""
        for file in files:
            if self.unfinished(file.path):
                self._failed_paths.add(origin(file.path))
                self.observer.noted(f"still being written: {file.place}: left for the next time")
            else:
                yield file

    def _fetch(self, urls: Sequence[str]) -> None:
        web = self.web or self._opened.enter_context(open_web(self.store, self.settings))
        self.web, self._waits = web, True
        self._read([WebSource(url, web) for url in dict.fromkeys(urls)])

    def _read(self, sources: Iterable[Discovered | WebSource]) -> None:
        for source in sources:
            read = 0
            for loaded in _load(source):
                position = source.size if loaded.position is None else loaded.position
                self._take(loaded, source, position - read)
                read = position
            self.observer.done(source.size - read)

    def _take(self, loaded: Loaded, file: Discovered | WebSource, size: int) -> None:
        """Enter what a loader has read from ``size`` bytes."""
        if loaded.article is not None:
            self._meet(self.prepare(loaded.article), loaded.place, file, size)
            return
        if loaded.kept is not None and loaded.kept in self.unwanted:
            self.report.skipped += 1
        elif loaded.kept is not None:
            self.observer.met(loaded.place, loaded.kept)
            self._count(PutResult(loaded.kept, "unchanged", 0, 0))
        elif loaded.skipped is not None:
            self.report.skipped += 1
            self.observer.noted(f"skipped: {loaded.place}: {loaded.skipped}")
        else:
            failed = Failure(loaded.place, loaded.error or "cannot be read", loaded.remedy or "")
            if isinstance(file, Discovered):
                self._failed_paths.add(origin(file.path))
            self.report.add_failure(failed)
            self.observer.failed(failed)
        self.observer.done(size)

    def _meet(self, article: Article, place: str, file: Discovered | WebSource, size: int) -> None:
        on_their_way = ChainMap(self._met, self._batch.articles, self._ahead.articles)
        part = ""
        if isinstance(file, Discovered):

            def read(article_id: str) -> Article | None:
                found = on_their_way.get(article_id)
                return found[0] if found else self.store.catalogue.get(article_id)

            part = part_of(file, place)
            article = resolve_id(article, file, self.store.catalogue, self._seen, read, part)
        article = resolve_by_url(article, self.store.catalogue, on_their_way)
        if self._is_unwanted(article, file):
            self._done_with(article.id)
            self.report.skipped += 1
            self.observer.done(size)
            return
        self.observer.met(place, article.id)
        if article.id in self._seen:
            self._repeat(article.id, place)
        self._seen[article.id] = Known(article.origin, article.content_hash, part)
        if article.id in self._met:
            self.observer.done(self._met.pop(article.id)[1])
        self._met[article.id] = (article, size)
        if len(self._met) >= self.settings.batch_articles:
            self._sort()

    def _is_unwanted(self, article: Article, file: Discovered | WebSource) -> bool:
        """Whether a person took the article out, under this name or another."""
        if article.content_hash in self.unwanted_contents:
            stored = self.store.catalogue.content_hashes([article.id])
            return stored.get(article.id) != article.content_hash
        if article.id not in self.unwanted:
            return False
        if isinstance(file, WebSource) or is_url(article.id):
            return True
        removed = self.store.catalogue.removed_version(article.id)
        return removed is None or same_story(article, removed)

    def _repeat(self, article_id: str, place: str) -> None:
        self.report.duplicates += 1
        if article_id not in self._repeated:
            self._repeated[article_id] = True
            self.observer.noted(
                f"duplicate id: {place}: {article_id} was met before in this run; the last counts"
            )

    def _sort(self) -> None:
        """Cut the articles that are new, set aside those that changed, pass over the others."""
        hashes = self.store.catalogue.content_hashes(list(self._met))
        origins = self.store.catalogue.origins_of(list(hashes))
        for article, size in self._met.values():
            stored = hashes.get(article.id)
            self.observer.done(self.waiting.drop(article.id))
            if stored is not None and stored != self._seen[article.id].content_hash:
                self.waiting.put(article, size)
                continue
            if stored is None:
                self._cut(article, size)
            elif _moved(article, origins.get(article.id)):
                self._enter(article, self._chunk, size)  # to have its new place noted
            else:
                self._done_with(article.id)
                self._count(PutResult(article.id, "unchanged", 0, 0))
                self.observer.done(size)
        self._met = {}

    # -- writing ------------------------------------------------------------------------------

    def _cut(self, article: Article, size: int) -> None:
        self._enter(article, self._chunk(article), size)

    def _chunk(self, article: Article) -> list[Passage]:
        if self._chunker is None:
            self._chunker = chunker_for(self.store, self.settings)
        return self._chunker(article)

    def _enter(self, article: Article, passages: Passages, size: int) -> None:
        self._batch.add(article, passages, size)
        full = len(self._batch.articles) >= self.settings.batch_articles
        if full or self._batch.new >= BATCH_PASSAGES:
            # A server may keep us waiting for long: what came from it before is written first.
            self._finish() if self._waits else self._write()

    def _finish(self) -> None:
        """Write what there is, and wait for it."""
        self._write()
        self._write()

    def _write(self) -> None:
        """Have the batch embedded in the background, and write the one before."""
        self.store.embed_ahead(self._batch.cut())
        batch, self._ahead, self._batch = self._ahead, self._batch, ArticleBatch()
        if not batch.passages:
            return
        for result in self.store.put_many(batch.items()):
            self._count(result)
        for article, _ in batch.articles.values() if self.web is not None else ():
            if article.content_hash == self._seen[article.id].content_hash:
                self._done_with(article.id)  # and no newer version of it waits
        self.observer.done(batch.size)
        self.observer.written(self.report)
        self.stop_if_interrupted()

    def _done_with(self, article_id: str) -> None:
        """The article need not be sent again while its server says that it is the same."""
        if self.web is not None:
            self.web.memory.is_stored(article_id)

    def _count(self, result: PutResult) -> None:
        """Count an article once, however often this run has met it."""
        self.observer.entered(result.article_id)
        before = self._counted.get(result.article_id)
        status, passages = result.status, result.passages
        if status == "unchanged":
            if before is not None:
                return
            passages = 0
        elif before is not None:
            self._tally(*before, times=-1)
            status = "added" if before[0] == "added" else status
        self._counted[result.article_id] = (status, passages)
        self._tally(status, passages)
        self.report.embedded += result.embedded

    def _tally(self, status: str, passages: int, *, times: int = 1) -> None:
        setattr(self.report, status, getattr(self.report, status) + times)
        self.report.passages += passages * times

    # -- removing -----------------------------------------------------------------------------

    def remove_missing(self, paths: Sequence[Path], confirm: Confirm) -> None:
        """Remove articles whose files, or records in them, are gone."""
        gone = sorted(self._missing([os.path.abspath(path) for path in paths]))
        said = confirm(gone)
        chosen = (gone if said else []) if isinstance(said, bool) else said
        if chosen:
            self.report.removed = len(self.store.remove(chosen))

    def tell_missing(self, paths: Sequence[Path]) -> None:
        """Say how many articles ``remove_missing`` would ask about.

        Who renames a file and ingests its folder again has the article twice, and may not know it.
        """
        count = sum(1 for _ in self._missing([os.path.abspath(path) for path in paths]))
        if count:
            articles = "article came" if count == 1 else "articles came"
            self.observer.noted(
                f"stays: {count:,} {articles} from files or rows that are no longer there; "
                "--sync removes what is gone"
            )

    def _missing(self, roots: Sequence[str]) -> Iterator[str]:
        for place, article_id in self.store.catalogue.origins() if roots else ():
            if (
                article_id not in self._seen
                and any(lies_in(place, root) for root in roots)
                and not any(lies_in(place, path) for path in self._failed_paths)
            ):
                yield article_id


def _load(file: Discovered | WebSource) -> Iterator[Loaded]:
    """What the loader gives; should it break, that is one more failure, not the end of the run."""
    try:
        yield from file.load()
    except Exception as error:
        place = file.place if isinstance(file, Discovered) else file.url
        yield failure(place, broken_loader(error))


def _moved(article: Article, stored_origin: str | None) -> bool:
    """Whether the place that the store names for an unchanged article is no longer right."""
    return article.origin != stored_origin and not is_there(stored_origin or "")
