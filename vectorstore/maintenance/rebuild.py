"""Rebuilds both indexes from the catalogue, beside the old ones, and replaces these at once.

New passages and vectors are staged in tables of their own, new indexes in folders of their own. One
catalogue transaction replaces tables, folder names and fingerprint. Until then nothing has changed
for readers, and the next writer removes what an interrupted rebuild left.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.passages import (
    EMBEDDED_TITLES_KEY,
    MAX_EMBEDDED_TITLE_LENGTH,
    STAGING_SUFFIX,
    TextKey,
)
from vectorstore.core.errors import IndexDamagedError, StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.types import Article, Passage
from vectorstore.embedding.passage_embedder import PassageEmbedder
from vectorstore.indexes.chroma_index import ChromaIndex
from vectorstore.indexes.index_records import (
    NumberedPassages,
    embedding_text,
    lexical_entries,
    number_passages,
    vector_metadata,
)
from vectorstore.indexes.index_set import IndexSet
from vectorstore.indexes.tantivy_index import TantivyIndex, TantivyWriter
from vectorstore.maintenance.boilerplate_verdicts import (
    BatchAnalysis,
    BoilerplateDetector,
    add_fingerprints,
    classify_lines,
)

if TYPE_CHECKING:
    import numpy as np

ChunkFunction = Callable[[Article], Sequence[Passage]]
ProgressCallback = Callable[[int, int], None]
"""Called with ``(articles done, articles in all)``."""

RESTORE_FILE = "restore.part.sqlite3"
"""In the store's folder: the catalogue that is being restored from a backup."""

_ARTICLES_PER_BATCH = 64  # articles in memory at once
_INDEX_NAMES = ("vectors", "lexical")


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """Numbers of articles and passages, and of vectors that were kept or embedded again."""

    articles: int = 0
    passages: int = 0
    reused: int = 0
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """Rebuilds indexes. The caller must hold the write lock for every method.

    Attributes:
        catalogue: The source of truth.
        indexes: The indexes of ``catalogue``; `IndexSet.root` is the folder of the new ones.
        embed: Embeds passages whose vectors cannot be kept.
        detector: Classifies all lines again when articles are chunked again.
        fingerprint: Returns the configured fingerprint.
        notify: Called with a message before damaged indexes are replaced.
    """

    catalogue: Catalogue
    indexes: IndexSet
    embed: PassageEmbedder
    detector: BoilerplateDetector | None
    fingerprint: Callable[[], Fingerprint]
    notify: Callable[[str], None]

    def rebuild(
        self, chunk: ChunkFunction | None, progress: ProgressCallback | None = None
    ) -> RebuildResult:
        """Rebuild for the configured fingerprint. See `ArticleStore.rebuild`."""
        self.sweep()
        stored = self.catalogue.stored_fingerprint()
        if stored is None:
            return RebuildResult()
        wanted = self._target_fingerprint(stored, chunk)
        return self._run(wanted, chunk, stored.model == wanted.model, progress)

    def replace_damaged(self, error: IndexDamagedError) -> RebuildResult:
        """Rebuild both indexes because of ``error``; passages and vectors stay as they are."""
        self.notify(f"{error.description} It is rebuilt from the catalogue.")
        self.sweep()
        return self._run(self.catalogue.stored_fingerprint(), None, reuse=True)

    def build_for(
        self, catalogue: Catalogue, progress: ProgressCallback | None = None
    ) -> RebuildResult:
        """Build new indexes for another catalogue that is about to replace this one.

        If it fails, it leaves folders that `sweep` removes.
        """
        return _Build(catalogue, self.indexes.root, self.embed, catalogue.stored_fingerprint()).run(
            progress
        )

    def leftovers(self) -> list[Path]:
        """Index folders that the catalogue does not name, left by an interrupted rebuild."""
        state = self.catalogue.state()
        named = {state.vectors_folder, state.lexical_folder}
        return [
            path
            for kind in _INDEX_NAMES
            for path in self.indexes.root.glob(f"{kind}-*")
            if path.name not in named
        ]

    def sweep(self) -> None:
        """Remove what an interrupted rebuild or restore left."""
        for path in self.indexes.root.glob(f"{RESTORE_FILE}*"):
            path.unlink(missing_ok=True)
        for folder in self.leftovers():
            shutil.rmtree(folder, ignore_errors=True)
        if self.catalogue.has_staging():
            self.catalogue.drop_staging()
            with self.catalogue.transaction():
                self.catalogue.drop_fingerprints(STAGING_SUFFIX)

    def _target_fingerprint(self, stored: Fingerprint, chunk: ChunkFunction | None) -> Fingerprint:
        wanted = self.fingerprint()
        if wanted.model is None:
            assert self.embed.embedder  # noqa: S101 - its fingerprint is known once it is loaded
            wanted = self.fingerprint()
        if chunk is not None:
            if wanted.chunker is None:
                raise StoreError(
                    "A store that was opened without a chunker cannot cut articles anew."
                )
            return wanted
        if wanted.chunker not in (None, stored.chunker):
            raise StoreError(
                f"The store's passages were cut by {stored.chunker!r}, the settings give "
                f"{wanted.chunker!r}. To cut them anew, run: rawi store rebuild"
            )
        return replace(wanted, chunker=stored.chunker)

    def _run(
        self,
        fingerprint: Fingerprint | None,
        chunk: ChunkFunction | None,
        reuse: bool,
        progress: ProgressCallback | None = None,
    ) -> RebuildResult:
        try:
            result = _Build(
                self.catalogue,
                self.indexes.root,
                self.embed,
                fingerprint,
                chunk,
                self.detector if chunk is not None else None,
                reuse=reuse,
            ).run(progress)
        except BaseException:
            self.sweep()
            raise
        self.indexes.view()  # releases the old folders
        self.sweep()
        return result


