"""Editors' ingest jobs: stored, run in the background and reported; restarts lose none."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.telegram.context import BotContext
from bot.telegram.jobs.progress import JobProgress
from bot.telegram.jobs.results import result_message
from bot.telegram.messages.formatted_text import plain_text
from bot.telegram.messages.sender import Target, replace_messages, send
from bot.telegram.messages.texts import translate
from bot.telegram.worker.ingest_tasks import IngestResult, JobKind, ingest_job
from prompts import Language

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to ingest; without ``message_id`` the result is not reported."""

    id: int
    target: Target
    message_id: int | None
    language: Language
    kind: JobKind
    payload: str

    @property
    def name(self) -> str:
        """A file's name, a URL or a title."""
        if self.kind == "record":
            return str(json.loads(self.payload).get("title") or "")
        first, *more = self.payload.split() if self.kind == "links" else [Path(self.payload).name]
        return f"{first} (+{len(more)})" if more else first


class Jobs:
    """The jobs of one running bot."""

    def __init__(self, deps: BotContext, bot: Bot) -> None:
        self._deps = deps
        self._bot = bot
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._progress: dict[int, JobProgress] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def active(self) -> list[tuple[Job, int]]:
        """Running and waiting jobs in order, with the number of articles stored so far.

        For a resumed job these include articles stored before the restart.
        """
        counts = {job_id: progress.articles for job_id, progress in self._progress.items()}
        return [(job, counts.get(job.id, 0)) for job in self._tasks.values()]

    async def add(self, target: Target, language: Language, kind: JobKind, payload: str) -> None:
        """Start a job whose result replaces a message that is sent now."""
        text = [plain_text(translate("editor.working", language))]
        (message_id,) = await send(self._bot, target, text)
        self._insert(target, message_id, language, kind, payload)

    def add_post(self, chat_id: int, payload: str) -> None:
        """Start the job of a channel's post; its result is only logged."""
        self._insert(Target(chat_id), None, "ar", "record", payload)

    def _insert(
        self,
        target: Target,
        message_id: int | None,
        language: Language,
        kind: JobKind,
        payload: str,
    ) -> None:
        job_id = self._deps.database.insert(
            "INSERT INTO jobs (chat, topic, message, language, kind, payload) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (target.chat_id, target.topic_id, message_id, language, kind, payload),
        )
        self._start(Job(job_id, target, message_id, language, kind, payload))

    def resume(self) -> None:
        """Start the jobs that an earlier process did not finish; ingest skips stored articles."""
        rows = self._deps.database.rows(
            "SELECT id, chat, topic, message, language, kind, payload FROM jobs ORDER BY id"
        )
        for job_id, chat_id, topic_id, *rest in rows:
            log.info("job resumed", extra={"job": job_id})
            self._start(Job(job_id, Target(chat_id, topic_id), *rest))

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._run(job))
        self._tasks[task] = job
        task.add_done_callback(self._tasks.pop)

    async def _run(self, job: Job) -> None:
        started = time.monotonic()
        buttons: InlineKeyboardMarkup | None = None
        try:
            result = await self._ingest(job)
            text, buttons = result_message(result, job.language, self._deps.chats)
            seconds = round(time.monotonic() - started, 2)
            log.info("job done", extra={"job": job.id, "status": result.status, "seconds": seconds})
        except Exception:
            error_id = secrets.token_hex(4)
            log.exception("job failed", extra={"job": job.id, "error_id": error_id})
            text = plain_text(translate("trouble.unexpected", job.language, id=error_id))
        self._deps.database.run("DELETE FROM jobs WHERE id = ?", (job.id,))
        if job.message_id is not None:
            try:
                await replace_messages(
                    self._bot, job.target, [job.message_id], [text], buttons=buttons
                )
            except TelegramError as error:
                log.warning("job not reported", extra={"job": job.id, "problem": str(error)})

    async def _ingest(self, job: Job) -> IngestResult:
        progress = JobProgress(self._bot, job.target, job.message_id, job.language)
        self._progress[job.id] = progress
        try:
            return await self._deps.ingest_worker.run(
                ingest_job, job.kind, job.payload, on_progress=progress.update
            )
        finally:
            del self._progress[job.id]
            await progress.end()
