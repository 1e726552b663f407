"""Progress of a job is shown at intervals, and never after the result."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.telegram.jobs import progress
from bot.telegram.jobs.progress import JobProgress
from bot.telegram.messages.sender import Target


class EditedBot:
    """Collects the texts that a message is edited to; an edit ends after ``release`` is set."""

    def __init__(self) -> None:
        self.started, self.release = asyncio.Event(), asyncio.Event()
        self.texts: asyncio.Queue[str] = asyncio.Queue()

    async def edit_message_text(self, text: str, *_: Any) -> None:
        self.started.set()
        await self.release.wait()
        self.texts.put_nowait(text)


def job_progress(bot: EditedBot, language: Any = "ar") -> JobProgress:
    return JobProgress(bot, Target(1), 7, language)  # type: ignore[arg-type]


def test_a_late_number_does_not_overwrite_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EDIT_INTERVAL", 0.0)

    async def run() -> list[str]:
        bot = EditedBot()
        shown = job_progress(bot)
        await asyncio.to_thread(shown.update, 20)
        await bot.started.wait()
        ending = asyncio.create_task(shown.end())
        bot.release.set()
        await ending
        bot.texts.put_nowait("the result")
        await asyncio.to_thread(shown.update, 40)
        for _ in range(10):
            await asyncio.sleep(0)
        return [bot.texts.get_nowait() for _ in range(bot.texts.qsize())]

    assert asyncio.run(run()) == ["⏳ جارٍ الإدخال… (20 حتى الآن)", "the result"]


def test_nothing_is_shown_before_the_interval_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EDIT_INTERVAL", 3600.0)

    async def run() -> bool:
        bot = EditedBot()
        shown = job_progress(bot)
        for count in range(100):
            shown.update(count)
        for _ in range(10):
            await asyncio.sleep(0)
        await shown.end()
        return bot.started.is_set()

    assert asyncio.run(run()) is False


def test_the_newest_number_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EDIT_INTERVAL", 0.0)

    async def run() -> list[str]:
        bot = EditedBot()
        bot.release.set()
        shown = job_progress(bot, "en")
        for count in (1, 2, 3):
            shown.update(count)
        texts = [await bot.texts.get()]
        shown.update(4)
        texts.append(await bot.texts.get())
        await shown.end()
        return texts

    assert asyncio.run(run()) == ["⏳ Adding… (3 so far)", "⏳ Adding… (4 so far)"]
