"""The sources of ``sources.toml`` kept up to date while the bot runs, and what editors see of it.

A process of its own does it, beside the one that takes in what editors send: the first sync of a
large site takes many minutes, most of them spent waiting politely, and no editor's file is to wait
behind it. Like the other it stands behind the readers.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.context import BotContext
from bot.telegram.jobs.jobs import problem
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.rendering import isolated
from bot.telegram.messages.sender import Target, deliver
from bot.telegram.messages.texts import translate
from bot.terminal.rendering import format_date
from ingest.core.settings import IngestSettings
from ingest.sync import Source, read_sources, sources_path
from ingest.sync.health import SourceState
from ingest.sync.reports import SourceReport
from ingest.sync.scheduler import due_now
from ingest.sync.state import SyncState
from prompts import Language
from vectorstore.core.errors import RawiError
from vectorstore.core.settings import StoreSettings

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks at what is due."""
BUSY = 30.0
"""Seconds that a source is left to another process which is syncing it."""
TOLD_AFTER = 2
"""Syncs in a row that fail before editors are told: one is often a hiccup."""
SHOWN = 10
_MISTAKE = "sources mistake"


async def keep_up(bot: Bot, desk: BotContext) -> None:
    """Sync what is due, one source after the other, for as long as the settings say so."""
    left: dict[str, float] = {}
    while True:
        if desk.settings.sync:
            try:
                await _round(bot, desk, left)
            except Exception:
                log.exception("syncing failed")
        await asyncio.sleep(EVERY)


async def _round(bot: Bot, desk: BotContext, left: dict[str, float]) -> None:
    """``left`` says until when a source is left to another process that is syncing it."""
    due, mistake = await asyncio.to_thread(_due, desk.engine.store.settings, desk.ingest)
    await _tell_mistake(bot, desk, mistake)
    for source in due:
        if not desk.settings.sync:
            return
        if left.get(source.name, 0.0) > time.monotonic():
            continue
        desk.syncs = source.name
        try:
            report = await desk.syncer.sync(source.name)
        except Exception as error:  # the process has ended, for want of memory, say
            log.exception("sync failed", extra={"source": source.name})
            await asyncio.to_thread(_fail, desk.engine.store.settings, source, error)
            continue
        finally:
            desk.syncs = None
        if report is not None and report.status == "busy":
            left[source.name] = time.monotonic() + BUSY
            continue
        if report is not None:
            _log(desk, report)
            await _tell(bot, desk, source, report)


def _due(store: StoreSettings, ingest: IngestSettings) -> tuple[list[Source], str]:
    """The sources that are due, and what is wrong with the file that names them."""
    try:
        file = read_sources(sources_path(store, ingest))
    except RawiError as error:
        return [], str(error)
    return due_now(file.named(None), store), "; ".join(map(str, file.problems))


def _fail(store: StoreSettings, source: Source, error: Exception) -> None:
    with SyncState(store.home) as state:
        state.begin(source)
        state.fail(source, f"the sync broke ({type(error).__name__})", "see the bot's log")


def _log(desk: BotContext, report: SourceReport) -> None:
    desk.metrics.count("rawi_syncs_total", status=report.status)
    counts: dict[str, Any] = report.counts()
    log.info("source synced", extra={"source": report.name, "status": report.status, **counts})


# -- what editors are told ----------------------------------------------------------------------


async def _tell(bot: Bot, desk: BotContext, source: Source, report: SourceReport) -> None:
    """Say once that a source fails, and once that it is well again."""

    def news(store: StoreSettings) -> str | None:
        with SyncState(store.home) as state:
            failing = state.of(source.name).failures >= TOLD_AFTER
            if report.status == "failed" and failing and state.tell(source.name, True):
                return "fails"
            if report.status == "done" and state.tell(source.name, False):
                return "recovered"
        return None

    key = await asyncio.to_thread(news, desk.engine.store.settings)
    if key is not None:
        await _to_editors(
            bot,
            desk,
            key,
            source.label or source.name,
            report.error.problem if report.error else "",
        )


async def _tell_mistake(bot: Bot, desk: BotContext, mistake: str) -> None:
    """Say once what is wrong with ``sources.toml``."""
    if mistake == desk.records.noted(_MISTAKE):
        return
    desk.records.note(_MISTAKE, mistake)
    if mistake:
        log.warning("mistake in the sources", extra={"problem": mistake})
        await _to_editors(bot, desk, "mistake", "", mistake)


async def _to_editors(bot: Bot, desk: BotContext, key: str, name: str, why: str) -> None:
    for editor in desk.settings.editors:
        chosen = desk.records.language(editor)
        language: Language = "ar" if chosen == "auto" else chosen
        values = {"name": isolated(name, language), "problem": problem(why, language)}
        try:
            await deliver(
                bot, Target(editor), [plain_text(translate(f"sync.{key}", language, **values))]
            )
        except TelegramError as error:  # who has never written to the bot cannot be written to
            log.info("editor not told", extra={"chat": editor, "problem": str(error)})


def sources_lines(desk: BotContext, language: Language) -> list[str]:
    """How each source is doing, those that fail first; empty where there are none."""
    store = desk.engine.store.settings
    try:
        file = read_sources(sources_path(store, desk.ingest))
    except RawiError as error:
        return [translate("sync.mistake", language, problem=isolated(str(error), language))]
    with SyncState(store.home) as state:
        states = [(source, state.of(source.name)) for source in file.sources.values()]
    states.sort(key=lambda one: -one[1].failures)
    lines = [_line(source, how, desk.syncs, language) for source, how in states[:SHOWN]]
    if len(states) > SHOWN:
        lines.append(translate("sync.more", language, count=len(states) - SHOWN))
    lines += _mistakes((str(problem) for problem in file.problems), language)
    return [translate("sync.heading", language), *lines] if lines else []


def _mistakes(problems: Iterator[str], language: Language) -> list[str]:
    return [
        translate("sync.mistake", language, problem=isolated(one, language)) for one in problems
    ]


def _line(source: Source, state: SourceState, syncs: str | None, language: Language) -> str:
    name = isolated(source.label or source.name, language)
    word = "running" if source.name == syncs else state.status(source).split()[0]
    values = {"failed": state.counts.get("failed", 0), "problem": ""}
    if state.problem:
        values["problem"] = problem(state.problem, language)
    line = f"• {name}: {translate(f'sync.{word}', language, **values)}"
    if state.succeeded is not None and word != "running":
        moment = datetime.fromtimestamp(int(state.succeeded))
        line += translate("sync.last", language, time=format_date(moment, language))
    if word == "failing":
        minutes = max(1, round((state.due(source) - time.time()) / 60))
        line += translate("sync.again", language, minutes=minutes)
    return line
