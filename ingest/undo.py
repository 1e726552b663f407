"""Undoes a run: removes what it added, restores what it replaced or removed.

Each article is compared again under the write lock before it is changed, so that concurrent changes
are not lost. If interrupted, each article is undone or not; repeating it undoes the rest.
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

_ARTICLES_PER_BATCH = 64


@dataclass(slots=True)
class UndoPlan:
    """The articles of a run by what undoing it does to them.

    Attributes:
        remove: Added by the run.
        restore: Replaced by it; they get their earlier version.
        bring_back: Removed by it.
        changed_since: Changed again since; they stay as they are.
        unchanged: They are as they were before the run.
    """

    remove: list[str] = field(default_factory=list)
    restore: list[str] = field(default_factory=list)
    bring_back: list[str] = field(default_factory=list)
    changed_since: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to undo."""
        return not (self.remove or self.restore or self.bring_back)


@dataclass(slots=True)
class UndoReport:
    """The result of undoing the run ``undone``, recorded as ``run``, which can be undone too."""

    undone: str
    run: str | None = None
    removed: int = 0
    restored: int = 0
    brought_back: int = 0
    changed_since: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For ``rawi ingest undo --json``."""
        return asdict(self)


def plan_undo(store: ArticleStore, run_id: str) -> UndoPlan:
    """What undoing a run would do.

    Raises:
        StoreError: there is no such run, or it is no longer recorded.
    """
    if not store.catalogue.runs(run_id=run_id):
        raise StoreError(f"There is no run {run_id} that can be undone. See: rawi ingest runs")
    return _plan(store, store.catalogue.changes(run_id))


def undo(store: ArticleStore, run_id: str) -> UndoReport:
    """Undo a run, except for the articles ``changed_since``.

    Raises:
        StoreError: there is no such run, or it is no longer recorded.
        StoreBusyError: another process held the write lock for too long.
    """
    todo = plan_undo(store, run_id)
    report = UndoReport(run_id, changed_since=todo.changed_since)
    if todo.is_empty:
        return report
    changes = {change.article_id: change for change in store.catalogue.changes(run_id)}
    with store.record_run("undo", [run_id]) as run:
        report.run = run.id if run is not None else None
        for ids in _batches(todo.restore + todo.bring_back):
            _restore(store, run_id, [changes[i] for i in ids], report)
        for ids in _batches(todo.remove):
            _remove(store, [changes[i] for i in ids], report)
    report.changed_since.sort()
    return report


def _restore(
    store: ArticleStore, run_id: str, changes: Sequence[ArticleChange], report: UndoReport
) -> None:
    def chunk(article: Article) -> Sequence[Passage]:
        return chunker_for(store.embedder)(article)

    with store.write_lock.hold():
        now = _plan(store, changes)
        before = store.catalogue.versions_before(run_id, now.restore + now.bring_back)
        results = store.put_many([(article, chunk) for article in before.values()])
    report.brought_back += sum(result.status == "added" for result in results)
    report.restored += sum(result.status == "updated" for result in results)
    report.changed_since += now.changed_since


def _remove(store: ArticleStore, changes: Sequence[ArticleChange], report: UndoReport) -> None:
    with store.write_lock.hold():
        now = _plan(store, changes)
        report.removed += len(store.remove(now.remove))
    report.changed_since += now.changed_since


def _plan(store: ArticleStore, changes: Sequence[ArticleChange]) -> UndoPlan:
    hashes = store.catalogue.content_hashes([change.article_id for change in changes])
    plan = UndoPlan()
    for article_id, before, after in changes:
        now = hashes.get(article_id)
        if now == before:
            plan.unchanged.append(article_id)
        elif now != after:
            plan.changed_since.append(article_id)
        elif before is None:
            plan.remove.append(article_id)
        elif after is None:
            plan.bring_back.append(article_id)
        else:
            plan.restore.append(article_id)
    return plan


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[i : i + _ARTICLES_PER_BATCH] for i in range(0, len(ids), _ARTICLES_PER_BATCH)]
