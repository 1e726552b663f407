"""Exact vector search over the catalogue, for small stores."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.types import Filters, timestamp

if TYPE_CHECKING:
    import numpy as np

MAX_EXACT_PASSAGES = 10_000
"""Largest number of passages for which this index is used: it is exact, faster than a graph (15 MB,
1 ms) and needs no import of Chroma, which takes a second."""

_UNDATED = -(1 << 62)


@dataclass
class _Snapshot:
    """All vectors (n, d) of one generation, and the fields used by filters."""

    catalogue: Catalogue
    ids: list[str]
    rows: np.ndarray

    @cached_property
    def filter_values(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Date (seconds since the epoch, or ``_UNDATED``), source and section per passage; the
        last two may be empty."""
        import numpy as np

        values = self.catalogue.passage_filter_values()
        known = [values.get(pid, (None, None, None)) for pid in self.ids]
        dates = np.array([_UNDATED if ts is None else ts for ts, _, _ in known], np.int64)
        sources = np.array([source or "" for _, source, _ in known], object)
        return dates, sources, np.array([section or "" for _, _, section in known], object)

    def matching(self, filters: Filters) -> np.ndarray:
        """Positions of the passages whose articles match ``filters``."""
        import numpy as np

        dates, sources, sections = self.filter_values
        mask = np.ones(len(self.ids), bool)
        if filters.since or filters.until:
            mask &= dates != _UNDATED
        if filters.since:
            mask &= dates >= timestamp(filters.since)
        if filters.until:
            mask &= dates <= timestamp(filters.until)
        if filters.sources:
            mask &= np.isin(sources, [source for source in filters.sources if source])
        if filters.sections:
            mask &= np.isin(sections, filters.sections)
        return np.flatnonzero(mask)


class BruteForceIndex:
    """All vectors in memory, read again when the catalogue's generation has changed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._generation = -1
        self._snapshot: _Snapshot | None = None

    def search(
        self, vector: np.ndarray, k: int, generation: int, filters: Filters | None = None
    ) -> dict[str, float]:
        """Cosine by id of the ``k`` nearest passages that match ``filters``, best first."""
        import numpy as np

        snapshot = self._read(generation)
        if not snapshot.ids:
            return {}
        # Not ``@``, as the threads of BLAS wait for each other on a busy machine.
        scores = np.vecdot(snapshot.rows, vector)
        chosen = snapshot.matching(filters) if filters else np.arange(len(scores))
        if len(chosen) > k:
            chosen = chosen[np.argpartition(scores[chosen], -k)[-k:]]
        best = chosen[np.argsort(-scores[chosen], kind="stable")]
        return {snapshot.ids[i]: float(scores[i]) for i in best}

    def _read(self, generation: int) -> _Snapshot:
        with self._lock:
            if self._snapshot is None or self._generation != generation:
                self._snapshot = _Snapshot(self._catalogue, *self._catalogue.all_vectors())
                self._generation = generation
            return self._snapshot
