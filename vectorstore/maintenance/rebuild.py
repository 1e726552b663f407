"""Both indexes made anew from the catalogue, beside the old ones, and put in place at once.

New passages and vectors wait in tables of their own, new indexes in folders of their own. One
catalogue transaction switches tables, folder names and fingerprint; until then nothing has changed
for anybody, and what a killed rebuild leaves is swept away by the next writer.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vectorstore.catalogue.passages import STAGING, TextKey
from vectorstore.core.errors import StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.passage_text import EMBEDDED_TITLES, TITLE_CHARACTERS, Numbered, numbered
from vectorstore.core.types import Article, Passage
from vectorstore.indexes.chroma_index import ChromaIndex
from vectorstore.indexes.index_records import lexical_entries, vector_metadata
from vectorstore.indexes.tantivy_index import TantivyIndex, TantivyWriter
from vectorstore.maintenance import boilerplate_verdicts
from vectorstore.maintenance.boilerplate_verdicts import Findings

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.store import ArticleStore

Chunk = Callable[[Article], Sequence[Passage]]
Progress = Callable[[int, int], None]

_BATCH = 64  # articles in memory at once
_KINDS = ("vectors", "lexical")

RESTORED = "restore.part.sqlite3"
"""In the store's folder: the catalogue that is being restored from a backup."""


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What a rebuild went through: passages keep their vectors or are embedded again."""

    articles: int = 0
    passages: int = 0
    reused: int = 0
    embedded: int = 0


def rebuild(
    store: ArticleStore, chunk: Chunk | None, progress: Progress | None = None
) -> RebuildResult:
    """See ``ArticleStore.rebuild``. Hold the writers' turn."""
    sweep(store)
    stored = store.stored_fingerprint()
    if stored is None:
        return RebuildResult()
    wanted = _wanted(store, stored, chunk)
    work = _Rebuild(store, wanted, chunk, reuse=stored.model == wanted.model)
    return work.run(progress or (lambda done, total: None))


def rebuild_indexes(store: ArticleStore) -> RebuildResult:
    """Replace damaged indexes, all else being equal. Hold the writers' turn."""
    sweep(store)
    stored = store.stored_fingerprint()
    return _Rebuild(store, stored, None, reuse=True).run(lambda done, total: None)


def _wanted(store: ArticleStore, stored: Fingerprint, chunk: Chunk | None) -> Fingerprint:
    wanted = store.fingerprint()
    if wanted.model is None:
        assert store.embedder  # noqa: S101 - once it is loaded, its fingerprint is known
        wanted = store.fingerprint()
    if chunk is not None:
        if wanted.chunker is None:
            raise StoreError("A store that was opened without a chunker cannot cut articles anew.")
        return wanted
    if wanted.chunker not in (None, stored.chunker):
        raise StoreError(
            f"The store's passages were cut by {stored.chunker!r}, the settings give "
            f"{wanted.chunker!r}. To cut them anew, run: rawi store rebuild"
        )
    return replace(wanted, chunker=stored.chunker)


def build_beside(store: ArticleStore, progress: Progress) -> RebuildResult:
    """Make indexes for the store's catalogue without touching others in its folder.

    For a catalogue that is about to take the place of the one there. Killed or failed, it leaves
    folders that the next writer sweeps away.
    """
    return _Rebuild(store, store.stored_fingerprint(), None, reuse=True).build(progress)


def leftovers(store: ArticleStore) -> list[Path]:
    """Index folders that the catalogue does not name: a killed rebuild's, new or old."""
    state = store.catalogue.state()
    named = {state.vectors_folder, state.lexical_folder}
    root = store.settings.store_path
    return [p for kind in _KINDS for p in root.glob(f"{kind}-*") if p.name not in named]


def sweep(store: ArticleStore) -> None:
    """Remove what a killed rebuild or restore left. Hold the writers' turn."""
    for path in store.settings.store_path.glob(f"{RESTORED}*"):
        path.unlink(missing_ok=True)
    for folder in leftovers(store):
        shutil.rmtree(folder, ignore_errors=True)
    if store.catalogue.has_staging():
        store.catalogue.drop_staging()
        with store.catalogue.transaction():
            store.catalogue.drop_traces(STAGING)


