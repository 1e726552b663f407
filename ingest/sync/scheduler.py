"""Sync sources one after the other, each at one process at a time; none blocks the others."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ingest.core.errors import LoadError
from ingest.core.report import Observer
from ingest.core.settings import IngestSettings
from ingest.fetching import Fetcher
from ingest.store import open_store
from ingest.sync.reports import SourceReport
from ingest.sync.source_sync import SyncContext, sync_source
from ingest.sync.sources_file import Source
from ingest.sync.state import SyncState
from vectorstore.core.errors import FingerprintMismatchError, ModelError, StoreBusyError
from vectorstore.core.locks import WriterLock
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

log = logging.getLogger(__name__)

LOCKS_FOLDER = "sync"
"""Under RAWI_HOME."""


@contextmanager
def open_sync(
    sources: Mapping[str, Source],
    *,
    store: ArticleStore | None = None,
    fetcher: Fetcher | None = None,
    force: bool = False,
    poll_by_age: bool = False,
    is_incomplete: Callable[[Path], bool] = lambda path: False,
    notify: Callable[[str], None] | None = None,
) -> Iterator[SyncContext]:
    """What syncs of ``sources`` need; a ``store`` and ``fetcher`` that are given are not closed.

    Raises:
        RawiError: the store cannot be opened.
    """
    settings = IngestSettings()
    with ExitStack() as stack:
        store = store or stack.enter_context(open_store(writable=True, notify=notify))
        fetcher = fetcher or stack.enter_context(Fetcher(settings))
        state = stack.enter_context(SyncState(store.settings.home))
        yield SyncContext(
            store, state, fetcher, settings, sources, force, poll_by_age, is_incomplete
        )


def source_lock(source: Source, store: StoreSettings, timeout: float | None = None) -> WriterLock:
    """A lock between processes on ``source`` and all others at its host.

    So no host is requested by two processes at once, and a large site delays no other source.
    ``timeout`` is in seconds; ``store.lock_timeout`` if None.
    """
    name = urlsplit(source.place).netloc.lower() if source.is_web else source.name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
    timeout = store.lock_timeout if timeout is None else timeout
    return WriterLock(store.home / LOCKS_FOLDER, digest, timeout)


def sync_locked(
    source: Source,
    context: SyncContext,
    observer: Observer,
    *,
    due_only: bool = False,
    timeout: float | None = None,
) -> SourceReport:
    """Sync ``source`` under its lock; whatever goes wrong with it is reported.

    ``timeout`` as for `source_lock`. With ``due_only``, a source that another process has synced
    while this one waited is not synced again.

    Raises:
        FingerprintMismatchError, ModelError: no source could be synced.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(source_lock(source, context.store.settings, timeout).hold())
        except StoreBusyError:
            return SourceReport(source.name, source.where, "busy", error=LoadError("sync_busy"))
        due = context.state.get(source.name).due(source)
        if due_only and due > time.time():
            return SourceReport(source.name, source.where, "not due", next=due)
        try:
            return sync_source(source, context, observer)
        except (FingerprintMismatchError, ModelError):
            raise
        except Exception as error:
            log.debug("a sync raised an exception", exc_info=error)
            return _failed(source, context, error)


def _failed(source: Source, context: SyncContext, error: Exception) -> SourceReport:
    if isinstance(error, StoreBusyError):
        reported = LoadError("store_busy", reason=str(error))
    else:
        reported = LoadError("sync_failed", reason=f"{type(error).__name__}: {error}")
    context.state.record_failure(source, reported)
    return SourceReport(
        source.name,
        source.where,
        "failed",
        error=reported,
        next=context.state.get(source.name).due(source),
    )


def due_now(sources: list[Source], store: StoreSettings, now: float | None = None) -> list[Source]:
    """Those of ``sources`` that are due, the longest overdue first."""
    now = time.time() if now is None else now
    with SyncState(store.home) as state:
        due = {source.name: state.get(source.name).due(source) for source in sources}
    return sorted((s for s in sources if due[s.name] <= now), key=lambda s: due[s.name])