@dataclass(slots=True)
class _Build:
    """One build of both indexes. Staging tables are used only if passages or vectors change."""

    catalogue: Catalogue
    root: Path
    embed: PassageEmbedder
    fingerprint: Fingerprint | None
    chunk: ChunkFunction | None = None
    detector: BoilerplateDetector | None = None
    reuse: bool = True
    reused: int = 0
    embedded: int = 0
    stages: bool = field(init=False)
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.stages = (
            self.chunk is not None or not self.reuse or self.catalogue.passages_without_vector() > 0
        )
        self.names = [self._next_name(kind) for kind in _INDEX_NAMES]

    def _next_name(self, kind: str) -> str:
        named = getattr(self.catalogue.state(), f"{kind}_folder")
        names = [named, *(path.name for path in self.root.glob(f"{kind}-*"))]
        numbers = [name.removeprefix(f"{kind}-") for name in names]
        return f"{kind}-{max((int(n) for n in numbers if n.isdigit()), default=0) + 1}"

    def run(self, progress: ProgressCallback | None) -> RebuildResult:
        """Fill new folders and make the catalogue name them; the old ones are not touched."""
        vectors = ChromaIndex(self.root / self.names[0])
        lexical = TantivyIndex(self.root / self.names[1])
        done = 0
        try:
            if self.stages:
                self.catalogue.begin_staging()
            if self.detector is not None:
                self._classify_all(self.detector)
            with lexical.writing() as writer:
                for batch, total in self._batches():
                    self._add(batch, vectors, writer)
                    done += len(batch)
                    if progress is not None:
                        progress(done, total)
            self._commit()
        finally:
            vectors.close()
            lexical.close()
        return RebuildResult(done, self.reused + self.embedded, self.reused, self.embedded)

    def _batches(self) -> Iterator[tuple[list[Article], int]]:
        total = self.catalogue.counts()["articles"]
        last = ""
        while batch := self.catalogue.articles_after(last, _ARTICLES_PER_BATCH):
            yield batch, total
            last = batch[-1].id

    def _classify_all(self, detector: BoilerplateDetector) -> None:
        """Fingerprint and classify the lines of all articles, before any is chunked."""
        with self.catalogue.transaction():
            self.catalogue.stage_fingerprints(STAGING_SUFFIX)
        for batch, _ in self._batches():
            analysis = BatchAnalysis({a.id: detector.fingerprints(a) for a in batch})
            with self.catalogue.transaction():
                add_fingerprints(self.catalogue, detector, batch, analysis, suffix=STAGING_SUFFIX)
        for batch, _ in self._batches():
            keys = self.catalogue.line_keys(
                [article.id for article in batch], suffix=STAGING_SUFFIX
            )
            verdicts = classify_lines(self.catalogue, detector, keys, suffix=STAGING_SUFFIX)
            with self.catalogue.transaction():
                self.catalogue.set_boilerplate(verdicts, suffix=STAGING_SUFFIX)

    def _add(self, batch: list[Article], vectors: ChromaIndex, writer: TantivyWriter) -> None:
        """Chunk and embed one batch, or read what is kept, and write it to the new places."""
        import numpy as np

        chunked = self._chunked(batch)
        rows = self._rows(chunked)
        ids = [pid for _, passages in chunked for pid, _ in passages]
        if ids:
            matrix = np.concatenate([own for own in rows if len(own)])
            vectors.upsert(ids, matrix, vector_metadata(chunked))
        for article, passages in chunked:
            writer.add(lexical_entries(article, passages))
        if self.stages:
            with self.catalogue.transaction():
                for (article, passages), own in zip(chunked, rows, strict=True):
                    self.catalogue.add_passages(article.id, passages, own, suffix=STAGING_SUFFIX)

    def _chunked(self, batch: list[Article]) -> list[tuple[Article, NumberedPassages]]:
        if self.chunk is None:
            passages = self.catalogue.passages_of_all([article.id for article in batch])
            return [(article, passages[article.id]) for article in batch]
        assert self.fingerprint is not None and self.fingerprint.chunker is not None  # noqa: S101
        chunker_id = self.fingerprint.chunker
        return [(a, number_passages(a, self._passages(a, self.chunk), chunker_id)) for a in batch]

    def _passages(self, article: Article, chunk: ChunkFunction) -> Sequence[Passage]:
        if self.detector is not None:
            keys = self.catalogue.line_keys([article.id], suffix=STAGING_SUFFIX)
            if boilerplate := self.catalogue.boilerplate_among(keys, suffix=STAGING_SUFFIX):
                return self.detector.chunk(article, boilerplate, self.embed.embedder)
        return chunk(article)

    def _rows(self, chunked: list[tuple[Article, NumberedPassages]]) -> list[np.ndarray]:
        """The vectors (n, d) of each article's passages."""
        import numpy as np

        known = self._reusable([article.id for article, _ in chunked]) if self.reuse else {}
        keys = [[(a.id, a.title, p.text) for _, p in passages] for a, passages in chunked]
        missing = list(dict.fromkeys(key for own in keys for key in own if key not in known))
        if missing:
            texts = [embedding_text(title, text) for _, title, text in missing]
            known.update(zip(missing, self.embed.embed(texts)[0], strict=True))
        fresh = set(missing)
        embedded = sum(key in fresh for own in keys for key in own)
        self.embedded += embedded
        self.reused += sum(map(len, keys)) - embedded
        return [np.array([known[key] for key in own], np.float32) for own in keys]

    def _reusable(self, article_ids: list[str]) -> dict[TextKey, np.ndarray]:
        # Without staging, the catalogue keeps its vectors, and the index must have the same.
        if self.stages:
            return self.catalogue.reusable_vectors(article_ids)
        return self.catalogue.vectors_by_text(article_ids)

    def _commit(self) -> None:
        with self.catalogue.transaction():
            if self.stages:
                self.catalogue.set_meta(EMBEDDED_TITLES_KEY, str(MAX_EMBEDDED_TITLE_LENGTH))
                self.catalogue.switch_staging()
            if self.detector is not None:
                self.catalogue.switch_fingerprints(STAGING_SUFFIX)
            for kind, name in zip(_INDEX_NAMES, self.names, strict=True):
                self.catalogue.set_meta(f"{kind}_folder", name)
            if self.fingerprint is not None:
                self.catalogue.set_meta("fingerprint", self.fingerprint.to_json())
            self.catalogue.close_journal()
            self.catalogue.bump_generation()
