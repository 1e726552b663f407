"""The store of articles: catalogue, vectors and lexical index behind one class.

The catalogue is the source of truth; both indexes can be rebuilt from it. Passages have new ids
whenever their article changes, and search returns only those that the catalogue lists. So readers
see the old version of an article or the new one, never a mixture, while another process writes.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.change_log import IngestRun, RunKind
from vectorstore.core.errors import IndexDamagedError, StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.locks import WriterLock
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import Article, Filters, Passage, RetrievedPassage
from vectorstore.embedding.lazy_embedder import LazyEmbedder
from vectorstore.indexes import brute_force_index
from vectorstore.indexes.hybrid_search import hybrid
from vectorstore.indexes.index_set import IndexSet, IndexView
from vectorstore.indexes.tantivy_index import TantivyIndex

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.embedding.embedder import Embedder
    from vectorstore.maintenance.backup import Manifest
    from vectorstore.maintenance.boilerplate_verdicts import BoilerplateDetector
    from vectorstore.maintenance.index_writer import IndexWriter, PassagesOrChunker, PutResult
    from vectorstore.maintenance.rebuild import ChunkFunction, ProgressCallback, RebuildResult

_SEARCH_ATTEMPTS = 3


def configured_fingerprint(
    settings: StoreSettings, chunker_id: str | None, embedder: Embedder | None = None
) -> Fingerprint:
    """The fingerprint that a store written with ``settings`` gets.

    Without a loaded ``embedder``, the model's part is known for the default model only; else None.
    """
    from vectorstore.embedding.loading import fingerprint_without_loading

    model = (
        embedder.fingerprint
        if embedder is not None
        else fingerprint_without_loading(
            settings.model, settings.query_prefix, settings.passage_prefix
        )
    )
    return Fingerprint(model, settings.model, chunker_id, TantivyIndex.format_name())


class ArticleStore:
    """Articles with their passages, searchable. Thread-safe; processes may share one folder.

    A context manager. Opening loads no model and, unless ``writable``, writes nothing. The modules
    that write are imported on first use, as they would slow down the start of readers.

    Args:
        settings: Read from the environment if None.
        chunker_id: Version of the caller's chunker; without one, `put` cannot be used.
        detector: Returns the detector of boilerplate lines and near-duplicates in articles that are
            written; called before the first write.
        writable: Create the store if it does not exist, and recover interrupted writes.
        check_fingerprint: If false, a store with another fingerprint can be opened to read the
            catalogue, `check` and `rebuild`.
        throttle: Called before every few passages are embedded; may wait.
        notify: Called with messages for the user.

    Attributes:
        settings: The store's settings.
        catalogue: Articles and passages in SQLite.
        indexes: The indexes derived from the catalogue.
        chunker_id: As given.
        write_lock: Held by every write. A caller may hold it around several writes.

    Raises:
        StoreError: There is no store to read, or it cannot be opened.
        FingerprintMismatchError: It was written with another model, chunker or analyser.
    """

    def __init__(
        self,
        settings: StoreSettings | None = None,
        *,
        chunker_id: str | None,
        detector: Callable[[], BoilerplateDetector] | None = None,
        writable: bool = False,
        check_fingerprint: bool = True,
        throttle: Callable[[], None] | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self.settings = settings = settings or StoreSettings()
        self.catalogue = _open_catalogue(settings, create=writable)
        self.chunker_id = chunker_id
        self.write_lock = self._lock("write")
        self.indexes = IndexSet(settings.store_path, self.catalogue, self._lock("vectors"))
        self._notify = notify or (lambda message: None)
        self._brute_force = brute_force_index.BruteForceIndex(self.catalogue)
        self._model = LazyEmbedder(settings, notify)
        self._detector = detector
        self._throttle = throttle
        self._lazy_writer: IndexWriter | None = None
        self._lazy_writer_lock = threading.Lock()
        self._recording = threading.local()
        self._reported_damage: tuple[IndexDamagedError, ...] = ()
        self._check_fingerprint = check_fingerprint
        self._verified: tuple[str | None, bool] | None = None
        try:
            if check_fingerprint:
                self._require_stored_fingerprint()
                if writable and self._was_interrupted():
                    self._writer.recover()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Release files, databases and the embedding model."""
        self._model.close()
        self.indexes.close()
        self.catalogue.close()

    def _lock(self, name: str) -> WriterLock:
        return WriterLock(self.settings.store_path, name, self.settings.lock_timeout)

    @property
    def _writer(self) -> IndexWriter:
        with self._lazy_writer_lock:
            if self._lazy_writer is None:
                self._lazy_writer = self._make_writer()
            return self._lazy_writer

    def _make_writer(self) -> IndexWriter:
        from vectorstore.embedding.passage_embedder import PassageEmbedder
        from vectorstore.maintenance.index_writer import IndexWriter
        from vectorstore.maintenance.rebuild import Rebuilder

        embed = PassageEmbedder(lambda: self.embedder, self._throttle)
        detector = self._detector() if self._detector is not None else None
        parts = (self.catalogue, self.indexes, embed, detector)
        return IndexWriter(
            *parts,
            rebuilder=Rebuilder(*parts, fingerprint=self.fingerprint, notify=self._notify),
            lock=self.write_lock,
            fingerprint=self.fingerprint,
            require_fingerprint=self._require_stored_fingerprint,
        )

    def _was_interrupted(self) -> bool:
        """Whether a writer seems to have been killed; also true while another one is at work."""
        from vectorstore.indexes.chroma_index import has_leftover_marker

        vectors = self.settings.store_path / self.catalogue.state().vectors_folder
        leftovers = self._writer.rebuilder.leftovers()
        return bool(self.catalogue.journal() or leftovers or has_leftover_marker(vectors))

    # -- fingerprint and model ----------------------------------------------------------------

    def fingerprint(self) -> Fingerprint:
        """The configured fingerprint; its model is None until a custom model is loaded."""
        return configured_fingerprint(self.settings, self.chunker_id, self._model.loaded)

    def stored_fingerprint(self) -> Fingerprint | None:
        """The fingerprint that the store was written with; None while it is empty."""
        return self.catalogue.stored_fingerprint()

    def _require_stored_fingerprint(self) -> None:
        self._require_fingerprint(self.catalogue.state().fingerprint)

    def _require_fingerprint(self, stored: str | None) -> None:
        """Compare ``stored`` with the configured fingerprint, once more after loading the model."""
        verified = (stored, self._model.loaded is not None)
        if verified != self._verified:
            if stored is not None:
                Fingerprint.from_json(stored).require(self.fingerprint())
            self._verified = verified

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded on first use.

        Raises:
            ModelError: It cannot be loaded.
            FingerprintMismatchError: The store's vectors were made by another model.
        """
        embedder = self._model.embedder()
        if self._check_fingerprint and not (self._verified and self._verified[1]):
            self._require_stored_fingerprint()
        return embedder

    def preload_model(self) -> None:
        """Start to load the embedding model in the background; errors are raised on its use."""
        self._model.preload()

    def query_vectors(self, queries: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, d) of queries; recent ones are cached."""
        return self._model.query_vectors(self.embedder, queries)

    def prefetching(self) -> AbstractContextManager[None]:
        """While open, `prefetch` embeds in the background; otherwise it does nothing."""
        return self._writer.embed.prefetching()

    def prefetch(self, items: Sequence[tuple[Article, Sequence[Passage]]]) -> None:
        """Start to embed what a `put_many` of ``items`` will need; returns at once."""
        self._writer.prefetch(items)

    # -- writing ------------------------------------------------------------------------------

    def put(self, article: Article, passages: PassagesOrChunker) -> PutResult:
        """Add or replace one article. See `put_many`."""
        return self.put_many([(article, passages)])[0]

    def put_many(self, items: Sequence[tuple[Article, PassagesOrChunker]]) -> list[PutResult]:
        """Add or replace articles as one batch; a result per distinct id, the last one wins.

        Passages may be given as a function that chunks the article, which is only called if the
        article has changed. Of an unchanged article only its ``origin`` is updated; of a changed
        one, only passages that are new are embedded. After a crash, each article is the old or the
        new version.

        Raises:
            StoreBusyError: Another process held the write lock for too long.
            FingerprintMismatchError: The store has been rebuilt with other settings meanwhile.
        """
        latest = {article.id: (article, passages) for article, passages in items}
        return self._writer.put(list(latest.values()), self._run)

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles; returns the sorted ids of those that existed."""
        return self._writer.remove(article_ids, self._run)

    def finish_pending(self) -> None:
        """Recover interrupted writes, and classify lines again whose articles have changed."""
        self._writer.finish_pending()

    @property
    def _run(self) -> IngestRun | None:
        """The run that changes of this thread are recorded under."""
        return getattr(self._recording, "run", None)

    @contextmanager
    def record_run(self, kind: RunKind, sources: Sequence[str]) -> Iterator[IngestRun | None]:
        """Record the changes of this thread as one run, which can be undone later.

        A nested run is part of the outer one. Yields None, and records nothing, if
        ``settings.undo_runs`` is 0. ``sources`` describe where the articles come from.
        """
        if self._run is not None:
            yield self._run
            return
        keep, days = self.settings.undo_runs, self.settings.undo_days
        run = self._recording.run = self.catalogue.begin_run(kind, sources) if keep else None
        try:
            yield run
        finally:
            self._recording.run = None
            if run is not None:
                self.catalogue.end_run(run)
            self.catalogue.prune_runs(keep=keep, days=days)

    # -- maintenance --------------------------------------------------------------------------

    def rebuild(
        self, chunk: ChunkFunction | None, *, progress: ProgressCallback | None = None
    ) -> RebuildResult:
        """Rebuild both indexes from the catalogue, and the passages if ``chunk`` is given.

        Readers see the old state until it is done; if interrupted, nothing has changed.
        ``progress`` is called with ``(articles done, articles in all)``.

        Raises:
            StoreError: The chunker has changed and no ``chunk`` is given.
            StoreBusyError: Another process held the write lock for too long.
        """
        with self.write_lock.hold():
            return self._writer.rebuilder.rebuild(chunk, progress)

    def check(self) -> list[str]:
        """A message for each inconsistency of the store."""
        from vectorstore.maintenance import integrity

        with self.write_lock.hold():
            return integrity.check(self.catalogue, self.indexes, self.fingerprint())

    def back_up(self, file: Path) -> Manifest:
        """Write the store into ``file``. See `vectorstore.maintenance.backup.back_up`."""
        from vectorstore.maintenance import backup

        return backup.back_up(self.catalogue, self.settings.store_path, self._lock("backup"), file)

    def restore(
        self, file: Path, *, anyway: bool = False, progress: ProgressCallback | None = None
    ) -> Manifest:
        """Replace the store by a backup. See `vectorstore.maintenance.backup.restore`."""
        from vectorstore.maintenance import backup

        with self.write_lock.hold():
            return backup.restore(
                file,
                self.catalogue,
                self.indexes,
                self._writer.rebuilder,
                self.fingerprint(),
                anyway=anyway,
                progress=progress,
            )

    # -- reading ------------------------------------------------------------------------------

    def get(self, article_id: str) -> Article | None:
        """The article with its text."""
        return self.catalogue.get(article_id)

    def search(
        self, query: str | AnalysedText, k: int = 8, filters: Filters | None = None
    ) -> list[RetrievedPassage]:
        """The ``k`` passages that match ``query`` best, by fused dense and lexical scores.

        Raises:
            StoreError: An index fails although it was just opened.
        """
        query = AnalysedText.of(query)
        if not query.text.strip() or k < 1:
            return []
        vector = self.query_vectors([query.text])[0]
        view = self._view()
        for attempt in range(1, _SEARCH_ATTEMPTS + 1):
            try:
                found = hybrid(self.catalogue, self._brute_force, view, query, vector, k, filters)
            except IndexDamagedError:  # or another process has just written or rebuilt
                if attempt == _SEARCH_ATTEMPTS:
                    raise
                view = self.indexes.reopen(vectors_above=brute_force_index.MAX_EXACT_PASSAGES)
                continue
            if found.complete or self.catalogue.generation == view.state.generation:
                break
            view = self._view()
        return found.passages

    def stem_weights(self, stems: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """idf and presence of stems in the corpus; see `TantivyIndex.stem_weights`."""
        lexical = self._view().lexical
        if lexical is None:
            return dict.fromkeys(stems, (1.0, True))
        return lexical.stem_weights(stems)

    def _view(self) -> IndexView:
        view = self.indexes.view(vectors_above=brute_force_index.MAX_EXACT_PASSAGES)
        self._require_fingerprint(view.state.fingerprint)
        if view.damage and view.damage != self._reported_damage:
            self._reported_damage = view.damage
            for error in view.damage:
                self._notify(f"Answering without it, slower or worse: {error}")
        return view


def _open_catalogue(settings: StoreSettings, *, create: bool) -> Catalogue:
    path = settings.store_path / "catalogue.sqlite3"
    if not create and not path.exists():
        raise StoreError(
            f"There are no articles in {settings.home} yet. Put some in: rawi ingest PATH "
            "(or set RAWI_HOME to where they are)."
        )
    try:
        return Catalogue(path, create=create)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"The store in {settings.store_path} cannot be opened: {error}. {_remedy(error)}"
        ) from error


def _remedy(error: Exception) -> str:
    """Advice for a catalogue that cannot be opened."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    ):
        return (
            "The file catalogue.sqlite3 is damaged: restore a backup (rawi store restore FILE), or "
            "move it away and ingest the articles again."
        )
    return "See that there is room on the disk and that RAWI_HOME may be read and written."
