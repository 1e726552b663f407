"""Editors' jobs: taken on, done in the background, reported; none is lost by a restart."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.telegram.context import BotContext
from bot.telegram.jobs.progress import JobProgress
from bot.telegram.messages.formatted_text import FormattedText, joined, plain_text
from bot.telegram.messages.rendering import heading, isolated
from bot.telegram.messages.sender import Target, deliver, redeliver
from bot.telegram.messages.texts import language_name, translate
from bot.telegram.worker.ingest_tasks import IngestResult
from ingest.loaders import supported
from prompts import Language

log = logging.getLogger(__name__)

# What ingest says of files and pages, by words that stand in it; the first that fits counts.
_PROBLEMS = {
    "no_article": ("no article found",),
    "front_page": ("front page, not an article",),
    "stand_in": ("in the place of",),
    "private": ("private network",),
    "robots": ("robots.txt",),
    "unreachable": ("the server",),
    "locked": ("locked with a password", "encrypted", "protected against copying"),
    "scan": ("a scan or pictures",),
    "misnamed": ("not a PDF", "not a Word", "not a spreadsheet", "not an EPUB", "binary, not text"),
    "no_column": ("no column with",),
    "damaged": ("damaged", "cut off", "broken XML", "a broken spreadsheet", "incomplete:"),
}
Kind = Literal["file", "links", "record"]


@dataclass(frozen=True, slots=True)
class Job:
    """Something to take in. Without a ``message`` of ours to edit, nobody is told about it."""

    id: int
    target: Target
    message: int | None
    language: Language
    kind: Kind
    payload: str

    @property
    def name(self) -> str:
        """What an editor knows it by: a file's name, an address, a headline."""
        if self.kind == "record":
            return str(json.loads(self.payload).get("title") or "")
        first, *more = self.payload.split() if self.kind == "links" else [Path(self.payload).name]
        return f"{first} (+{len(more)})" if more else first


class Jobs:
    """The jobs of one running bot."""

    def __init__(self, desk: BotContext, bot: Bot) -> None:
        self._desk = desk
        self._bot = bot
        self._tasks: dict[asyncio.Task[None], Job] = {}
        self._progress: dict[int, JobProgress] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def under_way(self) -> list[tuple[Job, int]]:
        """Jobs that are being done or wait, in their order, with how many articles are in so far.

        Of one that was resumed those count too that were in before.
        """
        far = {number: progress.articles for number, progress in self._progress.items()}
        return [(job, far.get(job.id, 0)) for job in self._tasks.values()]

    async def add(self, target: Target, language: Language, kind: Kind, payload: str) -> None:
        """Take a job on and tell the editor so."""
        text = [plain_text(translate("editor.working", language))]
        (message,) = await deliver(self._bot, target, text)
        self._begin(target, message, language, kind, payload)

    def add_silently(self, chat: int, payload: str) -> None:
        """Take on a post of a channel; nobody waits for a report."""
        self._begin(Target(chat), None, "ar", "record", payload)

    def _begin(
        self, target: Target, message: int | None, language: Language, kind: Kind, payload: str
    ) -> None:
        job_id = self._desk.database.insert(
            "INSERT INTO jobs (chat, topic, message, language, kind, payload) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (target.chat, target.topic, message, language, kind, payload),
        )
        self._start(Job(job_id, target, message, language, kind, payload))

    def resume(self) -> None:
        """Do again what an earlier run did not finish; ingest knows what is already there."""
        rows = self._desk.database.rows(
            "SELECT id, chat, topic, message, language, kind, payload FROM jobs ORDER BY id"
        )
        for job_id, chat, topic, message, language, kind, payload in rows:
            log.info("job resumed", extra={"job": job_id})
            self._start(Job(job_id, Target(chat, topic), message, language, kind, payload))

    def _start(self, job: Job) -> None:
        task = asyncio.create_task(self._do(job))
        self._tasks[task] = job
        task.add_done_callback(self._tasks.pop)

    async def _do(self, job: Job) -> None:
        begun = time.monotonic()
        try:
            outcome = await self._take_in(job)
            piece, buttons = self._card(outcome, job.language)
            log.info(
                "job done",
                extra={
                    "job": job.id,
                    "status": outcome.status,
                    "seconds": round(time.monotonic() - begun, 2),
                },
            )
        except Exception:
            error_id = secrets.token_hex(4)
            log.exception("job failed", extra={"job": job.id, "error_id": error_id})
            piece, buttons = (
                plain_text(translate("trouble.unexpected", job.language, id=error_id)),
                None,
            )
        self._desk.database.run("DELETE FROM jobs WHERE id = ?", (job.id,))
        if job.message is not None:
            try:
                await redeliver(self._bot, job.target, [job.message], [piece], buttons=buttons)
            except TelegramError as error:
                log.warning("job not reported", extra={"job": job.id, "problem": str(error)})

    async def _take_in(self, job: Job) -> IngestResult:
        workshop = self._desk.workshop
        if job.kind == "record":
            return await workshop.record(job.payload)
        progress = JobProgress(self._bot, job.target, job.message, job.language)
        self._progress[job.id] = progress
        try:
            if job.kind == "links":
                return await workshop.links(job.payload, progress.tell)
            return await workshop.file(Path(job.payload), progress.tell)
        finally:
            del self._progress[job.id]
            await progress.end()

    def _card(
        self, outcome: IngestResult, language: Language
    ) -> tuple[FormattedText, InlineKeyboardMarkup | None]:
        """What the editor sees of a result, with buttons to show, remove and ask."""
        if outcome.status == "refused":
            why = problem(outcome.why, language)
            return plain_text(translate("editor.refused", language, why=why)), None
        if outcome.status == "many" or outcome.article is None:
            report = outcome.report
            assert report is not None  # noqa: S101 - only files hold many
            return plain_text(_summary(outcome, language)), None
        article = outcome.article
        details = translate(
            "editor.details",
            language,
            name=language_name(article.language, language),
            passages=article.passages,
        )
        card = joined(
            (
                plain_text(translate(f"editor.{outcome.status}", language)),
                heading(article, language, link=article.url),
                plain_text(details),
            ),
            "\n",
        )
        number = self._desk.records.offer(article.id)
        row = [
            InlineKeyboardButton(
                translate(f"editor.{label}", language), callback_data=f"{what}:{number}"
            )
            for label, what in (("show", "article"), ("ask_about", "about"), ("remove", "remove"))
        ]
        return card, InlineKeyboardMarkup([row])


def _summary(outcome: IngestResult, language: Language) -> str:
    report = outcome.report
    assert report is not None  # noqa: S101
    counts = {n: getattr(report, n) for n in ("added", "updated", "unchanged", "failed")}
    lines = [translate("editor.many", language, **counts)]
    for failure in report.failures[:5]:
        place = failure.place.replace("\\", "/").rsplit("/", 1)[-1]
        lines.append(f"• {isolated(place, language)}: {problem(failure.problem, language)}")
    return "\n".join(lines)


def kinds(language: Language) -> str:
    """The files that can be taken in, so that their dots stay before them."""
    return isolated(" ".join(supported()), language)


def problem(why: str, language: Language) -> str:
    """Why something was refused, in the reader's language where the reason is a common one."""
    if why.startswith("unsupported"):
        return translate("problems.unsupported", language, kinds=kinds(language))
    for key, known in _PROBLEMS.items():
        if any(words in why for words in known):
            return translate(f"problems.{key}", language)
    if "empty" in why:
        return translate("problems.empty", language)
    if why.startswith("no text"):
        return translate("problems.no_text", language)
    return translate("problems.other", language, problem=isolated(why, language))
