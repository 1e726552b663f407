"""An article's road: from paths to articles in the store, one batch at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ingest import chunking, cleaning
from ingest.chunking import Chunker
from ingest.loaders import Discovered, Loaded, discover
from ingest.settings import IngestSettings
from vectorstore.settings import StoreSettings
from vectorstore.store import ArticleStore, PutResult
from vectorstore.types import Article, Passage

BATCH_PASSAGES = 192
"""New passages after which a batch is written: enough to embed well, little to lose."""
BATCH_ARTICLES = 256
TITLE_TOKENS = 96
"""Room that a passage leaves for its article's title in the model's window."""


def chunker_id(settings: IngestSettings | None = None) -> str:
    """Names how articles are cleaned and cut; part of the store's fingerprint."""
    settings = settings or IngestSettings()
    return f"{cleaning.VERSION} {chunking.VERSION}/{settings.passage_tokens}"


def open_store(
    settings: StoreSettings | None = None,
    *,
    writable: bool = False,
    check_fingerprint: bool = True,
    notify: Callable[[str], None] | None = None,
) -> ArticleStore:
    """The store, with this package's way of cutting articles. See ``ArticleStore.open``."""
    return ArticleStore.open(
        settings,
        chunker_id=chunker_id(),
        writable=writable,
        check_fingerprint=check_fingerprint,
        notify=notify,
    )


def chunker_for(store: ArticleStore, settings: IngestSettings | None = None) -> Chunker:
    """Cuts articles to fit the store's embedding model (which this loads)."""
    settings = settings or IngestSettings()
    room = max(32, store.embedder.max_tokens - TITLE_TOKENS)
    return Chunker(store.embedder.token_starts, min(settings.passage_tokens, room))


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be read: where, what is wrong, what to do."""

    place: str
    problem: str
    remedy: str


@dataclass(slots=True)
class IngestReport:
    """What a run did.

    ``passages`` counts those of articles that were added or updated, ``embedded`` those that had
    to be embedded for them. ``failures`` has an entry per count of ``failed``.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    skipped: int = 0
    duplicates: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    failures: list[Failure] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The stable object that ``rawi ingest --json`` ends with (see docs/json.md)."""
        counts = {
            name: getattr(self, name)
            for name in (
                "added",
                "updated",
                "unchanged",
                "removed",
                "failed",
                "skipped",
                "duplicates",
                "passages",
                "embedded",
            )
        }
        failures = [
            {"place": f.place, "problem": f.problem, "remedy": f.remedy} for f in self.failures
        ]
        return {
            **counts,
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "failures": failures,
        }


class Observer(Protocol):
    """Hears of a run's progress; sizes are bytes."""

    def found(self, files: int, size: int) -> None:
        """How much there is to read."""

    def read(self, size: int) -> None:
        """So much more has been read."""

    def failed(self, failure: Failure) -> None:
        """Something could not be read."""

    def noted(self, note: str) -> None:
        """Something a person may want to know."""

    def written(self, report: IngestReport) -> None:
        """A batch is in the store."""


class Silent:
    """An observer that does not listen."""

    def found(self, files: int, size: int) -> None:
        """Nothing."""

    def read(self, size: int) -> None:
        """Nothing."""

    def failed(self, failure: Failure) -> None:
        """Nothing."""

    def noted(self, note: str) -> None:
        """Nothing."""

    def written(self, report: IngestReport) -> None:
        """Nothing."""


def run_ingest(
    store: ArticleStore,
    paths: Sequence[Path],
    *,
    sync: bool = False,
    confirm: Callable[[Sequence[str]], bool] = lambda ids: True,
    settings: IngestSettings | None = None,
    observer: Observer | None = None,
) -> IngestReport:
    """Bring the articles under ``paths`` into the store; what cannot be read is reported.

    An unchanged article is neither cut nor embedded. Of articles with one id the last one read
    wins. With ``sync``, articles that came from under ``paths`` and are not there any more are
    removed, once ``confirm`` has said yes to their ids; what failed to load this time stays.

    Ctrl-C between batches ends the run; what was written stays.
    """
    run = _Run(store, settings or IngestSettings(), observer or Silent())
    begun = time.perf_counter()
    try:
        run.read(paths)
        if sync:
            run.remove_missing(paths, confirm)
    except KeyboardInterrupt:
        run.report.interrupted = True
    run.report.seconds = time.perf_counter() - begun
    return run.report


