"""Undoing a run: what it added goes, what it replaced or removed comes back as it was.

Each article is looked at again in the writers' turn in which it is put back, so nothing that others
write meanwhile is lost. An undoing that is killed leaves articles undone or not, never halves; done
again, it finds the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ingest.store import chunker_for
from vectorstore.core.errors import StoreError

if TYPE_CHECKING:
    from vectorstore.catalogue.change_log import ArticleChange
    from vectorstore.core.types import Article, Passage
    from vectorstore.store import ArticleStore

_BATCH = 64


@dataclass(slots=True)
class Undoing:
    """Articles of a run, by what undoing it means for them.

    Attributes:
        remove: It added them; they go.
        restore: It replaced them; they get their earlier version back.
        bring_back: It removed them; they come back.
        changed_since: They are no more as it left them, and stay as they are.
        already: They are as they were before it.
    """

    remove: list[str] = field(default_factory=list)
    restore: list[str] = field(default_factory=list)
    bring_back: list[str] = field(default_factory=list)
    changed_since: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.remove or self.restore or self.bring_back)


@dataclass(slots=True)
class UndoReport:
    """What undoing ``undone`` did; it is a run too, ``run``, and can itself be undone."""

    undone: str
    run: str | None = None
    removed: int = 0
    restored: int = 0
    brought_back: int = 0
    changed_since: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For ``rawi ingest undo --json``."""
        return asdict(self)


def plan(store: ArticleStore, run_id: str) -> Undoing:
    """What undoing a run would do now.

    Raises:
        StoreError: there is no such run, or no more.
    """
    if not store.catalogue.runs(run_id=run_id):
        raise StoreError(f"There is no run {run_id} that can be undone. See: rawi ingest runs")
    return _sorted_out(store, store.catalogue.changes(run_id))


def undo(store: ArticleStore, run_id: str) -> UndoReport:
    """Undo a run. See the module; ``changed_since`` of the report is all that was left.

    Raises:
        StoreError: there is no such run, or no more.
        StoreBusyError: other writers kept us waiting too long.
    """
    todo = plan(store, run_id)
    report = UndoReport(run_id, changed_since=todo.changed_since)
    if todo.nothing:
        return report
    changes = {change.article_id: change for change in store.catalogue.changes(run_id)}
    with store.record_run("undo", [run_id]) as run:
        report.run = run.id if run is not None else None
        for ids in _batches(todo.restore + todo.bring_back):
            _put_back(store, run_id, [changes[i] for i in ids], report)
        for ids in _batches(todo.remove):
            _take_out(store, [changes[i] for i in ids], report)
    report.changed_since.sort()
    return report


def _put_back(
    store: ArticleStore, run_id: str, changes: Sequence[ArticleChange], report: UndoReport
) -> None:
    def chunk(article: Article) -> Sequence[Passage]:
        return chunker_for(store.embedder)(article)

    with store.write_lock.hold():
        now = _sorted_out(store, changes)
        before = store.catalogue.versions_before(run_id, now.restore + now.bring_back)
        results = store.put_many([(article, chunk) for article in before.values()])
    report.brought_back += sum(result.status == "added" for result in results)
    report.restored += sum(result.status == "updated" for result in results)
    report.changed_since += now.changed_since


def _take_out(store: ArticleStore, changes: Sequence[ArticleChange], report: UndoReport) -> None:
    with store.write_lock.hold():
        now = _sorted_out(store, changes)
        report.removed += len(store.remove(now.remove))
    report.changed_since += now.changed_since


def _sorted_out(store: ArticleStore, changes: Sequence[ArticleChange]) -> Undoing:
    hashes = store.catalogue.content_hashes([change.article_id for change in changes])
    found = Undoing()
    for article_id, before, after in changes:
        now = hashes.get(article_id)
        if now == before:
            found.already.append(article_id)
        elif now != after:
            found.changed_since.append(article_id)
        elif before is None:
            found.remove.append(article_id)
        elif after is None:
            found.bring_back.append(article_id)
        else:
            found.restore.append(article_id)
    return found


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[i : i + _BATCH] for i in range(0, len(ids), _BATCH)]
