"""The store: catalogue, vectors and lexical index behind one face.

The catalogue is the truth. A write says in the catalogue's journal which articles it is about to
change, writes the new passages into both indexes, switches the articles over in one catalogue
transaction, and then removes what the old versions left. Passages have ids of their own per version
of an article, and only those that the catalogue lists are ever shown, so a reader sees the old
article or the new one, never a mixture. What a killed writer left is put in order by the next one,
from the vectors that the catalogue keeps, without the model.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.change_log import IngestRun, Kind
from vectorstore.catalogue.line_fingerprints import BoilerplateDetector
from vectorstore.core.errors import IndexDamagedError, StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.locks import WriterLock
from vectorstore.core.passage_text import embedding_text
from vectorstore.core.settings import StoreSettings
from vectorstore.core.text_analysis import AnalysedText
from vectorstore.core.types import Article, Filters, Passage, RetrievedPassage
from vectorstore.embedding.embedding_prefetch import EmbeddingPrefetcher
from vectorstore.embedding.lazy_embedder import LazyEmbedder
from vectorstore.indexes import brute_force_index
from vectorstore.indexes.chroma_index import was_torn
from vectorstore.indexes.hybrid_search import hybrid
from vectorstore.indexes.index_set import IndexSet, View
from vectorstore.indexes.tantivy_index import TantivyIndex
from vectorstore.maintenance import index_writer, rebuild
from vectorstore.maintenance.index_writer import Passages, PutResult
from vectorstore.maintenance.integrity import problems
from vectorstore.maintenance.rebuild import RebuildResult

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.embedding.embedder import Embedder

__all__ = ["ArticleStore", "PutResult", "RebuildResult"]

_ATTEMPTS = 3
_STRETCH = 4
"""Passages that are embedded between two chances for others."""
_Written = TypeVar("_Written")
_UNSEEN = "unseen"  # no fingerprint reads like this


class ArticleStore:
    """All that Rawi knows. Thread-safe; other processes may use the same folder.

    ``ArticleStore.open`` makes one; it is a context manager. With a ``sifter``, articles that go in
    are compared with those that are there: what proves to be another story's teaser is left out of
    passages, and copies of one story are found.
    """

    def __init__(
        self,
        settings: StoreSettings,
        catalogue: Catalogue,
        chunker_id: str | None,
        notify: Callable[[str], None] | None,
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.chunker_id = chunker_id
        self.sifter: BoilerplateDetector | None = None
        self.turns = WriterLock(settings.store_path, "write", settings.lock_timeout)
        vector_turns = WriterLock(settings.store_path, "vectors", settings.lock_timeout)
        self.give_way: Callable[[], None] | None = None
        """Called again and again while much is embedded; may wait while others are in a hurry."""
        self.indexes = IndexSet(settings.store_path, catalogue, vector_turns)
        self._flat = brute_force_index.BruteForceIndex(catalogue)
        self._notify = notify
        self._model = LazyEmbedder(settings, notify)
        self._told: tuple[IndexDamagedError, ...] = ()
        self._knows_model = False
        self._recording = threading.local()
        self._ahead: EmbeddingPrefetcher | None = None
        self._checks_fingerprint = True
        self._accepted: str | None = _UNSEEN

    @classmethod
    def open(
        cls,
        settings: StoreSettings | None = None,
        *,
        chunker_id: str | None,
        writable: bool = False,
        check_fingerprint: bool = True,
        notify: Callable[[str], None] | None = None,
    ) -> Self:
        """The store under ``settings.home``; a writable one is created when it is not there.

        ``chunker_id`` names how the caller cuts articles; None when it cuts none, which rules out
        ``put``. Opening loads no model and, unless ``writable``, writes nothing. Without
        ``check_fingerprint`` only what never mixes with the stored vectors is possible: reading
        the catalogue, ``check`` and ``rebuild``.

        Raises:
            StoreError: there is no store to read, or it cannot be opened.
            FingerprintMismatchError: it was written with another model, chunker or analyser.
        """
        settings = settings or StoreSettings()
        path = settings.store_path / "catalogue.sqlite3"
        if not writable and not path.exists():
            raise StoreError(
                f"There are no articles in {settings.home} yet. Put some in: rawi ingest PATH "
                "(or set RAWI_HOME to where they are)."
            )
        try:
            catalogue = Catalogue(path, create=writable)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The store in {settings.store_path} cannot be opened: {error}. {_remedy(error)}"
            ) from error
        store = cls(settings, catalogue, chunker_id, notify)
        try:
            store._checks_fingerprint = check_fingerprint
            if check_fingerprint:
                store._accept(catalogue.state().fingerprint)
                if writable and store._was_interrupted():
                    store._in_turn(lambda view: None)
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release files and databases."""
        self._model.close()
        self.indexes.close()
        self.catalogue.close()

    # -- fingerprint and model ----------------------------------------------------------------

    def fingerprint(self) -> Fingerprint:
        """What the settings ask for; the model's part is None until a custom model is loaded."""
        from vectorstore.embedding.loading import fingerprint_without_loading

        settings = self.settings
        model = (
            self._model.loaded.fingerprint
            if self._model.loaded is not None
            else fingerprint_without_loading(
                settings.model, settings.query_prefix, settings.passage_prefix
            )
        )
        return Fingerprint(model, settings.model, self.chunker_id, TantivyIndex.format_name())

    def stored_fingerprint(self) -> Fingerprint | None:
        """What the store was written with; None while nothing was."""
        text = self.catalogue.state().fingerprint
        return Fingerprint.from_json(text) if text else None

    def _accept(self, stored: str | None) -> None:
        """Refuse to mix: what is stored must be what the settings ask for."""
        if stored != self._accepted:
            if stored is not None:
                Fingerprint.from_json(stored).require(self.fingerprint())
            self._accepted = stored

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded when first needed.

        Raises:
            ModelError: it cannot be loaded.
            FingerprintMismatchError: the store's vectors were made by another model.
        """
        embedder = self._model.embedder()
        if not self._knows_model:
            self._knows_model = True
            self._accepted = _UNSEEN  # only now is a custom model's fingerprint known
        if self._checks_fingerprint and self._accepted == _UNSEEN:
            self._accept(self.catalogue.state().fingerprint)
        return embedder

    def load_model_ahead(self) -> None:
        """Begin to load the embedding model while the caller does something else.

        What goes wrong with it is raised when ``embedder`` is needed.
        """
        self._model.load_ahead()

    def question_vectors(self, questions: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, d) of questions; the one just searched for costs nothing."""
        return self._model.question_vectors(self.embedder, questions)

    def embed(self, titled: Sequence[tuple[str, str]]) -> np.ndarray:
        """Vectors (n, d) of passages, given as ``(title of the article, text)``."""
        return self.embed_once([embedding_text(title, text) for title, text in titled])[0]

    def embed_once(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
        """Vectors (n, d) of distinct texts, and which of them were not embedded lately."""
        if self._ahead is not None:
            return self._ahead.embed(texts)
        return self._embed(texts), [True] * len(texts)

    @contextmanager
    def embedding_ahead(self) -> Iterator[None]:
        """Within it, ``embed_ahead`` embeds in the background; else it does nothing."""
        if self._ahead is not None:
            yield
            return
        self._ahead = EmbeddingPrefetcher(self._embed)
        try:
            yield
        finally:
            ahead, self._ahead = self._ahead, None
            ahead.close()

    def embed_ahead(self, items: Sequence[tuple[Article, Sequence[Passage]]]) -> None:
        """Begin to embed what a ``put_many`` of ``items`` will ask for; returns at once."""
        if self._ahead is not None:
            known = index_writer.kept_vectors(self, [article for article, _ in items])
            texts = (embedding_text(a.title, p.text) for a, passages in items for p in passages)
            self._ahead.begin([text for text in texts if text not in known])

    def _embed(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        if self.give_way is None or not texts:
            return self.embedder.embed_passages(texts)
        stretches = []
        for at in range(0, len(texts), _STRETCH):
            self.give_way()
            stretches.append(self.embedder.embed_passages(texts[at : at + _STRETCH]))
        return np.concatenate(stretches)

    # -- writing ------------------------------------------------------------------------------

    def _in_turn(self, write: Callable[[View], _Written]) -> _Written:
        """Do ``write`` in our turn, with everything in order before it begins.

        When an index turns out to be damaged, before or meanwhile, both are made anew first.
        """
        with self.turns.taken():
            self._accept(self.catalogue.state().fingerprint)
            rebuild.sweep(self)
            try:
                return write(self._mended())
            except IndexDamagedError as error:
                self.renew_indexes(error)
                return write(self._mended())

    def _was_interrupted(self) -> bool:
        """Whether a writer seems to have been killed; another's work under way looks the same."""
        vectors = self.settings.store_path / self.catalogue.state().vectors_folder
        return bool(self.catalogue.journal() or rebuild.leftovers(self) or was_torn(vectors))

    def renew_indexes(self, error: IndexDamagedError) -> None:
        """Make both indexes anew from the catalogue, in our turn, because of ``error``."""
        self._tell(f"{error.what} Making it anew from the catalogue.")
        rebuild.rebuild_indexes(self)

    def _mended(self) -> View:
        """Both indexes, once what a killed writer left is in order."""
        journal = self.catalogue.journal()
        view = self.indexes.reopen() if journal else self.indexes.view()
        index_writer.recover(self, view, journal)
        view.sound()
        return view

    def put(self, article: Article, passages: Passages) -> PutResult:
        """Add or replace one article. See ``put_many``."""
        return self.put_many([(article, passages)])[0]

    def put_many(self, items: Sequence[tuple[Article, Passages]]) -> list[PutResult]:
        """Add or replace articles as one batch: a result per distinct id, the last one wins.

        Passages may be given as a function that cuts the article, which is then called only if the
        article has changed. An unchanged article costs nothing but a comparison (and is told its
        new ``origin``); a changed one has only those passages embedded that it did not have under
        the same title. Waits for its turn; a process killed in here leaves old or new articles,
        never halves.

        Raises:
            StoreBusyError: other writers kept us waiting too long.
            FingerprintMismatchError: the store has been rebuilt with other settings meanwhile.
        """
        latest = {article.id: (article, passages) for article, passages in items}
        return self._in_turn(lambda view: index_writer.put(self, view, list(latest.values())))

    @property
    def run(self) -> IngestRun | None:
        """The run under which this thread's changes are recorded."""
        return getattr(self._recording, "run", None)

    @contextmanager
    def recorded(self, kind: Kind, sources: Sequence[str]) -> Iterator[IngestRun | None]:
        """Record what this thread changes within as one run, which can be undone later.

        A run within a run is part of it. ``sources`` say where the articles come from; for
        people. None, and nothing is recorded, where the settings say so.
        """
        if self.run is not None:
            yield self.run
            return
        keep, days = self.settings.undo_runs, self.settings.undo_days
        run = self._recording.run = self.catalogue.begin_run(kind, sources) if keep else None
        try:
            yield run
        finally:
            self._recording.run = None
            if run is not None:
                self.catalogue.end_run(run)
            self.catalogue.forget_runs(keep=keep, days=days)

    def unchanged(self, articles: Sequence[Article]) -> set[str]:
        """Ids of those whose stored content is the same."""
        known = self.catalogue.content_hashes([article.id for article in articles])
        return {a.id for a in articles if known.get(a.id) == a.content_hash}

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles; the ids that were there."""

        def write(view: View) -> list[str]:
            removed = index_writer.remove(self, view, article_ids)
            if removed and self.sifter is not None:
                index_writer.put(self, self._mended(), [])  # what they proved is judged again
            return removed

        return self._in_turn(write)

    def rebuild(
        self,
        chunk: Callable[[Article], Sequence[Passage]] | None,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> RebuildResult:
        """Make both indexes anew from the catalogue, and the passages when ``chunk`` is given.

        Readers keep the old state until it is done; killed before, nothing has happened.
        ``progress`` hears ``(articles done, articles in all)``.

        Raises:
            StoreError: the chunker has changed and no ``chunk`` is given.
            StoreBusyError: other writers kept us waiting too long.
        """
        with self.turns.taken():
            return rebuild.rebuild(self, chunk, progress)

    # -- reading ------------------------------------------------------------------------------

    def get(self, article_id: str) -> Article | None:
        """The whole article."""
        return self.catalogue.get(article_id)

    def search(
        self, query: str | AnalysedText, k: int = 8, filters: Filters | None = None
    ) -> list[RetrievedPassage]:
        """The ``k`` passages that match ``query`` best, by fused dense and lexical scores.

        Raises:
            StoreError: an index fails although it was just opened.
        """
        query = AnalysedText.of(query)
        if not query.text.strip() or k < 1:
            return []
        vector = self.question_vectors([query.text])[0]
        view = self._view()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                found = hybrid(self.catalogue, self._flat, view, query, vector, k, filters)
            except IndexDamagedError:  # or another process has just written or rebuilt
                if attempt == _ATTEMPTS:
                    raise
                view = self.indexes.reopen(vectors_above=brute_force_index.EXACT_UP_TO)
                continue
            if found.whole or self.catalogue.generation == view.state.generation:
                break
            view = self._view()
        return found.passages

    def _view(self) -> View:
        view = self.indexes.view(vectors_above=brute_force_index.EXACT_UP_TO)
        self._accept(view.state.fingerprint)
        if view.damage and view.damage != self._told:
            self._told = view.damage
            for error in view.damage:
                self._tell(f"Answering without it, slower or worse: {error}")
        return view

    def _tell(self, message: str) -> None:
        if self._notify is not None:
            self._notify(message)

    def stem_weights(self, stems: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """idf and presence of stems in the corpus; see ``LexicalIndex.stem_weights``."""
        lexical = self._view().lexical
        if lexical is None:
            return dict.fromkeys(stems, (1.0, True))
        return lexical.stem_weights(stems)

    def check(self) -> list[str]:
        """What is wrong with the store, in words; empty when all is well."""
        with self.turns.taken():
            return problems(self)


def _remedy(error: Exception) -> str:
    """What to do about a catalogue that cannot be opened: only one that is damaged is given up."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    ):
        return (
            "The file catalogue.sqlite3 is damaged: restore a backup (rawi store restore FILE), or "
            "move it away and ingest the articles again."
        )
    return "See that there is room on the disk and that RAWI_HOME may be read and written."
