"""Adds, replaces and removes articles in the catalogue and both indexes.

A write lists the articles it is about to change in the catalogue's journal, adds the new passages
to both indexes, replaces the articles in one catalogue transaction, and then deletes the old
passages from the indexes. After a crash, the next write makes the indexes agree with the catalogue
again for the articles in the journal, without the embedding model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from vectorstore.catalogue.articles import Catalogue
from vectorstore.catalogue.change_log import IngestRun
from vectorstore.catalogue.line_fingerprints import LINE_KINDS, LineFingerprint
from vectorstore.catalogue.passages import EMBEDDED_TITLES_KEY, MAX_EMBEDDED_TITLE_LENGTH
from vectorstore.core.errors import IndexDamagedError, StoreError
from vectorstore.core.fingerprint import Fingerprint
from vectorstore.core.locks import WriterLock
from vectorstore.core.section_model import section_model
from vectorstore.core.types import Article, Passage
from vectorstore.embedding.passage_embedder import PassageEmbedder
from vectorstore.indexes.index_records import (
    NumberedPassages,
    embedding_text,
    lexical_entries,
    number_passages,
    vector_metadata,
)
from vectorstore.indexes.index_set import IndexSet, IndexView
from vectorstore.maintenance.boilerplate_verdicts import (
    BatchAnalysis,
    BoilerplateDetector,
    analyse_batch,
    save_analysis,
)
from vectorstore.maintenance.rebuild import Rebuilder

if TYPE_CHECKING:
    import numpy as np

PutStatus = Literal["added", "updated", "unchanged"]

PassagesOrChunker = Sequence[Passage] | Callable[[Article], Sequence[Passage]]
"""An article's passages, or a function that chunks it, called only if they are needed."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PutResult:
    """The result for one article: its number of passages, and how many had to be embedded."""

    article_id: str
    status: PutStatus
    passages: int
    embedded: int


@dataclass(slots=True)
class _Incoming:
    """An article to be written; if its status is ``unchanged``, only its passages are."""

    article: Article
    passages: NumberedPassages
    status: PutStatus
    vectors: np.ndarray
    embedded: int = 0

    @property
    def passages_only(self) -> bool:
        return self.status == "unchanged"


