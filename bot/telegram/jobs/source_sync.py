"""Background sync of the sources in ``sources.toml``, and notices to editors about failures.

Syncs run in a worker process of their own: the first sync of a large site takes many minutes, most
of them spent waiting between requests, and editors' jobs must not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import time

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.context import BotContext
from bot.telegram.messages.formatted_text import isolate, plain_text
from bot.telegram.messages.sender import Target, send
from bot.telegram.messages.texts import translate
from bot.telegram.worker.ingest_tasks import sync_source
from ingest.core.errors import LoadError
from ingest.core.settings import IngestSettings
from ingest.sync import Source, read_sources, sources_path
from ingest.sync.reports import SourceReport
from ingest.sync.scheduler import due_now
from ingest.sync.state import SyncState
from prompts import Language
from vectorstore.core.errors import RawiError
from vectorstore.core.settings import StoreSettings

log = logging.getLogger(__name__)

CHECK_INTERVAL = 2.0
"""Seconds between two checks for due sources."""
BUSY_PAUSE = 30.0
"""Seconds before a source is tried again that another process was syncing."""
NOTIFY_AFTER = 2
"""Failures in a row before editors are notified: a single one is often temporary."""
_FILE_PROBLEM = "sources mistake"
"""Key of the note with the last problem of ``sources.toml``."""


async def sync_continuously(bot: Bot, deps: BotContext) -> None:
    """Sync due sources one after the other, whenever the settings have sync enabled."""
    busy_until: dict[str, float] = {}
    while True:
        if deps.settings.sync:
            try:
                await _sync_due(bot, deps, busy_until)
            except Exception:
                log.exception("syncing failed")
        await asyncio.sleep(CHECK_INTERVAL)


async def _sync_due(bot: Bot, deps: BotContext, busy_until: dict[str, float]) -> None:
    """``busy_until`` holds when to try sources again that another process was syncing."""
    store = deps.engine.store.settings
    sources, problem = await asyncio.to_thread(_due, store, deps.ingest_settings)
    await _notify_file_problem(bot, deps, problem)
    for source in sources:
        if not deps.settings.sync:
            return
        if busy_until.get(source.name, 0.0) > time.monotonic():
            continue
        deps.syncing = source.name
        try:
            report = await deps.sync_worker.run(sync_source, source.name)
        except Exception as error:  # the worker process has ended, for lack of memory, say
            log.exception("sync failed", extra={"source": source.name})
            await asyncio.to_thread(_record_failure, store, source, error)
            continue
        finally:
            deps.syncing = None
        if report is None:
            continue
        if report.status == "busy":
            busy_until[source.name] = time.monotonic() + BUSY_PAUSE
            continue
        deps.metrics.syncs.labels(report.status).inc()
        details = {"source": report.name, "status": report.status, **report.counts()}
        log.info("source synced", extra=details)
        await _notify_status(bot, deps, source, report)


def _due(store: StoreSettings, ingest: IngestSettings) -> tuple[list[Source], str]:
    """The sources that are due, and the problems of ``sources.toml``."""
    try:
        file = read_sources(sources_path(store, ingest))
    except RawiError as error:
        return [], str(error)
    return due_now(file.select(None), store), "; ".join(map(str, file.problems))


def _record_failure(store: StoreSettings, source: Source, error: Exception) -> None:
    with SyncState(store.home) as state:
        state.begin(source)
        state.record_failure(source, LoadError("sync_failed", reason=type(error).__name__))


async def _notify_status(bot: Bot, deps: BotContext, source: Source, report: SourceReport) -> None:
    """Notify editors once when a source fails, and once when it has recovered."""

    def changed(store: StoreSettings) -> str | None:
        with SyncState(store.home) as state:
            is_failing = state.get(source.name).failures >= NOTIFY_AFTER
            if report.status == "failed" and is_failing and state.set_notified(source.name, True):
                return "fails"
            if report.status == "done" and state.set_notified(source.name, False):
                return "recovered"
        return None

    key = await asyncio.to_thread(changed, deps.engine.store.settings)
    if key is not None:
        await _notify(bot, deps, key, source.label or source.name, report.error)


async def _notify_file_problem(bot: Bot, deps: BotContext, problem: str) -> None:
    """Notify editors once of a problem of ``sources.toml``."""
    if problem == deps.chats.note(_FILE_PROBLEM):
        return
    deps.chats.set_note(_FILE_PROBLEM, problem)
    if problem:
        log.warning("mistake in the sources", extra={"problem": problem})
        await _notify(bot, deps, "mistake", "", LoadError.from_text(problem, ""))


async def _notify(bot: Bot, deps: BotContext, key: str, name: str, error: LoadError | None) -> None:
    for editor in deps.settings.editors:
        choice = deps.chats.language(editor)
        language: Language = "ar" if choice == "auto" else choice
        problem = error.problem_in(language) if error else ""
        values = {"name": isolate(name, language), "problem": problem}
        try:
            text = plain_text(translate(f"sync.{key}", language, **values))
            await send(bot, Target(editor), [text])
        except TelegramError as error:  # a bot cannot write first to a user
            log.info("editor not told", extra={"chat": editor, "problem": str(error)})
