"""Updates are processed in order per chat, and concurrently across chats."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from telegram import Update

from bot.telegram.core.chat_queue import PerChatProcessor
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import Inbox
from tests.unit.bot.telegram.core.updates import button_press, update

CHATTER = "كلام بيننا"
TURNS = 50
"""Turns of the event loop that processing takes: more than it takes to start all other updates."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[BotDatabase]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield database
    database.close()


def processed(
    database: BotDatabase,
    updates: list[Update],
    limit: int = 10,
    queued: Callable[[Update], None] = lambda update: None,
) -> list[str]:
    """Order of the start and end of processing, ``+id`` and ``-id``; ``x`` for rejected updates."""
    events: list[str] = []

    async def handle(one: Update) -> None:
        events.append(f"+{one.update_id}")
        for _ in range(TURNS):
            await asyncio.sleep(0)
        events.append(f"-{one.update_id}")

    async def rejected(one: Update) -> None:
        events.append(f"x{one.update_id}")

    def bypasses(one: Update) -> bool:
        return one.message is not None and one.message.text == CHATTER

    async def run() -> None:
        inbox = Inbox(database, 100)
        for one in updates:
            await inbox.put(one)
        processor = PerChatProcessor(inbox, lambda _: limit, rejected, queued, bypasses)
        await asyncio.gather(*(processor.process_update(one, handle(one)) for one in updates))

    asyncio.run(run())
    return events


def test_messages_of_one_chat_are_processed_one_after_the_other(database: BotDatabase) -> None:
    events = processed(database, [update(n) for n in (1, 2, 3)])
    assert events == ["+1", "-1", "+2", "-2", "+3", "-3"]


def test_chats_do_not_wait_for_each_other(database: BotDatabase) -> None:
    events = processed(database, [update(1, chat=1), update(2, chat=2)])
    assert events[:2] == ["+1", "+2"]


def test_messages_over_the_limit_are_rejected(database: BotDatabase) -> None:
    events = processed(database, [update(n) for n in range(1, 7)], limit=2)
    assert [e for e in events if e.startswith("x")] == ["x4", "x5", "x6"]
    assert [e for e in events if e.startswith("+")] == ["+1", "+2", "+3"]
    assert database.rows("SELECT count(*) FROM updates WHERE payload IS NOT NULL") == [(0,)]


def test_button_presses_over_the_limit_are_rejected_too(database: BotDatabase) -> None:
    events = processed(database, [button_press(n) for n in range(1, 7)], limit=2)
    assert [e for e in events if e.startswith("x")] == ["x4", "x5", "x6"]


def test_the_limit_counts_each_member_of_a_group_separately(database: BotDatabase) -> None:
    flood = [update(n, chat=-5, of=7) for n in range(1, 9)]
    events = processed(database, [*flood, update(9, chat=-5, of=8)], limit=2)
    assert [e for e in events if e.startswith("x")] == ["x4", "x5", "x6", "x7", "x8"]
    assert events[-1] == "-9"


def test_messages_among_members_neither_wait_nor_count(database: BotDatabase) -> None:
    chatter = [update(n, chat=-5, of=7, text=CHATTER) for n in range(2, 9)]
    question, last = update(1, chat=-5, of=7), update(9, chat=-5, of=7)
    events = processed(database, [question, *chatter, last], limit=1)
    assert not [e for e in events if e.startswith("x")]
    assert events.index("+8") < events.index("-1"), "it waited for an answer"
    assert events.index("-1") < events.index("+9")


def test_rejected_updates_and_messages_among_members_are_not_reported_as_queued(
    database: BotDatabase,
) -> None:
    queued: list[int] = []
    flood = [update(n, chat=-5, of=7) for n in range(1, 6)]
    chatter = update(6, chat=-5, of=8, text=CHATTER)
    processed(database, [*flood, chatter], limit=2, queued=lambda one: queued.append(one.update_id))
    assert queued == [1, 2, 3], "a question could be cancelled without being replaced"


def test_an_update_whose_processing_fails_is_finished(database: BotDatabase) -> None:
    async def fail() -> None:
        raise ValueError("strange")

    async def run() -> int:
        inbox = Inbox(database, 1)
        processor = PerChatProcessor(inbox, lambda _: 9, lambda _: asyncio.sleep(0))
        await inbox.put(update(1))
        with pytest.raises(ValueError, match="strange"):
            await processor.process_update(update(1), fail())
        await inbox.put(update(2))
        return inbox.in_progress

    assert asyncio.run(run()) == 1
