"""The vectors, in Chroma, and what it takes to share its folder between processes.

A Chroma client takes in the log of other processes' writes once, with its first request, and never
again (chroma issue 3792). Until it is opened anew it does not find what they wrote, and fails on
requests that mention it. That first request may also write the index to disk. So
:meth:`VectorIndex.reopen` makes a new client and has it take in the log at once; the store calls it
under the vectors' lock, when the catalogue's generation has changed. Searches need no lock.

Chroma saves its graph over the last one, file by file, and does not look at what it loads: a graph
half-saved by a process that was killed crashes the next one, or has it fill the disk. So whatever
may save the graph leaves a mark while it lasts, and a folder in which a mark was left is not opened
any more: the catalogue has all the vectors to make another.

Chroma keeps one client's state per folder and process. All stores of this process that are open on
a folder therefore share one client here, and with it what it has seen.
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

COLLECTION = "passages"

# Wider than Chroma's defaults (100/100/16): recall of the true top 50 counts more here than the
# fraction of a millisecond it costs. What lies in the log only must be put into the graph again by
# every process that opens the folder, so the graph is saved more often than every 1,000 vectors.
_HNSW: dict[str, Any] = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 24,
    "sync_threshold": 256,
}
_DATABASE = "chroma.sqlite3"
_MARK = "being-saved"
_ATTEMPTS = 3
_PAUSE = 0.2  # seconds


class _Shared:
    """The one client of this process on a folder, and the generation it has seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.users = 0
        self.generation = -1
        self.collection: Any = None
        self._client: Any = None

    def open(self, *, create: bool) -> None:
        """Open the folder and take in what others wrote; nothing happens where there is none."""
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
                    COLLECTION, configuration={"hnsw": _HNSW}, embedding_function=None
                )
            else:
                self.collection = self._client.get_collection(COLLECTION, embedding_function=None)
            self.collection.count()
        except chromadb.errors.NotFoundError:  # a writer died before its first vector
            self.close()
        except BaseException:
            self.close()
            raise

    def batch_size(self) -> int:
        """The most rows Chroma accepts at once."""
        return int(self._client.get_max_batch_size())

    def close(self) -> None:
        client, self._client, self.collection = self._client, None, None
        if client is not None:
            client.close()

    def logged(self) -> int:
        """Rows in Chroma's log, at least those that its saved graph lacks."""
        if not self.exists():
            return 0
        address = f"{(self.folder / _DATABASE).as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                return int(database.execute("SELECT count(*) FROM embeddings_queue").fetchone()[0])
        except sqlite3.Error:  # say too many rather than too few
            return int(_HNSW["sync_threshold"])

    def exists(self) -> bool:
        """Whether Chroma was ever opened here."""
        return (self.folder / _DATABASE).exists()


def was_torn(folder: Path) -> bool:
    """Whether a process died here while Chroma may have been saving; or is saving right now.

    To tell one from the other, hold the vectors' lock.
    """
    return (folder / _MARK).exists()


_shared: dict[Path, _Shared] = {}
_shared_lock = threading.Lock()


