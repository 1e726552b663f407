"""Updates are stored before they are acknowledged, and processed once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from telegram import Bot, Update

from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import MAX_ATTEMPTS, Inbox
from bot.telegram.core.metrics import Metrics
from tests.unit.bot.telegram.core.updates import update


@pytest.fixture
def database(tmp_path: Path) -> Iterator[BotDatabase]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield database
    database.close()


def test_an_update_that_comes_twice_is_queued_once(database: BotDatabase) -> None:
    async def run() -> int:
        inbox = Inbox(database, 10)
        await inbox.put(update(1))
        await inbox.put(update(1))
        return inbox.qsize()

    assert asyncio.run(run()) == 1


def test_unfinished_updates_are_found_at_the_next_start(
    database: BotDatabase,
) -> None:
    async def run() -> tuple[list[Update], list[Update]]:
        inbox = Inbox(database, 10)
        for number in (1, 2, 3):
            await inbox.put(update(number, text=f"سؤال {number}"))
        inbox.finished(update(2))
        return Inbox(database, 10).unfinished(Bot("1:A"), Metrics())

    retry, give_up = asyncio.run(run())
    assert [u.message.text for u in retry if u.message] == ["سؤال 1", "سؤال 3"]
    assert give_up == []


def test_a_finished_update_leaves_no_text_behind(database: BotDatabase) -> None:
    async def run() -> None:
        inbox = Inbox(database, 10)
        await inbox.put(update(1))
        inbox.finished(update(1))

    asyncio.run(run())
    assert database.rows("SELECT id, payload FROM updates") == [(1, None)]


def test_an_update_that_ends_the_process_each_time_is_given_up(database: BotDatabase) -> None:
    async def run() -> tuple[list[Update], list[Update]]:
        await Inbox(database, 10).put(update(1))
        for _ in range(MAX_ATTEMPTS):
            Inbox(database, 10).unfinished(Bot("1:A"), Metrics())
        return Inbox(database, 10).unfinished(Bot("1:A"), Metrics())

    retry, give_up = asyncio.run(run())
    assert retry == []
    assert [u.update_id for u in give_up] == [1]


def test_a_full_inbox_keeps_the_next_update_waiting(database: BotDatabase) -> None:
    async def run() -> bool:
        inbox = Inbox(database, 1)
        await inbox.put(update(1))
        waiting = asyncio.create_task(inbox.put(update(2)))
        for _ in range(10):
            await asyncio.sleep(0)
        was_done = waiting.done()
        inbox.finished(update(1))
        await waiting
        return was_done

    assert asyncio.run(run()) is False
