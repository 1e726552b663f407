"""The store: catalogue, vectors and lexical index behind one face.

The catalogue is the truth. A write says in the catalogue's journal which articles it is about to
change, writes the new passages' vectors and lexical entries, switches the article over in one
catalogue transaction, and then removes what the old version left. Passages have ids of their own
per version of an article, and only those that the catalogue lists are ever shown, so a reader sees
the old article or the new one, never a mixture. What a killed writer left in the journal is put in
order by the next one.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from vectorstore import analysis
from vectorstore.catalogue import Catalogue
from vectorstore.errors import StoreError
from vectorstore.fingerprint import Fingerprint
from vectorstore.fusion import coverage, fuse
from vectorstore.lexical import LexicalEntry, LexicalIndex
from vectorstore.locks import Turns
from vectorstore.settings import StoreSettings
from vectorstore.types import Article, Filters, Passage, RetrievedPassage, timestamp
from vectorstore.vectors import VectorIndex

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.embedding.embedder import Embedder

CANDIDATES = 100
"""Passages taken from each index before fusion."""

Status = Literal["added", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of one article: its passages, and how many of them had to be embedded."""

    article_id: str
    status: Status
    passages: int
    embedded: int


class ArticleStore:
    """All that Rawi knows. Thread-safe; other processes may use the same folder.

    ``ArticleStore.open`` makes one; it is a context manager.
    """

    def __init__(
        self,
        settings: StoreSettings,
        catalogue: Catalogue,
        chunker_id: str,
        notify: Callable[[str], None] | None,
    ) -> None:
        self.settings = settings
        self.catalogue = catalogue
        self.chunker_id = chunker_id
        self._notify = notify
        self._turns = Turns(settings.store_path, "write", settings.lock_timeout)
        self._vector_turns = Turns(settings.store_path, "vectors", settings.lock_timeout)
        self._lock = threading.RLock()
        self._embedder: Embedder | None = None
        self._vectors: VectorIndex | None = None
        self._lexical: LexicalIndex | None = None
        self._folders: tuple[str, str] = ("", "")
        self._seen = -1

    @classmethod
    def open(
        cls,
        settings: StoreSettings | None = None,
        *,
        chunker_id: str,
        writable: bool = False,
        check_fingerprint: bool = True,
        notify: Callable[[str], None] | None = None,
    ) -> Self:
        """The store under ``settings.home``; a writable one is created when it is not there.

        ``chunker_id`` names how the caller cuts articles. Opening loads no model and, unless
        ``writable``, writes nothing.

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
            raise StoreError(f"The store in {settings.store_path} cannot be opened: {error}") from (
                error
            )
        store = cls(settings, catalogue, chunker_id, notify)
        try:
            if check_fingerprint:
                store._check_fingerprint()
            if writable and catalogue.journal():
                with store._writing():
                    pass
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
        with self._lock:
            if self._vectors is not None:
                self._vectors.close()
            if self._lexical is not None:
                self._lexical.close()
            self.catalogue.close()

    # -- fingerprint and model ----------------------------------------------------------------

    def fingerprint(self) -> Fingerprint:
        """What the settings ask for; the model's part is None until a custom model is loaded."""
        from vectorstore.embedding.loading import fingerprint_without_loading

        settings = self.settings
        model = (
            self._embedder.fingerprint
            if self._embedder is not None
            else fingerprint_without_loading(
                settings.model, settings.query_prefix, settings.passage_prefix
            )
        )
        return Fingerprint(model, settings.model, self.chunker_id, LexicalIndex.format_name())

    def stored_fingerprint(self) -> Fingerprint | None:
        """What the store was written with; None while nothing was."""
        text = self.catalogue.meta("fingerprint")
        return Fingerprint.from_json(text) if text else None

    def _check_fingerprint(self) -> None:
        stored = self.stored_fingerprint()
        if stored is not None:
            stored.require(self.fingerprint())

    @property
    def embedder(self) -> Embedder:
        """The embedding model, loaded when first needed.

        Raises:
            ModelError: it cannot be loaded.
            FingerprintMismatchError: the store's vectors were made by another model.
        """
        with self._lock:
            if self._embedder is None:
                from vectorstore.embedding.loading import load_embedder

                settings = self.settings
                self._embedder = load_embedder(
                    settings.model,
                    settings.engine,
                    settings.models_path,
                    threads=settings.threads,
                    query_prefix=settings.query_prefix,
                    passage_prefix=settings.passage_prefix,
                    notify=self._notify,
                )
                self._check_fingerprint()
            return self._embedder

    # -- the two derived parts ----------------------------------------------------------------

    @property
    def vectors(self) -> VectorIndex:
        """The vectors, as of the last refresh."""
        with self._lock:
            self._refresh()
            assert self._vectors is not None  # noqa: S101
            return self._vectors

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index; always current."""
        with self._lock:
            self._refresh()
            assert self._lexical is not None  # noqa: S101
            return self._lexical

    def folder_names(self) -> tuple[str, str]:
        """Names of the vectors' and the lexical index's folders in the store's."""
        return (
            self.catalogue.meta("vectors_folder") or "vectors-1",
            self.catalogue.meta("lexical_folder") or "lexical-1",
        )

    def _refresh(self, *, force: bool = False) -> None:
        """See what other processes have committed since we last looked."""
        with self._lock:
            generation = self.catalogue.generation
            if generation == self._seen and self._vectors is not None and not force:
                return
            folders = self.folder_names()
            if folders != self._folders or self._vectors is None or self._lexical is None:
                if self._vectors is not None:
                    self._vectors.close()
                root = self.settings.store_path
                self._vectors = VectorIndex(root / folders[0], self.embedder.dimension)
                self._lexical = LexicalIndex(root / folders[1])
                self._folders = folders
            with self._vector_turns.taken():
                self._vectors.reopen()
            self._seen = generation

    # -- writing ------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Our turn to write, with everything in order before we begin."""
        with self._turns.taken(), self._lock:
            journal = self.catalogue.journal()
            self._refresh(force=bool(journal))
            if journal:
                self._mend(journal)
            yield

    def put(self, article: Article, passages: Sequence[Passage]) -> PutResult:
        """Add or replace one article. See ``put_many``."""
        return self.put_many([(article, passages)])[0]

    def put_many(self, items: Sequence[tuple[Article, Sequence[Passage]]]) -> list[PutResult]:
        """Add or replace articles as one batch: a result per distinct id, the last one wins.

        Unchanged articles cost nothing but a comparison (and are told their new ``origin``).
        Waits for its turn; a process killed in here leaves old or new articles, never halves.

        Raises:
            StoreBusyError: other writers kept us waiting too long.
        """
        latest = {article.id: (article, passages) for article, passages in items}
        with self._writing():
            same = self.unchanged([article for article, _ in latest.values()])
            self._note_origins(latest[i][0] for i in same)
            fresh = {key: item for key, item in latest.items() if key not in same}
            known = self.catalogue.content_hashes(list(fresh))
            if fresh:
                self._switch(list(fresh.values()))
            return [
                self._result(article.id, len(passages), same, known)
                for article, passages in latest.values()
            ]

    @staticmethod
    def _result(article_id: str, passages: int, same: set[str], known: dict[str, str]) -> PutResult:
        if article_id in same:
            return PutResult(article_id, "unchanged", passages, 0)
        status: Status = "updated" if article_id in known else "added"
        return PutResult(article_id, status, passages, passages)

    def unchanged(self, articles: Sequence[Article]) -> set[str]:
        """Ids of those whose stored content is the same."""
        known = self.catalogue.content_hashes([article.id for article in articles])
        return {a.id for a in articles if known.get(a.id) == a.content_hash}

    def _note_origins(self, articles: Iterable[Article]) -> None:
        for article in articles:
            if article.origin != self.catalogue.origin_of(article.id):
                self.catalogue.set_origin(article.id, article.origin)

    def _switch(self, items: Sequence[tuple[Article, Sequence[Passage]]]) -> None:
        """Embed and write ``items`` and let them take the place of what was there."""
        numbered = [
            (article, [(self._passage_id(article, p), p) for p in passages])
            for article, passages in items
        ]
        ids = [article.id for article, _ in numbered]
        vectors = self.embed([(a.title, p) for a, passages in numbered for _, p in passages])
        self.catalogue.open_journal(ids)
        self.write_vectors(self.vectors, numbered, vectors)
        old = {pid for i in ids for pid, _ in self.catalogue.passages_of(i)}
        new = {pid for _, passages in numbered for pid, _ in passages}
        with self.lexical.writing() as writer:
            writer.delete_passages(new)  # left by a writer that was killed
            for article, passages in numbered:
                writer.add(lexical_entries(article, passages))
        with self.catalogue.transaction():
            if self.catalogue.meta("fingerprint") is None:
                self.embedder  # noqa: B018 - its fingerprint is part of ours
                self.catalogue.set_meta("fingerprint", self.fingerprint().to_json())
            for article, passages in numbered:
                self.catalogue.replace(article, passages)
            self.catalogue.bump_generation()
        self._discard(old - new)
        self.catalogue.close_journal(ids)
        self._seen = self.catalogue.generation

    def _passage_id(self, article: Article, passage: Passage) -> str:
        return passage_id(article, passage, self.chunker_id)

    def embed(self, titled: Sequence[tuple[str, Passage]]) -> np.ndarray:
        """Vectors (n, d) of passages, each with its article's title as context."""
        return self.embedder.embed_passages([embedding_text(t, p.text) for t, p in titled])

    def write_vectors(
        self,
        index: VectorIndex,
        numbered: Sequence[tuple[Article, Sequence[tuple[str, Passage]]]],
        vectors: np.ndarray,
    ) -> None:
        """Write the passages' vectors, in their order, into ``index``."""
        ids = [pid for _, passages in numbered for pid, _ in passages]
        metadatas = [vector_metadata(a) for a, passages in numbered for _ in passages]
        if ids:
            with self._vector_turns.taken():
                index.upsert(ids, vectors, metadatas)

    def _discard(self, passage_ids: set[str]) -> None:
        """Remove passages the catalogue no longer lists, and tell readers again."""
        if not passage_ids:
            return
        with self._vector_turns.taken():
            self.vectors.delete(sorted(passage_ids))
        with self.lexical.writing() as writer:
            writer.delete_passages(passage_ids)
        with self.catalogue.transaction():
            self.catalogue.bump_generation()
        self._seen = self.catalogue.generation

    def remove(self, article_ids: Sequence[str]) -> list[str]:
        """Remove articles; the ids that were there."""
        with self._writing():
            known = sorted(self.catalogue.content_hashes(list(dict.fromkeys(article_ids))))
            if not known:
                return []
            self.catalogue.open_journal(known)
            old = {pid for i in known for pid, _ in self.catalogue.passages_of(i)}
            with self.catalogue.transaction():
                for article_id in known:
                    self.catalogue.delete(article_id)
                self.catalogue.bump_generation()
            self._discard(old)
            self.catalogue.close_journal(known)
            self._seen = self.catalogue.generation
            return known

    def _mend(self, article_ids: Sequence[str]) -> None:
        """Make vectors and lexical index agree with the catalogue again for some articles."""
        for article_id in article_ids:
            article = self.catalogue.get(article_id)
            passages = self.catalogue.passages_of(article_id)
            there = self.vectors.ids_of(article_id)
            wanted = {pid for pid, _ in passages}
            with self._vector_turns.taken():
                self.vectors.delete(sorted(there - wanted))
            missing = [(pid, p) for pid, p in passages if pid not in there]
            if article is not None and missing:
                vectors = self.embed([(article.title, p) for _, p in missing])
                self.write_vectors(self.vectors, [(article, missing)], vectors)
            with self.lexical.writing() as writer:
                writer.delete_article(article_id)
                if article is not None:
                    writer.add(lexical_entries(article, passages))
        with self.catalogue.transaction():
            self.catalogue.bump_generation()
        self.catalogue.close_journal(article_ids)
        self._seen = self.catalogue.generation

    # -- reading ------------------------------------------------------------------------------

    def get(self, article_id: str) -> Article | None:
        """The whole article."""
        return self.catalogue.get(article_id)

    def search(
        self, question: str, k: int = 8, filters: Filters | None = None
    ) -> list[RetrievedPassage]:
        """The ``k`` passages that fit ``question`` best, dense and lexical scores fused."""
        if not question.strip() or k < 1:
            return []
        vector = self.embedder.embed_queries([question])[0]
        wanted = max(CANDIDATES, k)
        lexical = dict(self.lexical.search(question, wanted, filters))
        dense = dict(self.vectors.search(vector, wanted, filters))
        self._complete(dense, lexical, vector)
        stems = analysis.stems(question)
        share = coverage(stems, self.lexical.stem_weights(stems))
        ranked = fuse(dense, lexical, share)
        found: list[RetrievedPassage] = []
        for i in range(0, len(ranked), k):  # ids the catalogue no longer lists are passed over
            part = ranked[i : i + k]
            listed = self.catalogue.retrieve([pid for pid, _ in part])
            found += [
                replace(
                    listed[pid],
                    score=score,
                    similarity=dense.get(pid, 0.0),
                    lexical=lexical.get(pid, 0.0),
                )
                for pid, score in part
                if pid in listed
            ]
            if len(found) >= k:
                break
        return found[:k]

    def _complete(
        self, dense: dict[str, float], lexical: dict[str, float], vector: np.ndarray
    ) -> None:
        """Add the similarity of passages that only the lexical index found."""
        missing = [pid for pid in lexical if pid not in dense]
        for pid, row in self.vectors.vectors(missing).items():
            dense[pid] = float(row @ vector)

    def stem_weights(self, stems: Sequence[str]) -> dict[str, tuple[float, bool]]:
        """idf and presence of stems in the corpus; see ``LexicalIndex.stem_weights``."""
        return self.lexical.stem_weights(stems)

    def check(self) -> list[str]:
        """What is wrong with the store, in words; empty when all is well."""
        with self._turns.taken():
            self._refresh(force=True)
            problems = self.catalogue.integrity_problems()
            if journal := self.catalogue.journal():
                problems.append(
                    f"{len(journal)} articles left unfinished by an interrupted run; "
                    "the next `rawi ingest` puts them in order"
                )
            listed = self.catalogue.passage_ids()
            parts = (
                ("vectors", list(self.vectors.all_ids())),
                ("lexical index", self.lexical.all_passage_ids()),
            )
            for name, ids in parts:
                problems += _disagreements(name, listed, ids)
            return problems


