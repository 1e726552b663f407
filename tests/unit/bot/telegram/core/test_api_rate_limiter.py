"""Repetition of calls to Telegram that failed."""

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
from bot.telegram.core.chat_state import ChatState
from bot.telegram.core.database import BotDatabase


@pytest.fixture
def chats(tmp_path: Path) -> Iterator[ChatState]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield ChatState(database)
    database.close()


def call(
    chats: ChatState, *outcomes: object, chat: int = 5, endpoint: str = "sendMessage"
) -> tuple[Any, list[int]]:
    """Result of a call whose attempts end as ``outcomes``, and the chat ids of its attempts."""
    left, sent_to = list(outcomes), []
    data = {"chat_id": chat}

    async def attempt(*_: Any, **__: Any) -> Any:
        sent_to.append(data["chat_id"])
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def run() -> Any:
        limiter = TelegramRateLimiter(chats, backoff=0.001)
        return await limiter.process_request(attempt, (), {}, endpoint, data, None)

    return asyncio.run(run()), sent_to


@pytest.mark.parametrize(
    "error",
    [NetworkError("Internal Server Error"), TimedOut(), RetryAfter(0)],
    ids=["5xx", "timeout", "429"],
)
def test_external_failures_are_repeated(chats: ChatState, error: TelegramError) -> None:
    assert call(chats, error, error, True)[0] is True


@pytest.mark.parametrize("error", [BadRequest("no"), Forbidden("blocked")])
def test_rejected_calls_are_not_repeated(chats: ChatState, error: TelegramError) -> None:
    with pytest.raises(type(error)):
        call(chats, error, True)


def test_a_call_is_given_up_after_four_failures(chats: ChatState) -> None:
    with pytest.raises(NetworkError):
        call(chats, *[NetworkError("down")] * 4, True)


def test_a_call_is_given_up_if_telegram_delays_it_for_too_long(chats: ChatState) -> None:
    with pytest.raises(RetryAfter):
        call(chats, RetryAfter(1_000), True)


def test_the_typing_action_is_not_repeated(chats: ChatState) -> None:
    with pytest.raises(NetworkError):
        call(chats, NetworkError("down"), True, endpoint="sendChatAction")


def test_the_new_id_of_a_migrated_group_is_used_and_stored(chats: ChatState) -> None:
    result, sent_to = call(chats, ChatMigrated(-100), True, chat=-7)
    assert (result, sent_to) == (True, [-7, -100])
    assert call(chats, True, chat=-7)[1] == [-100]