class ChromaIndex:
    """Passage vectors (cosine) in the Chroma database at ``folder``. Thread-safe.

    Raises:
        IndexDamagedError: from every method, when Chroma cannot do it or the index was closed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        key = folder.absolute()
        with _shared_lock:
            self._shared = _shared.setdefault(key, _Shared(key))
            self._shared.users += 1
        self._closed = False

    def close(self) -> None:
        """Let go of the client; the last one to do so closes it."""
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
        """The catalogue's generation whose vectors are known to be found; -1 before the first."""
        return self._shared.generation

    @generation.setter
    def generation(self, value: int) -> None:
        self._shared.generation = value

    @property
    def exists(self) -> bool:
        """Whether anything was ever written, as of the last ``reopen``."""
        return self._shared.collection is not None

    def reopen(self, generation: int) -> None:
        """See all that was written up to ``generation``. Hold the vectors' lock."""
        with self._shared.lock, self._explained():
            self._shared.close()
            if self._shared.exists():
                with self._marked(0):
                    self._open_patiently()
            self._shared.generation = generation

    def _open_patiently(self) -> None:
        """Try again when it fails: another process may have been tidying its log."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._shared.open(create=False)
                return
            except Exception:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE)

    def upsert(
        self,
        ids: Sequence[str],
        vectors: np.ndarray,
        metadatas: Sequence[dict[str, str]],
    ) -> None:
        """Write vectors (n, d) in batches that Chroma accepts. Hold the vectors' lock."""
        with self._writing(len(ids), create=True) as collection:
            limit = self._shared.batch_size()
            for i in range(0, len(ids), limit):
                collection.upsert(
                    ids=list(ids[i : i + limit]),
                    embeddings=vectors[i : i + limit],
                    metadatas=list(metadatas[i : i + limit]),
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; unknown ids are ignored. Hold the vectors' lock."""
        with self._writing(len(ids)) as collection:
            if collection is None:
                return
            limit = self._shared.batch_size()
            for i in range(0, len(ids), limit):
                collection.delete(ids=list(ids[i : i + limit]))

    def ids_of(self, article_ids: Sequence[str], page: int = 500) -> set[str]:
        """Ids of the vectors kept for some articles."""
        found: set[str] = set()
        with self._using() as collection:
            for i in range(0, len(article_ids) if collection is not None else 0, page):
                where = {"article": {"$in": list(article_ids[i : i + page])}}
                found.update(collection.get(where=where, include=[])["ids"])
        return found

    def pages(self, size: int = 1_000) -> Iterator[tuple[list[str], np.ndarray]]:
        """Everything, as ids and their vectors (n, d), page by page (for checks)."""
        import numpy as np

        with self._using() as collection:
            total = collection.count() if collection is not None else 0
            for offset in range(0, total, size):
                got = collection.get(limit=size, offset=offset, include=["embeddings"])
                yield got["ids"], np.asarray(got["embeddings"], dtype=np.float32)

    def search(self, vector: np.ndarray, k: int) -> list[tuple[str, float]]:
        """The ``k`` nearest passages as ``(id, cosine similarity)``, best first."""
        with self._using() as collection:
            if collection is None:
                return []
            found = collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [(passage_id, 1.0 - float(distance)) for passage_id, distance in pairs]

    @contextmanager
    def _using(self) -> Iterator[Any]:
        with self._shared.lock, self._explained():
            if self._closed:
                raise IndexDamagedError(f"The vectors in {self.folder} were closed.")
            yield self._shared.collection

    @contextmanager
    def _writing(self, rows: int, *, create: bool = False) -> Iterator[Any]:
        with self._using(), self._marked(rows):
            if create:
                self._shared.open(create=True)
            yield self._shared.collection

    @contextmanager
    def _marked(self, rows: int) -> Iterator[None]:
        """Leave a mark in the folder while Chroma may save its graph, and for good if it fails.

        Chroma saves when its log holds ``sync_threshold`` rows; ``rows`` are about to be added.
        """
        import chromadb  # noqa: F401 - takes a second, which is not to pass under the mark

        if was_torn(self.folder):
            raise IndexDamagedError(f"The vectors in {self.folder} were left half-written.")
        if self._shared.logged() + rows < _HNSW["sync_threshold"]:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = self.folder / _MARK
        mark.touch()
        try:
            yield
        except (KeyboardInterrupt, GeneratorExit):
            mark.unlink()  # Ctrl-C comes between Chroma's calls, never within one
            raise
        mark.unlink()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, SystemExit, GeneratorExit, IndexDamagedError):
            raise
        except BaseException as error:  # a panic in Rust is no Exception
            raise IndexDamagedError(
                f"The vectors in {self.folder} cannot be used ({error})."
            ) from error
