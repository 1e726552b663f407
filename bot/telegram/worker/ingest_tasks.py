"""What is done with an editor's file or text: from bytes to a result."""

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
from vectorstore.core.types import ArticleInfo
from vectorstore.store import ArticleStore

Status = Literal["added", "updated", "unchanged", "refused", "many"]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of it: one article, or the report on many, or why it was refused."""

    status: Status
    article: ArticleInfo | None = None
    report: IngestReport | None = None
    why: str = ""


class Counting(Observer):
    """Tells how many articles are in so far."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self.last = ""

    def stored(self, article_id: str) -> None:
        """Remember the article that came last."""
        self.last = article_id

    def batch_written(self, report: IngestReport) -> None:
        """A batch is in."""
        self._tell(report.added + report.updated + report.unchanged)


def take_in_record(store: ArticleStore, payload: str) -> IngestResult:
    """Put one article into the store, given as the JSON of a record."""
    record = json.loads(payload)
    try:
        article = article_from_record(record, fallback_id=record["id"], origin="telegram")
    except LoadError as error:
        return IngestResult("refused", why=error.problem)
    with store.record_run("telegram", [article.id]):
        result = store.put(article, lambda changed: chunker_for(store.embedder)(changed))
    return IngestResult(result.status, store.catalogue.info(result.article_id))


def take_in_file(store: ArticleStore, path: Path, tell: Callable[[int], None]) -> IngestResult:
    """Put the articles of a file into the store."""
    with store.record_run("telegram", [path.name]):
        report = run_ingest(store, [path], options=IngestOptions(observer=Counting(tell)))
    return _outcome(report, lambda: _only_article(store, path))


def take_in_links(store: ArticleStore, payload: str, tell: Callable[[int], None]) -> IngestResult:
    """Put the articles at addresses, one per line, into the store."""
    observer = Counting(tell)
    with store.record_run("telegram", payload.split()):
        options = IngestOptions(observer=observer)
        report = run_ingest(store, [], urls=payload.split(), options=options)
    return _outcome(report, lambda: store.catalogue.info(observer.last))


def _outcome(report: IngestReport, only_article: Callable[[], ArticleInfo | None]) -> IngestResult:
    taken = report.added + report.updated + report.unchanged
    if not taken:
        why = report.failures[0].problem if report.failures else "no text"
        return IngestResult("refused", report=report, why=why)
    if taken > 1 or report.failed:
        return IngestResult("many", report=report)
    status: Status = "added" if report.added else "updated" if report.updated else "unchanged"
    return IngestResult(status, only_article(), report)


def _only_article(store: ArticleStore, path: Path) -> ArticleInfo | None:
    """The article that a file holds, also when it was in the store from elsewhere before."""
    ids = store.catalogue.ids_by_origin(os.path.abspath(path))
    if not ids:
        files = discover([path], limits=IngestSettings().limits)
        ids = [found.article.id for file in files for found in file.load() if found.article]
    return store.catalogue.info(ids[0]) if ids else None
