"""All vectors of a small store in memory, compared one by one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vectorstore.catalogue.articles import Catalogue
from vectorstore.core.types import Filters, timestamp

if TYPE_CHECKING:
    import numpy as np

EXACT_UP_TO = 10_000
"""Passages up to which all are compared: exact, faster than a graph (15 MB, 1 ms), and current as
soon as the catalogue is, while Chroma has to be imported (a second) and opened anew."""

_UNDATED = -(1 << 62)


@dataclass
class _Everything:
    """All vectors (n, d) of one generation, and what filters ask of the passages."""

    catalogue: Catalogue
    ids: list[str]
    rows: np.ndarray

    @cached_property
    def facts(self) -> tuple[np.ndarray, np.ndarray]:
        """Date (seconds, ``_UNDATED`` without one) and source (empty without one) per passage."""
        import numpy as np

        facts = self.catalogue.passage_filter_values()
        known = [facts.get(pid, (None, None)) for pid in self.ids]
        dates = np.array([_UNDATED if ts is None else ts for ts, _ in known], np.int64)
        return dates, np.array([source or "" for _, source in known], object)

    def passing(self, filters: Filters) -> np.ndarray:
        """Positions of the passages whose articles pass."""
        import numpy as np

        dates, sources = self.facts
        mask = np.ones(len(self.ids), bool)
        if filters.since or filters.until:
            mask &= dates != _UNDATED
        if filters.since:
            mask &= dates >= timestamp(filters.since)
        if filters.until:
            mask &= dates <= timestamp(filters.until)
        if filters.sources:
            mask &= np.isin(sources, [source for source in filters.sources if source])
        return np.flatnonzero(mask)


class BruteForceIndex:
    """The catalogue's vectors as one array, read again when the generation has changed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._generation = -1
        self._all: _Everything | None = None

    def search(
        self, vector: np.ndarray, k: int, generation: int, filters: Filters | None = None
    ) -> dict[str, float]:
        """The ``k`` passages nearest to ``vector`` that pass ``filters``, with their cosine."""
        import numpy as np

        everything = self._read(generation)
        if not everything.ids:
            return {}
        # Not ``@``: BLAS would use threads, which wait for each other on a busy machine.
        scores = np.vecdot(everything.rows, vector)
        chosen = everything.passing(filters) if filters else np.arange(len(scores))
        if len(chosen) > k:
            chosen = chosen[np.argpartition(scores[chosen], -k)[-k:]]
        best = chosen[np.argsort(-scores[chosen], kind="stable")]
        return {everything.ids[i]: float(scores[i]) for i in best}

    def _read(self, generation: int) -> _Everything:
        with self._lock:
            if self._all is None or self._generation != generation:
                self._all = _Everything(self._catalogue, *self._catalogue.all_vectors())
                self._generation = generation
            return self._all
