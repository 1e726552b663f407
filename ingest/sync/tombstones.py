"""Articles that a person took out stay out, though their source still names them.

Whoever removes an article, or undoes a run that brought it in, does not want the next sync to bring
it back, under another name either: files are renamed, and rows move up and down. The store's record
of runs says who removed what; what it says is noted here, because it forgets old runs. An article
that is put in by name is wanted again.
"""

from __future__ import annotations

from typing import NamedTuple

from ingest.sync.state import SyncState
from vectorstore.store import ArticleStore

BY_HAND = ("remove", "undo")
"""Kinds of runs that are a person's removal: by name, or by undoing another run."""


class Unwanted(NamedTuple):
    """Articles that a sync leaves out: their ids, and the content hashes of what they said."""

    ids: frozenset[str]
    contents: frozenset[str]


def unwanted(store: ArticleStore, state: SyncState) -> Unwanted:
    """The articles that a sync leaves out: taken out by hand, and not put in again since."""
    seen = state.seen_runs()
    for run in reversed(store.catalogue.runs()):
        if run.kind not in BY_HAND or run.id in seen:
            continue
        changes = store.catalogue.changes(run.id)
        # One that was killed never ends. As it may also go on, it is looked at again when it grows.
        mark = run.id if run.ended is not None else f"{run.id} {len(changes)}"
        if mark in seen:
            continue
        removed = {c.article_id: c.before for c in changes if c.after is None}
        if run.ended is None:
            for there in store.catalogue.content_hashes(sorted(removed)):
                del removed[there]
        state.see_run(mark, removed, [c.article_id for c in changes if c.after is not None])
    out = state.unwanted()
    again = store.catalogue.content_hashes(sorted(out))
    if again:
        state.want(again)
    return Unwanted(frozenset(out - set(again)), frozenset(state.unwanted_contents()))
