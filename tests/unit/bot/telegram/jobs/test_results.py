"""Messages about finished jobs in the editor's language."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.telegram.core.chat_state import ChatState
from bot.telegram.core.database import BotDatabase
from bot.telegram.jobs.results import MAX_FAILURES, error_text, result_message
from bot.telegram.worker.ingest_tasks import IngestResult
from ingest.core.errors import LoadError
from ingest.core.report import Failure, IngestReport


@pytest.fixture
def chats(tmp_path: Path) -> Iterator[ChatState]:
    database = BotDatabase(tmp_path / "telegram.sqlite3")
    yield ChatState(database)
    database.close()


def test_a_refused_file_says_why_and_what_to_do_in_both_languages(chats: ChatState) -> None:
    result = IngestResult("refused", error=LoadError("not_pdf"))
    text, buttons = result_message(pickle.loads(pickle.dumps(result)), "ar", chats)  # noqa: S301
    assert text.text == "⚠️ لم يُضف: ليس ملف PDF؛ أعطه الامتداد الموافق لنوعه"
    assert buttons is None
    english, _ = result_message(result, "en", chats)
    assert english.text == f"⚠️ Not added: {LoadError('not_pdf')}"


def test_a_problem_stored_as_plain_text_is_shown() -> None:
    error = LoadError.from_json({"problem": "no text", "remedy": "leave it out"})
    assert error_text(error, "en") == "no text; leave it out"
    assert "no text" in error_text(error, "ar")


def test_a_summary_lists_the_first_failures_by_file_name(chats: ChatState) -> None:
    report = IngestReport(added=3)
    for number in range(MAX_FAILURES + 2):
        report.add_failure(Failure(f"/files/7/news.zip/{number}.txt", LoadError("no_text")))
    text, buttons = result_message(IngestResult("many", report=report), "ar", chats)
    first, *failures = text.text.split("\n")
    assert first.startswith("✅") and "3" in first and f"{MAX_FAILURES + 2}" in first
    assert len(failures) == MAX_FAILURES
    assert failures[0] == "• \u20680.txt\u2069: لا نص فيه"
    assert buttons is None
