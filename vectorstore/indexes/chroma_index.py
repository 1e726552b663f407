"""Vectors in Chroma, in a folder that several processes share.

A Chroma client reads the log of other processes' writes with its first request only (chroma issue
3792). Later writes are not found, and requests that mention them fail, until the folder is opened
again. The first request may also write the index to disk. So `ChromaIndex.reopen` makes a new
client and has it read the log at once; the store calls it under the vectors' lock when the
catalogue's generation has changed. Searches need no lock.

Chroma saves its graph by overwriting files and does not validate what it loads: a graph half-saved
by a killed process crashes the next one, or makes it fill the disk. So a marker file exists while
Chroma may save, and a folder with a leftover marker is not opened again but rebuilt from the
catalogue.

Chroma has one client state per folder and process, so all stores that this process has opened on a
folder share a client.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vectorstore.core.errors import IndexDamagedError

if TYPE_CHECKING:
    import numpy as np

COLLECTION_NAME = "passages"

# Wider than Chroma's defaults (100/100/16), for recall; costs a fraction of a millisecond. Every
# process that opens the folder adds the log to the graph again, so the graph is saved more often
# than by default (1,000 vectors).
HNSW_OPTIONS: dict[str, Any] = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 24,
    "sync_threshold": 256,
}
_DATABASE = "chroma.sqlite3"
MARKER_FILE = "being-saved"
_MAX_OPEN_ATTEMPTS = 3
_RETRY_SECONDS = 0.2  # seconds


class _SharedClient:
    """The client of this process for a folder, and the generation that it has read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.users = 0
        self.generation = -1
        self.collection: Any = None
        self._client: Any = None

    def open(self, *, create: bool) -> None:
        """Open the folder and read the log; does nothing if there is none, unless ``create``."""
        if self.collection is not None or not (create or self.exists()):
            return
        import chromadb
        from chromadb.config import Settings

        self.folder.mkdir(parents=True, exist_ok=True)
        self._client = chromadb.PersistentClient(
            str(self.folder), settings=Settings(anonymized_telemetry=False)
        )
        try:
            if create:
                self.collection = self._client.get_or_create_collection(
                    COLLECTION_NAME, configuration={"hnsw": HNSW_OPTIONS}, embedding_function=None
                )
            else:
                self.collection = self._client.get_collection(
                    COLLECTION_NAME, embedding_function=None
                )
            self.collection.count()
        except chromadb.errors.NotFoundError:  # a writer was killed before its first vector
            self.close()
        except BaseException:
            self.close()
            raise

    def batch_size(self) -> int:
        """Largest number of rows that Chroma accepts at once."""
        return int(self._client.get_max_batch_size())

    def close(self) -> None:
        client, self._client, self.collection = self._client, None, None
        if client is not None:
            client.close()

    def logged(self) -> int:
        """Number of rows in Chroma's log; at least those that are not in its saved graph."""
        if not self.exists():
            return 0
        address = f"{(self.folder / _DATABASE).as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                return int(database.execute("SELECT count(*) FROM embeddings_queue").fetchone()[0])
        except sqlite3.Error:  # overestimating is safe
            return int(HNSW_OPTIONS["sync_threshold"])

    def exists(self) -> bool:
        """Whether the folder has a Chroma database."""
        return (self.folder / _DATABASE).exists()


def has_leftover_marker(folder: Path) -> bool:
    """Whether a process was killed while Chroma may have been saving.

    Without the vectors' lock, it may also be saving right now.
    """
    return (folder / MARKER_FILE).exists()


_shared: dict[Path, _SharedClient] = {}
_shared_lock = threading.Lock()


