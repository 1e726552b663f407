"""The two derived parts, Chroma and the lexical index, kept in step with the catalogue."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.database import State
from vectorstore.core.errors import IndexDamagedError
from vectorstore.core.locks import WriterLock
from vectorstore.indexes.chroma_index import ChromaIndex
from vectorstore.indexes.tantivy_index import TantivyIndex


@dataclass(frozen=True, slots=True)
class View:
    """Both indexes as of one state of the catalogue, which has so many ``passages``.

    A damaged index is None, and so are vectors that were not asked for.
    """

    state: State
    passages: int
    vectors: ChromaIndex | None
    lexical: TantivyIndex | None
    damage: tuple[IndexDamagedError, ...] = ()

    def sound(self) -> tuple[ChromaIndex, TantivyIndex]:
        """Both indexes, for writing.

        Raises:
            IndexDamagedError: one of them is damaged.
        """
        if self.damage:
            raise self.damage[0]
        assert self.vectors is not None and self.lexical is not None  # noqa: S101
        return self.vectors, self.lexical


class IndexSet:
    """Opens the indexes that the catalogue names and sees what other processes commit.

    Locks are always taken in this order: the writers' turn, this object's lock, the vectors' turn,
    the index's own lock.
    """

    def __init__(self, root: Path, catalogue: Catalogue, turns: WriterLock) -> None:
        self.root = root
        self.turns = turns
        self._catalogue = catalogue
        self._lock = threading.RLock()
        self._view: View | None = None

    def view(self, *, vectors_above: int = -1) -> View:
        """What to search now. Costs one small query while nobody has committed anything.

        Chroma is opened for more passages than ``vectors_above`` only. An index that cannot be
        opened is not tried again until the state changes.
        """
        with self._lock:
            # Read before opening: whatever is committed meanwhile is looked for again next time.
            state = self._catalogue.state()
            view = self._view
            if view is None or view.state != state or self._lacks_vectors(view, vectors_above):
                view = self._view = self._opened(state, view, vectors_above)
            return view

    def reopen(self, *, vectors_above: int = -1) -> View:
        """Like ``view``, but believe nothing that was seen before."""
        with self._lock:
            if self._view is not None and self._view.vectors is not None:
                self._view.vectors.generation = -1
            state = self._catalogue.state()
            self._view = self._opened(state, self._view, vectors_above)
            return self._view

    def adopt(self, state: State) -> None:
        """After our own commit: what is open here holds all that ``state`` tells of."""
        with self._lock:
            view = self._view
            if view is not None and view.vectors is not None:
                view.vectors.generation = max(view.vectors.generation, state.generation)
                passages = self._catalogue.passage_count()
                self._view = replace(view, state=state, passages=passages)

    def close(self) -> None:
        """Let go of both indexes."""
        with self._lock:
            view, self._view = self._view, None
            if view is not None and view.vectors is not None:
                view.vectors.close()

    @staticmethod
    def _lacks_vectors(view: View, vectors_above: int) -> bool:
        if view.passages <= vectors_above or view.damage:
            return False
        return view.vectors is None or view.vectors.generation < view.state.generation

    def _opened(self, state: State, before: View | None, vectors_above: int) -> View:
        passages = self._catalogue.passage_count()
        damage: list[IndexDamagedError] = []
        vectors = before.vectors if before else None
        if vectors is not None and vectors.folder != self.root / state.vectors_folder:
            vectors.close()
            vectors = None
        if passages > vectors_above:
            vectors = self._fresh_vectors(state, vectors, damage, expected=passages > 0)
        lexical = self._fresh_lexical(
            state, before.lexical if before else None, damage, expected=passages > 0
        )
        return View(state, passages, vectors, lexical, tuple(damage))

    def _fresh_vectors(
        self,
        state: State,
        vectors: ChromaIndex | None,
        damage: list[IndexDamagedError],
        *,
        expected: bool,
    ) -> ChromaIndex | None:
        vectors = vectors or ChromaIndex(self.root / state.vectors_folder)
        try:
            if vectors.generation < state.generation:
                with self.turns.taken():
                    vectors.reopen(state.generation)
            if expected and not vectors.exists:
                raise IndexDamagedError(f"There are no vectors in {vectors.folder}.")
        except IndexDamagedError as error:
            damage.append(error)
            vectors.close()
            return None
        return vectors

    def _fresh_lexical(
        self,
        state: State,
        lexical: TantivyIndex | None,
        damage: list[IndexDamagedError],
        *,
        expected: bool,
    ) -> TantivyIndex | None:
        if lexical is None or lexical.folder != self.root / state.lexical_folder:
            lexical = TantivyIndex(self.root / state.lexical_folder)
        try:
            if not lexical.reload() and expected:
                raise IndexDamagedError(f"There is no lexical index in {lexical.folder}.")
        except IndexDamagedError as error:
            damage.append(error)
            return None
        return lexical