class _Run:
    def __init__(self, store: ArticleStore, settings: IngestSettings, observer: Observer) -> None:
        self.store = store
        self.settings = settings
        self.observer = observer
        self.report = IngestReport()
        self._chunker: Chunker | None = None
        self._batch: list[tuple[Article, Sequence[Passage]]] = []
        self._passages = 0
        self._waiting: list[Article] = []
        self._seen: set[str] = set()
        self._places_of_failure: set[str] = set()

    def read(self, paths: Sequence[Path]) -> None:
        """Load, cut, embed and write everything under ``paths``."""
        found = list(discover(paths, max_bytes=self.settings.max_bytes))
        self.observer.found(len(found), sum(file.size for file in found))
        for file in found:
            read = 0
            for loaded in file.load():
                self._take(loaded, file)
                # Arabic letters are two bytes; near enough to move a bar within a large file.
                size = 2 * len(loaded.article.text) if loaded.article else 0
                step = min(size, file.size - read)
                self.observer.read(step)
                read += step
            self.observer.read(file.size - read)
        self._cut_waiting()
        self._write()

    def _take(self, loaded: Loaded, file: Discovered) -> None:
        if loaded.skipped is not None:
            self.report.skipped += 1
            self.observer.noted(f"{loaded.place}: skipped, {loaded.skipped}")
        elif loaded.article is None:
            self._fail(loaded, file)
        else:
            self._accept(loaded.article, loaded.place)

    def _fail(self, loaded: Loaded, file: Discovered) -> None:
        failure = Failure(loaded.place, loaded.error or "cannot be read", loaded.remedy or "")
        self.report.failed += 1
        self.report.failures.append(failure)
        self._places_of_failure.add(os.path.abspath(file.path))
        self.observer.failed(failure)

    def _accept(self, article: Article, place: str) -> None:
        if article.id in self._seen:
            self.report.duplicates += 1
            self.observer.noted(f"{place}: the id {article.id} stood before; this one counts")
        self._seen.add(article.id)
        self._waiting.append(article)
        if len(self._waiting) >= BATCH_ARTICLES:
            self._cut_waiting()

    def _cut_waiting(self) -> None:
        """Cut the articles that are new or changed; the others only go through for their count."""
        same = self.store.unchanged(self._waiting)
        for article in self._waiting:
            passages = [] if article.id in same else self._cut(article)
            self._batch.append((article, passages))
            self._passages += len(passages)
            if self._passages >= BATCH_PASSAGES:
                self._write()
        self._waiting = []
        if len(self._batch) >= BATCH_ARTICLES:
            self._write()

    def _cut(self, article: Article) -> list[Passage]:
        if self._chunker is None:
            self._chunker = chunker_for(self.store, self.settings)
        return self._chunker(article)

    def _write(self) -> None:
        if not self._batch:
            return
        for result in self.store.put_many(self._batch):
            self._count(result)
        self._batch, self._passages = [], 0
        self.observer.written(self.report)

    def _count(self, result: PutResult) -> None:
        if result.status == "unchanged":
            self.report.unchanged += 1
            return
        if result.status == "added":
            self.report.added += 1
        else:
            self.report.updated += 1
        self.report.passages += result.passages
        self.report.embedded += result.embedded

    def remove_missing(
        self, paths: Iterable[Path], confirm: Callable[[Sequence[str]], bool]
    ) -> None:
        """Remove articles whose files, or records in them, are gone."""
        gone = sorted(self._missing([os.path.abspath(path) for path in paths]))
        if gone and confirm(gone):
            self.report.removed = len(self.store.remove(gone))

    def _missing(self, roots: Sequence[str]) -> Iterator[str]:
        for origin, article_id in self.store.catalogue.origins():
            if article_id in self._seen or origin in self._places_of_failure:
                continue
            if any(_lies_in(origin, root) for root in roots) and not any(
                _lies_in(origin, place) for place in self._places_of_failure
            ):
                yield article_id


def _lies_in(origin: str, root: str) -> bool:
    return origin == root or origin.startswith(root.rstrip(os.sep) + os.sep)