def _disagreements(name: str, listed: set[str], ids: list[str]) -> list[str]:
    there = set(ids)
    counts = (
        (len(listed - there), f"passages are missing from the {name}"),
        (len(there - listed), f"passages in the {name} belong to no article"),
        (len(ids) - len(there), f"passages stand more than once in the {name}"),
    )
    return [f"{n} {what}; `rawi store rebuild` mends it" for n, what in counts if n]


def embedding_text(title: str, text: str) -> str:
    """What is embedded of a passage: its article's title gives it context."""
    return f"{title}\n{text}" if title else text


def passage_id(article: Article, passage: Passage, chunker_id: str) -> str:
    """Differs between versions of an article, so that both can lie in the indexes for a moment."""
    version = "\0".join([article.id, article.content_hash, chunker_id])
    digest = hashlib.sha256(version.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:24]}-{passage.index}"


def vector_metadata(article: Article) -> dict[str, str | int]:
    """What Chroma keeps of an article beside a vector, for filters and for mending."""
    metadata: dict[str, str | int] = {"article": article.id}
    if article.published_at is not None:
        metadata["ts"] = timestamp(article.published_at)
    if article.source:
        metadata["source"] = article.source
    return metadata


def lexical_entries(
    article: Article, passages: Iterable[tuple[str, Passage]]
) -> Iterator[LexicalEntry]:
    """What the lexical index keeps of an article's passages."""
    ts = timestamp(article.published_at) if article.published_at else None
    for pid, passage in passages:
        text = embedding_text(article.title, passage.text)
        yield LexicalEntry(pid, article.id, text, ts, article.source)
