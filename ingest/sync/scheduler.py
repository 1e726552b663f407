"""Sources one after the other, each in its turn between processes; none stops the others."""

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
from ingest.sync.source_sync import SyncTools, sync_source
from ingest.sync.sources_file import Source
from ingest.sync.state import SyncState
from vectorstore.core.errors import FingerprintMismatchError, ModelError, StoreBusyError
from vectorstore.core.locks import WriterLock
from vectorstore.core.settings import StoreSettings
from vectorstore.store import ArticleStore

log = logging.getLogger(__name__)

FOLDER = "sync"
"""Of the locks, under RAWI_HOME."""


@contextmanager
def open_tools(
    sources: Mapping[str, Source],
    *,
    store: ArticleStore | None = None,
    fetcher: Fetcher | None = None,
    force: bool = False,
    patient: bool = False,
    unfinished: Callable[[Path], bool] = lambda path: False,
    notify: Callable[[str], None] | None = None,
) -> Iterator[SyncTools]:
    """What a round of syncs works with; ``store`` and ``fetcher`` are left open where given.

    Raises:
        RawiError: the store cannot be opened.
    """
    settings = IngestSettings()
    with ExitStack() as stack:
        store = store or stack.enter_context(open_store(writable=True, notify=notify))
        fetcher = fetcher or stack.enter_context(Fetcher(settings))
        state = stack.enter_context(SyncState(store.settings.home))
        yield SyncTools(store, state, fetcher, settings, sources, force, patient, unfinished)


def turns(source: Source, store: StoreSettings, patience: float | None = None) -> WriterLock:
    """Turns between processes that sync ``source``, or another one at the same host.

    So two processes never ask one host at once, and one that is busy with a large site for hours
    holds up nobody's other sources. ``patience`` in seconds; a writer's when unset.
    """
    of = urlsplit(source.place).netloc.lower() if source.is_web else source.name
    name = hashlib.sha256(of.encode("utf-8", "replace")).hexdigest()[:16]
    return WriterLock(
        store.home / FOLDER, name, store.lock_timeout if patience is None else patience
    )


def sync_in_turn(
    source: Source,
    tools: SyncTools,
    observer: Observer,
    *,
    due_only: bool = False,
    patience: float | None = None,
) -> SourceReport:
    """Sync ``source`` in its turn; whatever goes wrong with it is reported.

    Other processes are waited for ``patience`` seconds, see ``turns``.
    With ``due_only``, a source that another process has synced meanwhile is left alone.

    Raises:
        FingerprintMismatchError, ModelError: no source could be synced.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(turns(source, tools.store.settings, patience).hold())
        except StoreBusyError:
            return SourceReport(
                source.name,
                source.where,
                "busy",
                error=LoadError("sync_busy"),
            )
        due = tools.state.of(source.name).due(source)
        if due_only and due > time.time():
            return SourceReport(source.name, source.where, "not due", next=due)
        try:
            return sync_source(source, tools, observer)
        except (FingerprintMismatchError, ModelError):
            raise
        except Exception as error:
            log.debug("a sync broke", exc_info=error)
            return _broken(source, tools, error)


def _broken(source: Source, tools: SyncTools, error: Exception) -> SourceReport:
    if isinstance(error, StoreBusyError):
        problem = LoadError("store_busy", reason=str(error))
    else:
        problem = LoadError("sync_failed", reason=f"{type(error).__name__}: {error}")
    tools.state.fail(source, problem)
    return SourceReport(
        source.name,
        source.where,
        "failed",
        error=problem,
        next=tools.state.of(source.name).due(source),
    )


def due_now(sources: list[Source], store: StoreSettings, now: float | None = None) -> list[Source]:
    """Those of ``sources`` that are due, the longest overdue first."""
    now = time.time() if now is None else now
    with SyncState(store.home) as state:
        dues = {source.name: state.of(source.name).due(source) for source in sources}
    return sorted(
        (source for source in sources if dues[source.name] <= now), key=lambda s: dues[s.name]
    )
