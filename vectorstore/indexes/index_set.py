"""Both indexes of a store, reopened when the catalogue says that they have changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.database import CatalogueState
from vectorstore.core.errors import IndexDamagedError
from vectorstore.core.locks import WriterLock
from vectorstore.indexes.tantivy_index import TantivyIndex

if TYPE_CHECKING:
    from vectorstore.indexes.chroma_index import ChromaIndex


@dataclass(frozen=True, slots=True)
class IndexView:
    """Both indexes as of one state of the catalogue.

    Attributes:
        state: The catalogue's state.
        passages: Number of passages in the catalogue.
        vectors: None if damaged or not requested.
        lexical: None if damaged.
        damage: An error for each damaged index.
    """

    state: CatalogueState
    passages: int
    vectors: ChromaIndex | None
    lexical: TantivyIndex | None
    damage: tuple[IndexDamagedError, ...] = ()

    def both(self) -> tuple[ChromaIndex, TantivyIndex]:
        """Both indexes, for writing.

        Raises:
            IndexDamagedError: One of them is damaged.
        """
        if self.damage:
            raise self.damage[0]
        assert self.vectors is not None and self.lexical is not None  # noqa: S101
        return self.vectors, self.lexical


class IndexSet:
    """Opens the indexes that the catalogue names, and reopens them after commits of others.

    Locks are always taken in this order: the write lock, this object's own lock, ``vectors_lock``,
    the index's own lock.
    """

    def __init__(self, root: Path, catalogue: Catalogue, vectors_lock: WriterLock) -> None:
        self.root = root
        self.vectors_lock = vectors_lock
        self._catalogue = catalogue
        self._lock = threading.RLock()
        self._view: IndexView | None = None

    def view(self, *, vectors_above: int = -1) -> IndexView:
        """The current view; one small query if nothing has been committed since the last.

        Chroma is only opened if there are more than ``vectors_above`` passages. An index that
        cannot be opened is not tried again until the state changes.
        """
        with self._lock:
            # Read before opening, so that a later commit is noticed by the next call.
            state = self._catalogue.state()
            view = self._view
            if view is None or view.state != state or self._lacks_vectors(view, vectors_above):
                view = self._view = self._opened(state, view, vectors_above)
            return view

    def reopen(self, *, vectors_above: int = -1) -> IndexView:
        """Like `view`, but opens both indexes again even if the state is the same."""
        with self._lock:
            if self._view is not None and self._view.vectors is not None:
                self._view.vectors.generation = -1
            state = self._catalogue.state()
            self._view = self._opened(state, self._view, vectors_above)
            return self._view

    def record_state(self, state: CatalogueState) -> None:
        """Record, after a commit of this process, that the open indexes are at ``state``."""
        with self._lock:
            view = self._view
            if view is not None and view.vectors is not None:
                view.vectors.generation = max(view.vectors.generation, state.generation)
                passages = self._catalogue.passage_count()
                self._view = replace(view, state=state, passages=passages)

    def close(self) -> None:
        """Release both indexes."""
        with self._lock:
            view, self._view = self._view, None
            if view is not None and view.vectors is not None:
                view.vectors.close()

    @staticmethod
    def _lacks_vectors(view: IndexView, vectors_above: int) -> bool:
        if view.passages <= vectors_above or view.damage:
            return False
        return view.vectors is None or view.vectors.generation < view.state.generation

    def _opened(
        self, state: CatalogueState, before: IndexView | None, vectors_above: int
    ) -> IndexView:
        passages = self._catalogue.passage_count()
        damage: list[IndexDamagedError] = []
        vectors = before.vectors if before else None
        if vectors is not None and vectors.folder != self.root / state.vectors_folder:
            vectors.close()
            vectors = None
        if passages > vectors_above:
            # Small stores are searched without Chroma, which is slow to import.
            from vectorstore.indexes.chroma_index import ChromaIndex

            vectors = vectors or ChromaIndex(self.root / state.vectors_folder)
            try:
                self._refresh_vectors(vectors, state, expected=passages > 0)
            except IndexDamagedError as error:
                damage.append(error)
                vectors.close()
                vectors = None
        lexical = before.lexical if before else None
        if lexical is None or lexical.folder != self.root / state.lexical_folder:
            lexical = TantivyIndex(self.root / state.lexical_folder)
        try:
            if not lexical.reload() and passages:
                raise IndexDamagedError(f"There is no lexical index in {lexical.folder}.")
        except IndexDamagedError as error:
            damage.append(error)
            lexical = None
        return IndexView(state, passages, vectors, lexical, tuple(damage))

    def _refresh_vectors(
        self, vectors: ChromaIndex, state: CatalogueState, *, expected: bool
    ) -> None:
        if vectors.generation < state.generation:
            with self.vectors_lock.hold():
                vectors.reopen(state.generation)
        if expected and not vectors.exists:
            raise IndexDamagedError(f"There are no vectors in {vectors.folder}.")
