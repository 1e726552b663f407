"""Old data are deleted while the bot runs, not only at its start."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from telegram import Update

from bot.engine import Engine
from bot.telegram.app import background
from bot.telegram.context import BotContext
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import REMEMBERED_SECONDS, Inbox
from bot.telegram.core.settings import TelegramSettings


def test_ids_of_old_finished_updates_are_deleted_while_the_bot_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "CLEANING_INTERVAL", 0.01)
    database = BotDatabase(home / "telegram.sqlite3")

    def known() -> list[int]:
        return [row[0] for row in database.rows("SELECT id FROM updates ORDER BY id")]

    async def run(deps: BotContext) -> None:
        inbox = Inbox(database, 10)
        cleaning = asyncio.create_task(background.delete_old_data(deps, inbox))
        await asyncio.sleep(0)  # the deletion at the start
        for number in (1, 2, 3):
            await inbox.put(Update(number))
        inbox.finished(Update(1))
        inbox.finished(Update(3))
        long_ago = time.time() - REMEMBERED_SECONDS - 60
        database.run("UPDATE updates SET received = ? WHERE id < 3", (long_ago,))
        async with asyncio.timeout(30):
            while 1 in known():
                await asyncio.sleep(0.01)
        cleaning.cancel()

    with Engine.open(create=True) as engine:
        deps = BotContext(TelegramSettings(), engine, database, home)
        asyncio.run(run(deps))
        deps.close()
    assert known() == [2, 3], "an unfinished or recent update was deleted"
    database.close()
