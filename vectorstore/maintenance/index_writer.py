"""How articles get into the store and out of it. Everything here happens in the writers' turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vectorstore.catalogue.line_fingerprints import LINES, LineFingerprint
from vectorstore.core.errors import IndexDamagedError, StoreError
from vectorstore.core.passage_text import (
    EMBEDDED_TITLES,
    TITLE_CHARACTERS,
    Numbered,
    embedding_text,
    numbered,
)
from vectorstore.core.types import Article, Passage
from vectorstore.indexes.index_records import lexical_entries, vector_metadata
from vectorstore.indexes.index_set import View
from vectorstore.maintenance import boilerplate_verdicts
from vectorstore.maintenance.boilerplate_verdicts import Findings

if TYPE_CHECKING:
    import numpy as np

    from vectorstore.store import ArticleStore

Status = Literal["added", "updated", "unchanged"]

Passages = Sequence[Passage] | Callable[[Article], Sequence[Passage]]
"""An article's passages, or what cuts them when they are needed."""


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of one article: its passages, and how many of them had to be embedded."""

    article_id: str
    status: Status
    passages: int
    embedded: int


@dataclass(slots=True)
class _Incoming:
    """An article on its way in."""

    article: Article
    passages: Numbered
    status: Status
    vectors: np.ndarray
    embedded: int = 0

    @property
    def stays(self) -> bool:
        """Whether only its passages change."""
        return self.status == "unchanged"


def put(
    store: ArticleStore, view: View, items: Sequence[tuple[Article, Passages]]
) -> list[PutResult]:
    """Write what has changed among ``items``, which have distinct ids; a result for each."""
    catalogue = store.catalogue
    articles = [article for article, _ in items]
    known = catalogue.content_hashes([article.id for article in articles])
    same = {a.id for a in articles if known.get(a.id) == a.content_hash}
    _note_origins(store, [article for article in articles if article.id in same])
    changed = [item for item in items if item[0].id not in same]
    changed, affected, findings = _sifted(store, changed)
    incoming = _embedded(store, changed, known) + _recut(store, affected, findings)
    if incoming:
        _switch(store, view, incoming, findings)
    elif findings.verdicts:  # which change no article
        with catalogue.transaction():
            boilerplate_verdicts.note(catalogue, [], findings)
    written = {
        i.article.id: PutResult(i.article.id, i.status, len(i.passages), i.embedded)
        for i in incoming
        if not i.stays
    }
    kept = catalogue.passage_counts(sorted(same))
    return [
        written.get(a.id) or PutResult(a.id, "unchanged", kept.get(a.id, 0), 0) for a in articles
    ]


def _sifted(
    store: ArticleStore, changed: Sequence[tuple[Article, Passages]]
) -> tuple[list[tuple[Article, Passages]], list[Article], Findings]:
    """``changed`` without what other articles prove to be teasers, and whom else that concerns."""
    sifter = store.sifter
    if sifter is None:
        return list(changed), [], Findings()
    catalogue = store.catalogue
    articles = [article for article, _ in changed]
    findings = boilerplate_verdicts.foresee(catalogue, sifter, articles)
    sifted: list[tuple[Article, Passages]] = []
    for article, passages in changed:
        teasers = {key for key in _lines(findings.traces[article.id]) if findings.verdicts[key]}
        sifted.append((article, sifter.cut(article, teasers) if teasers else passages))
    own = {article.id for article in articles}
    others = [i for i in catalogue.holding(findings.turned) if i not in own]
    return sifted, [a for a in map(catalogue.get, others) if a is not None], findings


def _lines(traces: Set[LineFingerprint]) -> set[int]:
    return {trace.key for trace in traces if trace.kind in LINES}


def _recut(store: ArticleStore, articles: Sequence[Article], findings: Findings) -> list[_Incoming]:
    """Stored articles that the findings give other passages than they have."""
    sifter = store.sifter
    if sifter is None or not articles:
        return []
    catalogue = store.catalogue
    had = catalogue.passages_of_all([article.id for article in articles])
    items: list[tuple[Article, Passages]] = []
    for article in articles:
        keys = _lines(sifter.traces(article))
        teasers = (catalogue.teasers_among(keys) - findings.turned) | {
            key for key in keys & findings.turned if findings.verdicts[key]
        }
        passages = list(sifter.cut(article, teasers))
        if passages != [passage for _, passage in had[article.id]]:
            items.append((article, passages))
    return _embedded(store, items, {a.id: a.content_hash for a, _ in items})


def _note_origins(store: ArticleStore, articles: Sequence[Article]) -> None:
    known = store.catalogue.origins_of([article.id for article in articles])
    moved = {a.id: a.origin for a in articles if known.get(a.id) != a.origin}
    if moved:
        store.catalogue.set_origins(moved)


def _embedded(
    store: ArticleStore, items: Sequence[tuple[Article, Passages]], known: dict[str, str]
) -> list[_Incoming]:
    """Cut and embed; a passage that is there already, under the same title, keeps its vector."""
    import numpy as np

    if not items:
        return []
    if store.chunker_id is None:
        raise StoreError("A store that was opened without a chunker takes no articles.")
    cut = [(a, list(p(a) if callable(p) else p)) for a, p in items]
    texts = {a.id: [embedding_text(a.title, p.text) for p in passages] for a, passages in cut}
    vectors = kept_vectors(store, [article for article, _ in cut])
    missing = list(
        dict.fromkeys(text for own in texts.values() for text in own if text not in vectors)
    )
    new: set[str] = set()
    if missing:
        rows, fresh = store.embed_once(missing)
        vectors.update(zip(missing, rows, strict=True))
        new = {text for text, first in zip(missing, fresh, strict=True) if first}
    incoming = []
    for article, passages in cut:
        own = texts[article.id]
        incoming.append(
            _Incoming(
                article,
                numbered(article, passages, store.chunker_id),
                _status(article, known),
                np.array([vectors[text] for text in own], np.float32),
                len(new.intersection(own)),
            )
        )
        new.difference_update(own)
    return incoming


def kept_vectors(store: ArticleStore, articles: Sequence[Article]) -> dict[str, np.ndarray]:
    """Vectors that the store has of what may be embedded of ``articles``, by that text.

    Those of their own passages, and of passages of other articles with the same title: the same
    story comes under several addresses.
    """
    catalogue = store.catalogue
    ids = {article.id for article in articles}
    ids |= catalogue.ids_by_title({article.title for article in articles})
    found = catalogue.vectors_to_keep(sorted(ids))
    return {embedding_text(title, text): row for (_, title, text), row in found.items()}


def _status(article: Article, known: dict[str, str]) -> Status:
    if article.id not in known:
        return "added"
    return "unchanged" if known[article.id] == article.content_hash else "updated"


def _switch(
    store: ArticleStore, view: View, incoming: Sequence[_Incoming], findings: Findings
) -> None:
    """Write ``incoming`` into both indexes and let it take the place of what was there."""
    catalogue = store.catalogue
    ids = [i.article.id for i in incoming]
    catalogue.open_journal(ids)
    _write_indexes(store, view, incoming)
    old = catalogue.passage_ids_of(ids)
    with catalogue.transaction():
        if catalogue.meta("fingerprint") is None:
            catalogue.set_meta("fingerprint", store.fingerprint().to_json())
            catalogue.set_meta(EMBEDDED_TITLES, str(TITLE_CHARACTERS))
        if store.run is not None:
            after = {i.article.id: i.article.content_hash for i in incoming if not i.stays}
            catalogue.record_changes(store.run, after)
        for i in incoming:
            if i.stays:
                catalogue.replace_passages(i.article.id, i.passages, i.vectors)
            else:
                catalogue.replace(i.article, i.passages, i.vectors)
        if store.sifter is not None:
            boilerplate_verdicts.note(
                catalogue, [i.article for i in incoming if not i.stays], findings
            )
        catalogue.bump_generation()
        if not old:
            catalogue.close_journal(ids)
    store.indexes.adopt(catalogue.state())
    if old:
        _discard(store, view, ids, old)


def _write_indexes(store: ArticleStore, view: View, incoming: Sequence[_Incoming]) -> None:
    import numpy as np

    vectors, lexical = view.sound()
    pids = [pid for i in incoming for pid, _ in i.passages]
    if pids:
        rows = np.concatenate([i.vectors for i in incoming if len(i.vectors)])
        with store.indexes.turns.taken():
            vectors.upsert(pids, rows, vector_metadata((i.article, i.passages) for i in incoming))
    with lexical.writing() as writer:
        for i in incoming:
            writer.add(lexical_entries(i.article, i.passages))


def _discard(store: ArticleStore, view: View, ids: Sequence[str], passage_ids: set[str]) -> None:
    """Remove passages that the catalogue no longer lists; with that the articles are done."""
    try:
        vectors, lexical = view.sound()
        with store.indexes.turns.taken():
            vectors.delete(sorted(passage_ids))
        with lexical.writing() as writer:
            writer.delete_passages(passage_ids)
    except IndexDamagedError as error:  # the catalogue has them already as they are to be
        store.renew_indexes(error)
    with store.catalogue.transaction():
        store.catalogue.bump_generation()
        store.catalogue.close_journal(ids)
    store.indexes.adopt(store.catalogue.state())


def remove(store: ArticleStore, view: View, article_ids: Sequence[str]) -> list[str]:
    """Remove those of ``article_ids`` that are there, and name them."""
    catalogue = store.catalogue
    known = sorted(catalogue.content_hashes(list(dict.fromkeys(article_ids))))
    if not known:
        return []
    catalogue.open_journal(known)
    old = catalogue.passage_ids_of(known)
    with catalogue.transaction():
        if store.run is not None:
            catalogue.record_changes(store.run, dict.fromkeys(known))
        catalogue.delete(known)
        catalogue.bump_generation()
    store.indexes.adopt(catalogue.state())
    _discard(store, view, known, old)
    return known


def recover(store: ArticleStore, view: View, ids: Sequence[str]) -> None:
    """Make both indexes agree with the catalogue again for articles that a killed writer left."""
    if not ids:
        return
    catalogue = store.catalogue
    vectors, lexical = view.sound()
    passages = catalogue.passages_of_all(ids)
    wanted = {pid for numbered_ in passages.values() for pid, _ in numbered_}
    articles = [article for article in map(catalogue.get, ids) if article is not None]
    owner = {pid: article_id for article_id, own in passages.items() for pid, _ in own}
    with store.indexes.turns.taken():
        there = vectors.ids_of(ids)
        vectors.delete(sorted(there - wanted))
        missing, rows = catalogue.matrix_of(sorted(wanted - there))
        vectors.upsert(missing, rows, [{"article": owner[pid]} for pid in missing])
    with lexical.writing() as writer:
        for article_id in ids:
            writer.delete_article(article_id)
        for article in articles:
            writer.add(lexical_entries(article, passages[article.id]))
    with catalogue.transaction():
        catalogue.bump_generation()
        catalogue.close_journal(ids)
    store.indexes.adopt(catalogue.state())