@dataclass(frozen=True, slots=True)
class IndexWriter:
    """Writes articles; one writer at a time across processes.

    Every public method that writes waits for ``lock``, recovers what an interrupted write left, and
    rebuilds damaged indexes.

    Attributes:
        catalogue: The source of truth.
        indexes: The indexes of ``catalogue``.
        embed: Embeds new passages.
        detector: Detects boilerplate and near-duplicates; None to detect none.
        rebuilder: Rebuilds damaged indexes.
        lock: Held during each write.
        fingerprint: Returns the configured fingerprint.
        require_fingerprint: Raises `FingerprintMismatchError` if the store has another one.

    Raises:
        StoreBusyError: The lock was not free within its timeout.
    """

    catalogue: Catalogue
    indexes: IndexSet
    embed: PassageEmbedder
    detector: BoilerplateDetector | None
    rebuilder: Rebuilder
    lock: WriterLock
    fingerprint: Callable[[], Fingerprint]
    require_fingerprint: Callable[[], None]

    def put(
        self, items: Sequence[tuple[Article, PassagesOrChunker]], run: IngestRun | None = None
    ) -> list[PutResult]:
        """Write the articles of ``items`` that have changed; their ids must be distinct.

        Returns one result per item. Changes are recorded under ``run``.
        """
        return self._exclusively(lambda view: self._put(view, items, run))

    def remove(self, article_ids: Sequence[str], run: IngestRun | None = None) -> list[str]:
        """Remove articles; the sorted ids of those that existed."""

        def remove(view: IndexView) -> list[str]:
            removed = self._remove(view, article_ids, run)
            if removed and self.detector is not None:
                self._write(self._recovered_view(), [], {}, run)  # reclassify their lines
            return removed

        return self._exclusively(remove)

    def recover(self) -> None:
        """Recover what an interrupted write left."""
        self._exclusively(lambda view: None)

    def finish_pending(self) -> None:
        """Like `recover`; also reclassify lines whose articles have changed since."""
        self._exclusively(lambda view: self._write(view, [], {}, None))

    def prefetch(self, items: Sequence[tuple[Article, Sequence[Passage]]]) -> None:
        """Start to embed what a `put` of ``items`` will need; returns at once."""
        if self.embed.is_prefetching:
            known = self._known_vectors([article for article, _ in items])
            texts = (embedding_text(a.title, p.text) for a, passages in items for p in passages)
            self.embed.prefetch([text for text in texts if text not in known])

    def _exclusively(self, write: Callable[[IndexView], _T]) -> _T:
        """Run ``write`` under the lock, and again after a rebuild if an index is damaged."""
        with self.lock.hold():
            self.require_fingerprint()
            self.rebuilder.sweep()
            try:
                return write(self._recovered_view())
            except IndexDamagedError as error:
                self.rebuilder.replace_damaged(error)
                return write(self._recovered_view())

    def _recovered_view(self) -> IndexView:
        """Both indexes, in agreement with the catalogue."""
        journal = self.catalogue.journal()
        view = self.indexes.reopen() if journal else self.indexes.view()
        if journal:
            self._recover(view, journal)
        view.both()
        return view

    def _recover(self, view: IndexView, ids: Sequence[str]) -> None:
        """Make both indexes agree with the catalogue about some articles."""
        catalogue = self.catalogue
        vectors, lexical = view.both()
        passages = catalogue.passages_of_all(ids)
        owner = {pid: article_id for article_id, own in passages.items() for pid, _ in own}
        with self.indexes.vectors_lock.hold():
            indexed = vectors.ids_of(ids)
            vectors.delete(sorted(indexed - owner.keys()))
            missing, rows = catalogue.matrix_of(sorted(owner.keys() - indexed))
            vectors.upsert(missing, rows, [{"article": owner[pid]} for pid in missing])
        with lexical.writing() as writer:
            for article_id in ids:
                writer.delete_article(article_id)
                if (article := catalogue.get(article_id)) is not None:
                    writer.add(lexical_entries(article, passages[article_id]))
        self._complete(ids)

    def _put(
        self,
        view: IndexView,
        items: Sequence[tuple[Article, PassagesOrChunker]],
        run: IngestRun | None,
    ) -> list[PutResult]:
        articles = [article for article, _ in items]
        known = self.catalogue.content_hashes([article.id for article in articles])
        same = {a.id for a in articles if known.get(a.id) == a.content_hash}
        self._update_origins([article for article in articles if article.id in same])
        changed = [item for item in items if item[0].id not in same]
        written = {
            i.article.id: PutResult(i.article.id, i.status, len(i.passages), i.embedded)
            for i in self._write(view, changed, known, run)
            if not i.passages_only
        }
        counts = self.catalogue.passage_counts(sorted(same))
        return [
            written.get(a.id) or PutResult(a.id, "unchanged", counts.get(a.id, 0), 0)
            for a in articles
        ]

    def _write(
        self,
        view: IndexView,
        changed: Sequence[tuple[Article, PassagesOrChunker]],
        known: Mapping[str, str],
        run: IngestRun | None,
    ) -> list[_Incoming]:
        """Write changed articles, and stored ones whose boilerplate lines differ afterwards.

        ``known`` are the stored content hashes. Keys that are pending are classified as well.
        """
        changed, affected, analysis = self._without_boilerplate(changed)
        incoming = self._embedded(changed, known) + self._rechunked(affected, analysis)
        if incoming:
            self._commit(view, incoming, analysis, run)
        elif analysis.verdicts:
            with self.catalogue.transaction():
                save_analysis(self.catalogue, [], analysis)
        return incoming

    def _without_boilerplate(
        self, changed: Sequence[tuple[Article, PassagesOrChunker]]
    ) -> tuple[Sequence[tuple[Article, PassagesOrChunker]], list[Article], BatchAnalysis]:
        """Remove lines that other articles show to be boilerplate.

        Returns the items, the stored articles to chunk again, and the analysis.
        """
        if self.detector is None:
            return changed, [], BatchAnalysis()
        articles = [article for article, _ in changed]
        analysis = analyse_batch(self.catalogue, self.detector, articles)
        items: list[tuple[Article, PassagesOrChunker]] = []
        for article, passages in changed:
            keys = _line_keys(analysis.fingerprints[article.id])
            boilerplate = {key for key in keys if analysis.verdicts[key]}
            items.append((article, self._chunk(article, boilerplate) if boilerplate else passages))
        batch = {article.id for article in articles}
        others = self.catalogue.articles_with_lines(analysis.changed)
        affected = [self.catalogue.get(i) for i in others if i not in batch]
        return items, [article for article in affected if article is not None], analysis

    def _rechunked(self, articles: Sequence[Article], analysis: BatchAnalysis) -> list[_Incoming]:
        """Those of some stored articles whose passages differ after the analysis."""
        if self.detector is None or not articles:
            return []
        stored = self.catalogue.passages_of_all([article.id for article in articles])
        items: list[tuple[Article, PassagesOrChunker]] = []
        for article in articles:
            keys = _line_keys(self.detector.fingerprints(article))
            boilerplate = (self.catalogue.boilerplate_among(keys) - analysis.changed) | {
                key for key in keys & analysis.changed if analysis.verdicts[key]
            }
            passages = self._chunk(article, boilerplate)
            if passages != [passage for _, passage in stored[article.id]]:
                items.append((article, passages))
        return self._embedded(items, {a.id: a.content_hash for a, _ in items})

    def _chunk(self, article: Article, boilerplate: Set[int]) -> list[Passage]:
        assert self.detector is not None  # noqa: S101
        return list(self.detector.chunk(article, boilerplate, self.embed.embedder))

    def _update_origins(self, articles: Sequence[Article]) -> None:
        """Store where unchanged articles were found, if that differs."""
        known = self.catalogue.origins_of([article.id for article in articles])
        moved = {a.id: a.origin for a in articles if known.get(a.id) != a.origin}
        if moved:
            self.catalogue.set_origins(moved)

    def _embedded(
        self, items: Sequence[tuple[Article, PassagesOrChunker]], known: Mapping[str, str]
    ) -> list[_Incoming]:
        """Chunk and embed; passages that are stored under the same title keep their vectors."""
        import numpy as np

        if not items:
            return []
        chunker_id = self.fingerprint().chunker
        if chunker_id is None:
            raise StoreError("A store that was opened without a chunker takes no articles.")
        chunked = [(a, list(p(a) if callable(p) else p)) for a, p in items]
        texts = {
            a.id: [embedding_text(a.title, p.text) for p in passages] for a, passages in chunked
        }
        vectors = self._known_vectors([article for article, _ in chunked])
        missing = list(
            dict.fromkeys(text for own in texts.values() for text in own if text not in vectors)
        )
        new: set[str] = set()
        if missing:
            rows, embedded = self.embed.embed(missing)
            vectors.update(zip(missing, rows, strict=True))
            new = {text for text, fresh in zip(missing, embedded, strict=True) if fresh}
        incoming = []
        for article, passages in chunked:
            own = texts[article.id]
            incoming.append(
                _Incoming(
                    article,
                    number_passages(article, passages, chunker_id),
                    _status(article, known),
                    np.array([vectors[text] for text in own], np.float32),
                    len(new.intersection(own)),
                )
            )
            new.difference_update(own)
        return incoming

    def _known_vectors(self, articles: Sequence[Article]) -> dict[str, np.ndarray]:
        """Stored vectors that ``articles`` may need, by embedded text.

        Those of their own passages, and of other articles with the same title, since one story
        may be published under several URLs.
        """
        ids = {article.id for article in articles}
        ids |= self.catalogue.ids_by_title({article.title for article in articles})
        found = self.catalogue.reusable_vectors(sorted(ids))
        return {embedding_text(title, text): row for (_, title, text), row in found.items()}

    def _commit(
        self,
        view: IndexView,
        incoming: Sequence[_Incoming],
        analysis: BatchAnalysis,
        run: IngestRun | None,
    ) -> None:
        """Write ``incoming`` into both indexes, then replace the articles in the catalogue."""
        catalogue = self.catalogue
        ids = [i.article.id for i in incoming]
        model = section_model(self.fingerprint().model)
        replaced = [i for i in incoming if not i.passages_only]
        catalogue.open_journal(ids)
        self._write_indexes(view, incoming)
        old = catalogue.passage_ids_of(ids)
        with catalogue.transaction():
            if catalogue.meta("fingerprint") is None:
                catalogue.set_meta("fingerprint", self.fingerprint().to_json())
                catalogue.set_meta(EMBEDDED_TITLES_KEY, str(MAX_EMBEDDED_TITLE_LENGTH))
            if run is not None:
                catalogue.record_changes(
                    run, {i.article.id: i.article.content_hash for i in replaced}
                )
            for i in incoming:
                if i.passages_only:
                    catalogue.replace_passages(i.article.id, i.passages, i.vectors)
                else:
                    section = model.section_of(i.vectors[0]) if model and len(i.vectors) else None
                    catalogue.replace(i.article, i.passages, i.vectors, section)
            if self.detector is not None:
                save_analysis(catalogue, [i.article for i in replaced], analysis)
            catalogue.bump_generation()
            if not old:
                catalogue.close_journal(ids)
        self.indexes.record_state(catalogue.state())
        if old:
            self._discard(view, ids, old)

    def _write_indexes(self, view: IndexView, incoming: Sequence[_Incoming]) -> None:
        import numpy as np

        vectors, lexical = view.both()
        pids = [pid for i in incoming for pid, _ in i.passages]
        if pids:
            rows = np.concatenate([i.vectors for i in incoming if len(i.vectors)])
            metadata = vector_metadata((i.article, i.passages) for i in incoming)
            with self.indexes.vectors_lock.hold():
                vectors.upsert(pids, rows, metadata)
        with lexical.writing() as writer:
            for i in incoming:
                writer.add(lexical_entries(i.article, i.passages))

    def _discard(self, view: IndexView, ids: Sequence[str], passage_ids: Set[str]) -> None:
        """Delete passages that the catalogue no longer lists, which completes the write."""
        try:
            vectors, lexical = view.both()
            with self.indexes.vectors_lock.hold():
                vectors.delete(sorted(passage_ids))
            with lexical.writing() as writer:
                writer.delete_passages(passage_ids)
        except IndexDamagedError as error:  # the catalogue is complete, so a rebuild will do
            self.rebuilder.replace_damaged(error)
        self._complete(ids)

    def _complete(self, ids: Sequence[str]) -> None:
        with self.catalogue.transaction():
            self.catalogue.bump_generation()
            self.catalogue.close_journal(ids)
        self.indexes.record_state(self.catalogue.state())

    def _remove(
        self, view: IndexView, article_ids: Sequence[str], run: IngestRun | None
    ) -> list[str]:
        catalogue = self.catalogue
        known = sorted(catalogue.content_hashes(list(dict.fromkeys(article_ids))))
        if not known:
            return []
        catalogue.open_journal(known)
        old = catalogue.passage_ids_of(known)
        with catalogue.transaction():
            if run is not None:
                catalogue.record_changes(run, dict.fromkeys(known))
            catalogue.delete(known)
            catalogue.bump_generation()
        self.indexes.record_state(catalogue.state())
        self._discard(view, known, old)
        return known


def _line_keys(fingerprints: Set[LineFingerprint]) -> set[int]:
    return {key for kind, key in fingerprints if kind in LINE_KINDS}


def _status(article: Article, known: Mapping[str, str]) -> PutStatus:
    if article.id not in known:
        return "added"
    return "unchanged" if known[article.id] == article.content_hash else "updated"
