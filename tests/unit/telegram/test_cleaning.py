"""What has been kept for its time is erased while the bot runs, not only when it starts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from telegram import Update

from bot.engine import Engine
from bot.telegram.app import lifecycle
from bot.telegram.context import BotContext
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import KNOWN_FOR, Inbox
from bot.telegram.core.settings import TelegramSettings


def test_ids_of_finished_messages_are_forgotten_by_a_bot_that_runs_for_long(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "CLEANING_EVERY", 0.01)
    database = BotDatabase(home / "telegram.sqlite3")

    def known() -> list[int]:
        return [row[0] for row in database.rows("SELECT id FROM updates ORDER BY id")]

    async def run(desk: BotContext) -> None:
        inbox = Inbox(database, 10)
        cleaning = asyncio.create_task(lifecycle.clean(desk, inbox))
        await asyncio.sleep(0.05)  # it has been running for a while
        for number in (1, 2, 3):
            await inbox.put(Update(number))
        inbox.finished(Update(1))
        inbox.finished(Update(3))
        long_ago = time.time() - KNOWN_FOR - 60
        database.run("UPDATE updates SET received = ? WHERE id < 3", (long_ago,))
        async with asyncio.timeout(30):
            while 1 in known():
                await asyncio.sleep(0.01)
        cleaning.cancel()

    with Engine.open(create=True) as engine:
        desk = BotContext(TelegramSettings(), engine, database, home)
        asyncio.run(run(desk))
        desk.close()
    assert known() == [2, 3], "what is unfinished, or recent, was forgotten too"
    database.close()
