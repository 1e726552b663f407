"""The two derived parts, Chroma and the lexical index, kept in step with the catalogue."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from vectorstore.catalogue import Catalogue
from vectorstore.database import State
from vectorstore.errors import IndexDamagedError
from vectorstore.lexical import LexicalIndex
from vectorstore.locks import Turns
from vectorstore.vectors import VectorIndex


@dataclass(frozen=True, slots=True)
class View:
    """Both indexes as of one state of the catalogue; a damaged one is None."""

    state: State
    vectors: VectorIndex | None
    lexical: LexicalIndex | None
    damage: tuple[IndexDamagedError, ...] = ()

    def sound(self) -> tuple[VectorIndex, LexicalIndex]:
        """Both indexes, for writing.

        Raises:
            IndexDamagedError: one of them is damaged.
        """
        if self.vectors is None or self.lexical is None:
            raise self.damage[0]
        return self.vectors, self.lexical


class Indexes:
    """Opens the indexes that the catalogue names and sees what other processes commit.

    Locks are always taken in this order: the writers' turn, this object's lock, the vectors' turn,
    the index's own lock.
    """

    def __init__(self, root: Path, catalogue: Catalogue, turns: Turns) -> None:
        self.root = root
        self.turns = turns
        self._catalogue = catalogue
        self._lock = threading.RLock()
        self._view: View | None = None

    def view(self) -> View:
        """What to search now. Costs one small query while nobody has committed anything.

        An index that cannot be opened is None in the view, until the state changes.
        """
        with self._lock:
            # Read before opening: whatever is committed meanwhile is looked for again next time.
            state = self._catalogue.state()
            view = self._view
            if view is None or view.state != state or self._is_behind(view):
                view = self._view = self._opened(state, view)
            return view

    def reopen(self) -> View:
        """Like ``view``, but believe nothing that was seen before."""
        with self._lock:
            if self._view is not None and self._view.vectors is not None:
                self._view.vectors.generation = -1
            state = self._catalogue.state()
            self._view = self._opened(state, self._view)
            return self._view

    def adopt(self, state: State) -> None:
        """After our own commit: what is open here holds all that ``state`` tells of."""
        with self._lock:
            view = self._view
            if view is not None and view.vectors is not None:
                view.vectors.generation = max(view.vectors.generation, state.generation)
                self._view = replace(view, state=state)

    def close(self) -> None:
        """Let go of both indexes."""
        with self._lock:
            view, self._view = self._view, None
            if view is not None:
                _close(view.vectors, view.lexical)

    @staticmethod
    def _is_behind(view: View) -> bool:
        return view.vectors is not None and view.vectors.generation < view.state.generation

    def _opened(self, state: State, before: View | None) -> View:
        damage = []
        vectors: VectorIndex | None = before.vectors if before else None
        lexical: LexicalIndex | None = before.lexical if before else None
        if vectors is None or vectors.folder != self.root / state.vectors_folder:
            _close(vectors, None)
            vectors = VectorIndex(self.root / state.vectors_folder)
        if lexical is None or lexical.folder != self.root / state.lexical_folder:
            _close(None, lexical)
            lexical = LexicalIndex(self.root / state.lexical_folder)
        expected = self._catalogue.has_passages()
        try:
            if vectors.generation < state.generation:
                with self.turns.taken():
                    vectors.reopen(state.generation)
            if expected and not vectors.exists:
                raise IndexDamagedError(f"There are no vectors in {vectors.folder}.")
        except IndexDamagedError as error:
            damage.append(error)
            _close(vectors, None)
            vectors = None
        try:
            if not lexical.reload() and expected:
                raise IndexDamagedError(f"There is no lexical index in {lexical.folder}.")
        except IndexDamagedError as error:
            damage.append(error)
            _close(None, lexical)
            lexical = None
        return View(state, vectors, lexical, tuple(damage))


def _close(vectors: VectorIndex | None, lexical: LexicalIndex | None) -> None:
    if vectors is not None:
        vectors.close()
    if lexical is not None:
        lexical.close()