class _Rebuild:
    """One rebuild. Nothing is staged in the catalogue when its passages and vectors stay."""

    def __init__(
        self,
        store: ArticleStore,
        fingerprint: Fingerprint | None,
        chunk: Chunk | None,
        *,
        reuse: bool,
    ) -> None:
        self.store = store
        self.catalogue = store.catalogue
        self.fingerprint = fingerprint
        self.chunk = chunk
        self.reuse = reuse
        self.sifts = chunk is not None and store.sifter is not None
        self.stages = chunk is not None or not reuse or self.catalogue.bare_passages() > 0
        self.names = [self._next_name(kind) for kind in _KINDS]
        self.reused = self.embedded = 0

    def _next_name(self, kind: str) -> str:
        root = self.store.settings.store_path
        named = getattr(self.catalogue.state(), f"{kind}_folder")
        numbers = [p.name.removeprefix(f"{kind}-") for p in root.glob(f"{kind}-*")]
        numbers.append(named.removeprefix(f"{kind}-"))
        return f"{kind}-{max((int(n) for n in numbers if n.isdigit()), default=0) + 1}"

    def run(self, progress: Progress) -> RebuildResult:
        try:
            result = self.build(progress)
        except BaseException:
            sweep(self.store)
            raise
        self.store.indexes.view()  # lets go of the old folders
        sweep(self.store)
        return result

    def build(self, progress: Progress) -> RebuildResult:
        """Fill new folders and have the catalogue name them; what is old is left where it is."""
        root = self.store.settings.store_path
        vectors, lexical = ChromaIndex(root / self.names[0]), TantivyIndex(root / self.names[1])
        done = 0
        try:
            if self.stages:
                self.catalogue.begin_staging()
            if self.sifts:
                self._sift()
            with lexical.writing() as writer:
                for batch, total in self._batches():
                    self._take(batch, vectors, writer)
                    done += len(batch)
                    progress(done, total)
            self._switch()
        finally:
            vectors.close()
            lexical.close()
        return RebuildResult(done, self.reused + self.embedded, self.reused, self.embedded)

    def _batches(self) -> Iterator[tuple[list[Article], int]]:
        total = self.catalogue.counts()["articles"]
        last = ""
        while batch := self.catalogue.articles_after(last, _BATCH):
            yield batch, total
            last = batch[-1].id

    def _sift(self) -> None:
        """Trace and judge every article anew, before any is cut."""
        sifter = self.store.sifter
        assert sifter is not None  # noqa: S101
        with self.catalogue.transaction():
            self.catalogue.stage_traces(STAGING)
        for batch, _ in self._batches():
            findings = Findings({article.id: sifter.traces(article) for article in batch})
            with self.catalogue.transaction():
                boilerplate_verdicts.trace(self.catalogue, sifter, batch, findings, suffix=STAGING)
        for batch, _ in self._batches():
            keys = self.catalogue.line_keys([article.id for article in batch], suffix=STAGING)
            verdicts = boilerplate_verdicts.judge(self.catalogue, sifter, keys, suffix=STAGING)
            with self.catalogue.transaction():
                self.catalogue.set_teasers(verdicts, suffix=STAGING)

    def _take(self, batch: list[Article], vectors: ChromaIndex, writer: TantivyWriter) -> None:
        """Cut, embed or find again, and write one batch into the new folders and tables."""
        import numpy as np

        cut = self._cut(batch)
        rows = self._rows(cut)
        ids = [pid for _, passages in cut for pid, _ in passages]
        if ids:
            vectors.upsert(ids, np.concatenate([r for r in rows if len(r)]), vector_metadata(cut))
        for article, passages in cut:
            writer.add(lexical_entries(article, passages))
        if self.stages:
            with self.catalogue.transaction():
                for (article, passages), own in zip(cut, rows, strict=True):
                    self.catalogue.add_passages(article.id, passages, own, suffix=STAGING)

    def _cut(self, batch: list[Article]) -> list[tuple[Article, Numbered]]:
        if self.chunk is None:
            passages = self.catalogue.passages_of_all([article.id for article in batch])
            return [(article, passages[article.id]) for article in batch]
        chunker_id = self.store.chunker_id
        assert chunker_id is not None  # noqa: S101
        return [(a, numbered(a, self._passages(a), chunker_id)) for a in batch]

    def _passages(self, article: Article) -> Sequence[Passage]:
        assert self.chunk is not None  # noqa: S101
        if self.sifts and self.store.sifter is not None:
            keys = self.catalogue.line_keys([article.id], suffix=STAGING)
            if teasers := self.catalogue.teasers_among(keys, suffix=STAGING):
                return self.store.sifter.cut(article, teasers)
        return self.chunk(article)

    def _rows(self, cut: list[tuple[Article, Numbered]]) -> list[np.ndarray]:
        """The vectors (n, d) of each article's passages."""
        import numpy as np

        known = self._reusable([a.id for a, _ in cut]) if self.reuse else {}
        keys = [[(a.id, a.title, p.text) for _, p in passages] for a, passages in cut]
        missing = list(dict.fromkeys(k for own in keys for k in own if k not in known))
        if missing:
            rows = self.store.embed([(title, text) for _, title, text in missing])
            known.update(zip(missing, rows, strict=True))
        fresh = set(missing)
        for own in keys:
            self.embedded += sum(key in fresh for key in own)
            self.reused += sum(key not in fresh for key in own)
        return [np.array([known[key] for key in own], np.float32) for own in keys]

    def _reusable(self, article_ids: list[str]) -> dict[TextKey, np.ndarray]:
        # When only the indexes are made anew, the catalogue's vectors stay, so theirs are the same.
        catalogue = self.catalogue
        find = catalogue.vectors_to_keep if self.stages else catalogue.vectors_by_text
        return find(article_ids)

    def _switch(self) -> None:
        with self.catalogue.transaction():
            if self.stages:
                self.catalogue.set_meta(EMBEDDED_TITLES, str(TITLE_CHARACTERS))
                self.catalogue.switch_staging()
            if self.sifts:
                self.catalogue.switch_traces(STAGING)
            for kind, name in zip(_KINDS, self.names, strict=True):
                self.catalogue.set_meta(f"{kind}_folder", name)
            if self.fingerprint is not None:
                self.catalogue.set_meta("fingerprint", self.fingerprint.to_json())
            self.catalogue.close_journal()
            self.catalogue.bump_generation()