class ChromaIndex:
    """Passage vectors in a Chroma database, compared by cosine. Thread-safe.

    Raises:
        IndexDamagedError: From every method, if Chroma fails or the index was closed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        key = folder.absolute()
        with _shared_lock:
            self._shared = _shared.setdefault(key, _SharedClient(key))
            self._shared.users += 1
        self._closed = False

    def close(self) -> None:
        """Release the shared client, which is closed with its last user."""
        with _shared_lock, self._shared.lock:
            if self._closed:
                return
            self._closed = True
            self._shared.users -= 1
            if not self._shared.users:
                _shared.pop(self._shared.folder, None)
                self._shared.close()

    @property
    def generation(self) -> int:
        """The catalogue's generation whose vectors have been read; -1 before the first."""
        return self._shared.generation

    @generation.setter
    def generation(self, value: int) -> None:
        self._shared.generation = value

    @property
    def exists(self) -> bool:
        """Whether there was a collection at the last `reopen`."""
        return self._shared.collection is not None

    def reopen(self, generation: int) -> None:
        """Read all writes up to ``generation``. The caller must hold the vectors' lock."""
        with self._shared.lock, self._translating_errors():
            self._shared.close()
            if self._shared.exists():
                with self._marking(0):
                    self._open_with_retries()
            self._shared.generation = generation

    def _open_with_retries(self) -> None:
        """Open the folder; opening fails while another process trims the log."""
        for attempt in range(1, _MAX_OPEN_ATTEMPTS + 1):
            try:
                self._shared.open(create=False)
                return
            except Exception:
                if attempt == _MAX_OPEN_ATTEMPTS:
                    raise
                time.sleep(_RETRY_SECONDS)

    def upsert(
        self,
        ids: Sequence[str],
        vectors: np.ndarray,
        metadatas: Sequence[dict[str, str]],
    ) -> None:
        """Insert or replace vectors (n, d). The caller must hold the vectors' lock."""
        with self._writing(len(ids), create=True) as collection:
            limit = self._shared.batch_size()
            for i in range(0, len(ids), limit):
                collection.upsert(
                    ids=list(ids[i : i + limit]),
                    embeddings=vectors[i : i + limit],
                    metadatas=list(metadatas[i : i + limit]),
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete vectors; unknown ids are ignored. The caller must hold the vectors' lock."""
        with self._writing(len(ids)) as collection:
            if collection is None:
                return
            limit = self._shared.batch_size()
            for i in range(0, len(ids), limit):
                collection.delete(ids=list(ids[i : i + limit]))

    def ids_of(self, article_ids: Sequence[str], page: int = 500) -> set[str]:
        """Passage ids of the vectors of some articles."""
        found: set[str] = set()
        with self._collection() as collection:
            for i in range(0, len(article_ids) if collection is not None else 0, page):
                where = {"article": {"$in": list(article_ids[i : i + page])}}
                found.update(collection.get(where=where, include=[])["ids"])
        return found

    def pages(self, size: int = 1_000) -> Iterator[tuple[list[str], np.ndarray]]:
        """All ids with their vectors (n, d), page by page."""
        import numpy as np

        with self._collection() as collection:
            total = collection.count() if collection is not None else 0
            for offset in range(0, total, size):
                got = collection.get(limit=size, offset=offset, include=["embeddings"])
                yield got["ids"], np.asarray(got["embeddings"], dtype=np.float32)

    def search(self, vector: np.ndarray, k: int) -> list[tuple[str, float]]:
        """The ``k`` nearest passages as ``(id, cosine)``, best first."""
        with self._collection() as collection:
            if collection is None:
                return []
            found = collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(passage_id, 1.0 - float(distance)) for passage_id, distance in pairs]

    @contextmanager
    def _collection(self) -> Iterator[Any]:
        with self._shared.lock, self._translating_errors():
            if self._closed:
                raise IndexDamagedError(f"The vectors in {self.folder} were closed.")
            yield self._shared.collection

    @contextmanager
    def _writing(self, rows: int, *, create: bool = False) -> Iterator[Any]:
        with self._collection(), self._marking(rows):
            if create:
                self._shared.open(create=True)
            yield self._shared.collection

    @contextmanager
    def _marking(self, rows: int) -> Iterator[None]:
        """Keep the marker while Chroma may save its graph, and leave it there on failure.

        Chroma saves when its log has ``sync_threshold`` rows; ``rows`` are about to be added.
        """
        import chromadb  # noqa: F401 - takes a second, too long to keep the marker

        if has_leftover_marker(self.folder):
            raise IndexDamagedError(f"The vectors in {self.folder} were left half-written.")
        if self._shared.logged() + rows < HNSW_OPTIONS["sync_threshold"]:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        marker = self.folder / MARKER_FILE
        marker.touch()
        try:
            yield
        except (KeyboardInterrupt, GeneratorExit):
            marker.unlink()  # raised between calls of Chroma, not within
            raise
        marker.unlink()

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, SystemExit, GeneratorExit, IndexDamagedError):
            raise
        except BaseException as error:  # Rust panics are no Exception
            raise IndexDamagedError(
                f"The vectors in {self.folder} cannot be used ({error})."
            ) from error
