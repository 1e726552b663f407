"""A job's message tells how far it is, and in the end its result, whatever comes late."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.telegram.jobs import progress
from bot.telegram.jobs.progress import JobProgress
from bot.telegram.messages.sender import Target


class SlowBot:
    """Takes its time for an edit; remembers what the message said, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.editing = asyncio.Event()

    async def edit_message_text(self, text: str, *_: Any) -> None:
        self.editing.set()
        await asyncio.sleep(0.05)
        self.said.append(text)


def test_what_is_told_late_does_not_hide_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)

    async def job() -> list[str]:
        bot = SlowBot()
        shown = JobProgress(bot, Target(1), 7, "ar")  # type: ignore[arg-type]
        await asyncio.to_thread(shown.tell, 20)
        await bot.editing.wait()
        await shown.end()
        bot.said.append("the result")
        await asyncio.to_thread(shown.tell, 40)
        await asyncio.sleep(0.1)
        return bot.said

    assert asyncio.run(job()) == ["⏳ جارٍ الإدخال… (20 حتى الآن)", "the result"]


def test_progress_is_told_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 3_600.0)

    async def job() -> list[str]:
        bot = SlowBot()
        shown = JobProgress(bot, Target(1), 7, "ar")  # type: ignore[arg-type]
        for count in range(100):
            shown.tell(count)
        await asyncio.sleep(0.1)
        await shown.end()
        return bot.said

    assert asyncio.run(job()) == []


def test_the_newest_number_is_shown_when_it_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.2)

    async def job() -> list[str]:
        bot = SlowBot()
        shown = JobProgress(bot, Target(1), 7, "en")  # type: ignore[arg-type]
        for count in (1, 2, 3):
            shown.tell(count)
        while not bot.said:
            await asyncio.sleep(0.01)
        shown.tell(4)
        while len(bot.said) < 2:
            await asyncio.sleep(0.01)
        await shown.end()
        return bot.said

    assert asyncio.run(job()) == ["⏳ Adding… (3 so far)", "⏳ Adding… (4 so far)"]
