"""Articles that an editor removed, which syncs must not bring back although a source has them.

That includes articles whose run was undone, and the same content under another id: files are
renamed, and rows move. The store's change log says what was removed, and since it is pruned, it is
copied to the sync state here. Ingesting an article by name ends its exclusion.
"""

from __future__ import annotations

from typing import NamedTuple

from ingest.sync.state import SyncState
from vectorstore.store import ArticleStore

EDITOR_KINDS = ("remove", "undo")
"""Kinds of runs in which an editor removes articles."""


class Tombstones(NamedTuple):
    """Ids and content hashes of articles that a sync leaves out."""

    ids: frozenset[str]
    content_hashes: frozenset[str]


def tombstones(store: ArticleStore, state: SyncState) -> Tombstones:
    """The articles that editors removed and nobody ingested again since."""
    processed = state.processed_runs()
    for run in reversed(store.catalogue.runs()):
        if run.kind not in EDITOR_KINDS or run.id in processed:
            continue
        changes = store.catalogue.changes(run.id)
        # A killed run never ends, and one under way may grow: it is processed again when it has.
        mark = run.id if run.ended is not None else f"{run.id} {len(changes)}"
        if mark in processed:
            continue
        removed = {c.article_id: c.before for c in changes if c.after is None}
        if run.ended is None:
            for stored in store.catalogue.content_hashes(sorted(removed)):
                del removed[stored]
        state.record_run(mark, removed, [c.article_id for c in changes if c.after is not None])
    ids = state.removed_ids()
    if readmitted := store.catalogue.content_hashes(sorted(ids)):
        state.readmit(readmitted)
    return Tombstones(frozenset(ids - set(readmitted)), frozenset(state.removed_hashes()))
