"""Calls that Telegram puts off or the network loses are made again, others are not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram.core.api_rate_limiter import TelegramRateLimiter
from bot.telegram.core.database import BotDatabase
from bot.telegram.core.repository import AnswerRepository


@pytest.fixture
def records(tmp_path: Path) -> Iterator[AnswerRepository]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield AnswerRepository(database)
    database.close()


def call(
    records: AnswerRepository, *outcomes: object, chat: int = 5, endpoint: str = "sendMessage"
) -> tuple[Any, list[int]]:
    """What comes of a call whose attempts end as ``outcomes``, and the chats it was sent to."""
    left, chats = list(outcomes), []
    data = {"chat_id": chat}

    async def attempt(*_: Any, **__: Any) -> Any:
        chats.append(data["chat_id"])
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def run() -> Any:
        pacing = TelegramRateLimiter(records, pause=0.001)
        return await pacing.process_request(attempt, (), {}, endpoint, data, None)

    return asyncio.run(run()), chats


@pytest.mark.parametrize(
    "error",
    [NetworkError("Internal Server Error"), TimedOut(), RetryAfter(0)],
    ids=["5xx", "timeout", "429"],
)
def test_what_failed_for_no_fault_of_ours_is_tried_again(
    records: AnswerRepository, error: TelegramError
) -> None:
    assert call(records, error, error, True)[0] is True


@pytest.mark.parametrize("error", [BadRequest("no"), Forbidden("blocked")])
def test_what_telegram_refuses_is_not_tried_again(
    records: AnswerRepository, error: TelegramError
) -> None:
    with pytest.raises(type(error)):
        call(records, error, True)


def test_after_four_failures_it_is_given_up(records: AnswerRepository) -> None:
    with pytest.raises(NetworkError):
        call(records, *[NetworkError("down")] * 4, True)


def test_a_wait_beyond_all_patience_is_given_up(records: AnswerRepository) -> None:
    with pytest.raises(RetryAfter):
        call(records, RetryAfter(1_000), True)


def test_typing_is_never_repeated(records: AnswerRepository) -> None:
    with pytest.raises(NetworkError):
        call(records, NetworkError("down"), True, endpoint="sendChatAction")


def test_a_group_that_moved_is_found_and_remembered(records: AnswerRepository) -> None:
    result, chats = call(records, ChatMigrated(-100), True, chat=-7)
    assert (result, chats) == (True, [-7, -100])
    assert call(records, True, chat=-7)[1] == [-100]
