"""The vectors, in Chroma, and what it takes to share its folder between processes.

A Chroma client reads the log of another process's writes once, on its first query, and never
again (chroma issue 3792). That first query may also write the index to disk. So
:meth:`VectorIndex.reopen` makes a new client and runs that query at once; the store calls it under
the vectors' lock, when another process has committed something. All other queries need no lock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .types import Filters, timestamp

if TYPE_CHECKING:
    import numpy as np

COLLECTION = "passages"

# Wider than Chroma's defaults (100/100/16): recall of the true top 50 counts more here than the
# fraction of a millisecond it costs.
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 24}


class VectorIndex:
    """Passage vectors (cosine) in the Chroma database at ``folder``."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self.folder = folder
        self.dimension = dimension
        self._client: Any = None
        self._collection: Any = None
        self._lock = threading.RLock()

    def _open(self, *, create: bool) -> Any:
        if self._collection is not None:
            return self._collection
        if not create and not (self.folder / "chroma.sqlite3").exists():
            return None
        import chromadb
        from chromadb.config import Settings

        self.folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(
            str(self.folder), settings=Settings(anonymized_telemetry=False)
        )
        if create:
            self._collection = self._client.get_or_create_collection(
                COLLECTION, configuration={"hnsw": _HNSW}, embedding_function=None
            )
        else:
            try:
                self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            except chromadb.errors.NotFoundError:  # a writer died before its first vector
                self.close()
        return self._collection

    def close(self) -> None:
        """Release the client and its files."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._collection = None

    def reopen(self) -> None:
        """See what other processes have written. Hold the store's lock."""
        with self._lock:
            self.close()
            collection = self._open(create=False)
            if collection is not None:
                collection.query(
                    query_embeddings=[[1.0] + [0.0] * (self.dimension - 1)], n_results=1
                )

    def upsert(
        self,
        ids: Sequence[str],
        vectors: np.ndarray,
        metadatas: Sequence[dict[str, str | int]],
    ) -> None:
        """Write vectors (n, d) in batches that Chroma accepts."""
        with self._lock:
            collection = self._open(create=True)
            limit = int(self._client.get_max_batch_size())
            for i in range(0, len(ids), limit):
                collection.upsert(
                    ids=list(ids[i : i + limit]),
                    embeddings=vectors[i : i + limit],
                    metadatas=list(metadatas[i : i + limit]),
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; unknown ids are ignored."""
        with self._lock:
            collection = self._open(create=False)
            if collection is None or not ids:
                return
            limit = int(self._client.get_max_batch_size())
            for i in range(0, len(ids), limit):
                collection.delete(ids=list(ids[i : i + limit]))

    def ids_of(self, article_id: str) -> set[str]:
        """Ids of the vectors kept for an article."""
        with self._lock:
            collection = self._open(create=False)
            if collection is None:
                return set()
            return set(collection.get(where={"article": article_id}, include=[])["ids"])

    def all_ids(self, page: int = 10_000) -> Iterator[str]:
        """Every id, page by page (for checks)."""
        with self._lock:
            collection = self._open(create=False)
            if collection is None:
                return
            for offset in range(0, collection.count(), page):
                yield from collection.get(limit=page, offset=offset, include=[])["ids"]

    def vectors(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors of ``ids``; unknown ids are missing from the result."""
        import numpy as np

        with self._lock:
            collection = self._open(create=False)
            if collection is None or not ids:
                return {}
            found = collection.get(ids=list(ids), include=["embeddings"])
        rows = np.asarray(found["embeddings"], dtype=np.float32)
        return dict(zip(found["ids"], rows, strict=True))

    def search(
        self, vector: np.ndarray, k: int, filters: Filters | None = None
    ) -> list[tuple[str, float]]:
        """The ``k`` nearest passages as ``(id, cosine similarity)``, best first."""
        with self._lock:
            collection = self._open(create=False)
            if collection is None:
                return []
            found = collection.query(
                query_embeddings=[vector],
                n_results=k,
                where=_where(filters) if filters else None,
                include=["distances"],
            )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(passage_id, 1.0 - float(distance)) for passage_id, distance in pairs]


def _where(filters: Filters) -> dict[str, Any] | None:
    clauses: list[dict[str, Any]] = []
    if filters.since:
        clauses.append({"ts": {"$gte": timestamp(filters.since)}})
    if filters.until:
        clauses.append({"ts": {"$lte": timestamp(filters.until)}})
    if filters.sources:
        clauses.append({"source": {"$in": list(filters.sources)}})
    if not clauses:
        return None
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}
