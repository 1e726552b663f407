"""Results and problems of ingest jobs as messages in the editor's language."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.core.chat_state import ChatState
from bot.telegram.messages.formatted_text import FormattedText, isolate, join, plain_text
from bot.telegram.messages.rendering import heading
from bot.telegram.messages.texts import language_name, translate
from bot.telegram.worker.ingest_tasks import IngestResult
from ingest.core.errors import LoadError
from ingest.core.report import IngestReport
from prompts import Language

MAX_FAILURES = 5
"""Failures that a summary lists."""


def result_message(
    result: IngestResult, language: Language, chats: ChatState
) -> tuple[FormattedText, InlineKeyboardMarkup | None]:
    """The message about a finished job; for one article with buttons to show, ask and remove."""
    if result.error is not None:
        why = error_text(result.error, language)
        return plain_text(translate("editor.refused", language, why=why)), None
    article = result.article
    if result.status == "many" or article is None:
        assert result.report is not None  # noqa: S101 - only a single record has no report
        return plain_text(_summary(result.report, language)), None
    name = language_name(article.language, language)
    details = translate("editor.details", language, name=name, passages=article.passages)
    card = join(
        (
            plain_text(translate(f"editor.{result.status}", language)),
            heading(article, language, link=article.url),
            plain_text(details),
        ),
        "\n",
    )
    number = chats.button_id(article.id)
    row = [
        InlineKeyboardButton(translate(f"editor.{label}", language), callback_data=f"{do}:{number}")
        for label, do in (("show", "article"), ("ask_about", "about"), ("remove", "remove"))
    ]
    return card, InlineKeyboardMarkup([row])


def _summary(report: IngestReport, language: Language) -> str:
    counts = {n: getattr(report, n) for n in ("added", "updated", "unchanged", "failed")}
    lines = [translate("editor.many", language, **counts)]
    for failure in report.failures[:MAX_FAILURES]:
        place = failure.place.replace("\\", "/").rsplit("/", 1)[-1]
        lines.append(f"• {isolate(place, language)}: {failure.error.problem_in(language)}")
    return "\n".join(lines)


def error_text(error: LoadError, language: Language) -> str:
    """What is wrong, and what to do about it."""
    separator = "؛ " if language == "ar" else "; "
    return separator.join((error.problem_in(language), error.remedy_in(language)))
