"""The status of each source, as lines for editors."""

from __future__ import annotations

import time
from datetime import datetime

from bot.telegram.context import BotContext
from bot.telegram.messages.formatted_text import isolate
from bot.telegram.messages.texts import translate
from bot.terminal.rendering import format_date
from ingest.sync import Source, read_sources, sources_path
from ingest.sync.health import SourceState
from ingest.sync.state import SyncState
from prompts import Language
from vectorstore.core.errors import RawiError

MAX_SOURCES = 10


def source_status_lines(deps: BotContext, language: Language) -> list[str]:
    """One line per source, failing ones first, and the problems of ``sources.toml``.

    Empty where there are no sources.
    """

    def problem_line(problem: object) -> str:
        return translate("sync.mistake", language, problem=isolate(str(problem), language))

    store = deps.engine.store.settings
    try:
        file = read_sources(sources_path(store, deps.ingest_settings))
    except RawiError as error:
        return [problem_line(error)]
    with SyncState(store.home) as sync_state:
        states = [(source, sync_state.get(source.name)) for source in file.sources.values()]
    states.sort(key=lambda pair: -pair[1].failures)
    lines = [
        _status_line(source, state, source.name == deps.syncing, language)
        for source, state in states[:MAX_SOURCES]
    ]
    if len(states) > MAX_SOURCES:
        lines.append(translate("sync.more", language, count=len(states) - MAX_SOURCES))
    lines += map(problem_line, file.problems)
    return [translate("sync.heading", language), *lines] if lines else []


def _status_line(source: Source, state: SourceState, is_syncing: bool, language: Language) -> str:
    name = isolate(source.label or source.name, language)
    status = "running" if is_syncing else state.status(source).split()[0]
    problem = state.error.problem_in(language) if state.error else ""
    values = {"failed": state.counts.get("failed", 0), "problem": problem}
    line = f"• {name}: {translate(f'sync.{status}', language, **values)}"
    if state.succeeded is not None and not is_syncing:
        moment = datetime.fromtimestamp(int(state.succeeded))
        line += translate("sync.last", language, time=format_date(moment, language))
    if status == "failing":
        minutes = max(1, round((state.due(source) - time.time()) / 60))
        line += translate("sync.again", language, minutes=minutes)
    return line
