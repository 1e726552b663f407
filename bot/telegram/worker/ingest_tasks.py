"""Tasks of the worker process: ingest of what an editor sends, and sync of a source."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ingest.articles.builder import article_from_record
from ingest.core.errors import LoadError
from ingest.core.report import IngestReport, Observer
from ingest.core.settings import IngestSettings
from ingest.loaders import discover
from ingest.pipeline import IngestOptions, run_ingest
from ingest.store import chunker_for
from ingest.sync.reports import SourceReport
from vectorstore.core.types import ArticleInfo
from vectorstore.store import ArticleStore

JobKind = Literal["file", "links", "record"]
ResultStatus = Literal["added", "updated", "unchanged", "refused", "many"]
OnProgress = Callable[[int], None]
"""Called with the number of articles in the store so far."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """Result of a job: one article, the report on many, or the error that prevented it."""

    status: ResultStatus
    article: ArticleInfo | None = None
    report: IngestReport | None = None
    error: LoadError | None = None


class ProgressObserver(Observer):
    """Reports the number of stored articles, and remembers the last article."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self.last_id = ""

    def stored(self, article_id: str) -> None:
        """Remember the article."""
        self.last_id = article_id

    def batch_written(self, report: IngestReport) -> None:
        """Report the articles stored after a batch."""
        self._on_progress(report.added + report.updated + report.unchanged)


def ingest_job(
    store: ArticleStore, on_progress: OnProgress, kind: JobKind, payload: str
) -> IngestResult:
    """Store the article of a record (as JSON), or those of a file (its path) or of URLs (lines)."""
    if kind == "record":
        return ingest_record(store, payload)
    observer = ProgressObserver(on_progress)
    options = IngestOptions(observer=observer)
    if kind == "links":
        urls = payload.split()
        with store.record_run("telegram", urls):
            report = run_ingest(store, [], urls=urls, options=options)
        return _result(report, lambda: store.catalogue.info(observer.last_id))
    path = Path(payload)
    with store.record_run("telegram", [path.name]):
        report = run_ingest(store, [path], options=options)
    return _result(report, lambda: _only_article(store, path))


def ingest_record(store: ArticleStore, payload: str) -> IngestResult:
    """Store the article of a record, given as JSON."""
    record = json.loads(payload)
    try:
        article = article_from_record(record, fallback_id=record["id"], origin="telegram")
    except LoadError as error:
        return IngestResult("refused", error=error)
    with store.record_run("telegram", [article.id]):
        result = store.put(article, lambda changed: chunker_for(store.embedder)(changed))
    return IngestResult(result.status, store.catalogue.info(result.article_id))


def sync_source(store: ArticleStore, _: OnProgress, name: str) -> SourceReport | None:
    """Sync a source of ``sources.toml`` if it is due; None when it does not exist any more."""
    # Only a worker that syncs needs these.
    from ingest.sync import read_sources, sources_path
    from ingest.sync.scheduler import open_sync, sync_locked
    from ingest.sync.watch import IncompleteFiles

    file = read_sources(sources_path(store.settings))
    source = file.sources.get(name)
    if source is None or not source.enabled:
        return None
    with open_sync(
        file.sources, store=store, poll_by_age=True, is_incomplete=IncompleteFiles()
    ) as context:
        return sync_locked(source, context, Observer(), due_only=True, timeout=0.0)


def _result(report: IngestReport, only_article: Callable[[], ArticleInfo | None]) -> IngestResult:
    count = report.added + report.updated + report.unchanged
    if not count:
        error = report.failures[0].error if report.failures else LoadError("no_text")
        return IngestResult("refused", report=report, error=error)
    if count > 1 or report.failed:
        return IngestResult("many", report=report)
    status: ResultStatus = "added" if report.added else "updated" if report.updated else "unchanged"
    return IngestResult(status, only_article(), report)


def _only_article(store: ArticleStore, path: Path) -> ArticleInfo | None:
    """The article of a file, also when the store has it from another origin."""
    ids = store.catalogue.ids_by_origin(os.path.abspath(path))
    if not ids:
        files = discover([path], limits=IngestSettings().limits)
        ids = [found.article.id for file in files for found in file.load() if found.article]
    return store.catalogue.info(ids[0]) if ids else None
