"""Updates are written down before they are acknowledged, handled once, and in order per chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, Update

from bot.telegram.core.chat_queue import PerChatProcessor
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.inbox import ATTEMPTS, Inbox
from bot.telegram.core.metrics import Metrics

CHATTER = "كلام بيننا"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[BotDatabase]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield database
    database.close()


def update(number: int, chat: int = 1, text: str = "سؤال", *, of: int | None = None) -> Update:
    person = {"id": of or chat, "is_bot": False, "first_name": "م"}
    message = {
        "message_id": number,
        "date": 1,
        "chat": {"id": chat, "type": "private"},
        "from": person,
        "text": text,
    }
    made = Update.de_json({"update_id": number, "message": message}, None)
    assert made is not None
    return made


def test_an_update_that_comes_twice_is_queued_once(database: BotDatabase) -> None:
    async def run() -> int:
        inbox = Inbox(database, 10)
        await inbox.put(update(1))
        await inbox.put(update(1))
        return inbox.qsize()

    assert asyncio.run(run()) == 1


def test_what_a_killed_bot_had_not_finished_is_there_at_the_next_start(
    database: BotDatabase,
) -> None:
    async def run() -> tuple[list[Update], list[Update]]:
        inbox = Inbox(database, 10)
        for number in (1, 2, 3):
            await inbox.put(update(number, text=f"سؤال {number}"))
        inbox.finished(update(2))
        return Inbox(database, 10).unfinished(Bot("1:A"), Metrics())

    again, hopeless = asyncio.run(run())
    assert [u.message.text for u in again if u.message] == ["سؤال 1", "سؤال 3"]
    assert hopeless == []


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
        for _ in range(ATTEMPTS):
            Inbox(database, 10).unfinished(Bot("1:A"), Metrics())
        return Inbox(database, 10).unfinished(Bot("1:A"), Metrics())

    again, hopeless = asyncio.run(run())
    assert again == []
    assert [u.update_id for u in hopeless] == [1]


def test_a_full_inbox_keeps_the_next_update_waiting(database: BotDatabase) -> None:
    async def run() -> bool:
        inbox = Inbox(database, 1)
        await inbox.put(update(1))
        waiting = asyncio.create_task(inbox.put(update(2)))
        await asyncio.sleep(0.02)
        before = waiting.done()
        inbox.finished(update(1))
        await asyncio.wait_for(waiting, 60)
        return before

    assert asyncio.run(run()) is False


def tap(number: int, chat: int = 1) -> Update:
    told = update(number, chat).to_dict()["message"]
    query = {
        "id": f"{number}",
        "from": told["from"],
        "chat_instance": "1",
        "data": "x",
        "message": told,
    }
    made = Update.de_json({"update_id": number, "callback_query": query}, None)
    assert made is not None
    return made


def handled(
    database: BotDatabase,
    updates: list[Update],
    waiting: int = 10,
    heard: Callable[[Update], None] = lambda update: None,
) -> list[str]:
    """The order in which handling begins and ends, ``+id`` and ``-id``; ``x`` is turned away."""
    events: list[str] = []

    async def handle(one: Update) -> None:
        events.append(f"+{one.update_id}")
        await asyncio.sleep(0.01)
        events.append(f"-{one.update_id}")

    async def turned_away(one: Update) -> None:
        events.append(f"x{one.update_id}")

    async def run() -> None:
        inbox = Inbox(database, 100)
        turns = PerChatProcessor(
            inbox,
            lambda _: waiting,
            turned_away,
            heard,
            idle=lambda one: one.message is not None and one.message.text == CHATTER,
        )
        tasks: list[asyncio.Task[Any]] = []
        for one in updates:
            await inbox.put(one)
            tasks.append(asyncio.create_task(turns.process_update(one, handle(one))))
        await asyncio.gather(*tasks)

    asyncio.run(run())
    return events


def test_messages_of_one_chat_are_handled_one_after_the_other(database: BotDatabase) -> None:
    events = handled(database, [update(n) for n in (1, 2, 3)])
    assert events == ["+1", "-1", "+2", "-2", "+3", "-3"]


def test_chats_do_not_wait_for_each_other(database: BotDatabase) -> None:
    events = handled(database, [update(1, chat=1), update(2, chat=2)])
    assert events[:2] == ["+1", "+2"]


def test_a_flood_is_turned_away_beyond_what_may_wait(database: BotDatabase) -> None:
    events = handled(database, [update(n) for n in range(1, 7)], waiting=2)
    assert [e for e in events if e.startswith("x")] == ["x4", "x5", "x6"]
    assert [e for e in events if e.startswith("+")] == ["+1", "+2", "+3"]
    assert database.rows("SELECT count(*) FROM updates WHERE payload IS NOT NULL") == [(0,)]


def test_a_flood_of_taps_is_turned_away_too(database: BotDatabase) -> None:
    events = handled(database, [tap(n) for n in range(1, 7)], waiting=2)
    assert [e for e in events if e.startswith("x")] == ["x4", "x5", "x6"]


def test_the_flood_of_one_member_does_not_turn_another_away(database: BotDatabase) -> None:
    flood = [update(n, chat=-5, of=7) for n in range(1, 9)]
    events = handled(database, [*flood, update(9, chat=-5, of=8)], waiting=2)
    assert [e for e in events if e.startswith("x")] == ["x4", "x5", "x6", "x7", "x8"]
    assert events[-1] == "-9"


def test_what_members_say_to_each_other_neither_waits_nor_counts(database: BotDatabase) -> None:
    chatter = [update(n, chat=-5, of=7, text=CHATTER) for n in range(2, 9)]
    question, last = update(1, chat=-5, of=7), update(9, chat=-5, of=7)
    events = handled(database, [question, *chatter, last], waiting=1)
    assert not [e for e in events if e.startswith("x")]
    assert events.index("+8") < events.index("-1"), "it waited for an answer"
    assert events.index("-1") < events.index("+9")


def test_nothing_is_heard_of_what_is_turned_away_or_said_among_members(
    database: BotDatabase,
) -> None:
    heard: list[int] = []
    flood = [update(n, chat=-5, of=7) for n in range(1, 6)]
    chatter = update(6, chat=-5, of=8, text=CHATTER)
    handled(database, [*flood, chatter], waiting=2, heard=lambda one: heard.append(one.update_id))
    assert heard == [1, 2, 3], "it could take a question back and is not answered"


def test_an_update_that_fails_leaves_its_place_to_the_next(database: BotDatabase) -> None:
    async def fail() -> None:
        raise ValueError("strange")

    async def run() -> int:
        inbox = Inbox(database, 1)
        turns = PerChatProcessor(inbox, lambda _: 9, lambda _: asyncio.sleep(0))
        await inbox.put(update(1))
        with pytest.raises(ValueError, match="strange"):
            await turns.process_update(update(1), fail())
        await asyncio.wait_for(inbox.put(update(2)), 60)
        return inbox.under_way

    assert asyncio.run(run()) == 1
