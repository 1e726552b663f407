"""Log lines: their fields, and what is kept out of them."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from bot.telegram.core.logs import RedactingJsonFormatter, configure_logging
from bot.telegram.core.settings import TelegramSettings

TOKEN = "1234567890:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 - not a real one


def line(formatter: RedactingJsonFormatter, message: str, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("bot", logging.INFO, __file__, 1, message, (), None)
    vars(record).update(extra)
    parsed: dict[str, object] = json.loads(formatter.format(record))
    return parsed


def test_a_log_line_has_its_fields_without_texts_and_secrets() -> None:
    formatter = RedactingJsonFormatter(["very-secret"], log_texts=False)
    found = line(formatter, f"POST /bot{TOKEN}/getMe very-secret", chat=5, text="سؤال")
    assert found["chat"] == 5
    assert (found["level"], found["logger"]) == ("info", "bot")
    assert str(found["time"]).endswith("+00:00")
    assert "text" not in found
    assert "AAAA" not in str(found)
    assert "very-secret" not in str(found)
    assert (
        line(RedactingJsonFormatter([], log_texts=True), "question", text="سؤال")["text"] == "سؤال"
    )


def test_api_keys_are_not_logged() -> None:
    found = line(
        RedactingJsonFormatter([], log_texts=False), "refused: sk-proj-0123456789abcdefghij"
    )
    assert found["event"] == "refused: ***"


def test_debug_logs_are_from_rawi_s_own_packages_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    names = ["", "bot", "evaluation", "ingest", "prompts", "rawi", "vectorstore"]
    levels = {name: logging.getLogger(name).level for name in names}
    monkeypatch.setattr(root, "handlers", [])
    client = logging.getLogger("openai._base_client")
    try:
        configure_logging(TelegramSettings(log_level="DEBUG"))
        client.setLevel(logging.DEBUG)  # as its own OPENAI_LOG does
        client.debug("Request options: %s", {"messages": ["سؤال"]})
        client.warning("Retrying")
        logging.getLogger("bot.telegram.handlers.questions").debug("question")
    finally:
        client.setLevel(logging.NOTSET)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    events = [json.loads(text)["event"] for text in capsys.readouterr().err.splitlines()]
    assert events == ["Retrying", "question"]


def test_a_traceback_is_one_field() -> None:
    try:
        raise ValueError("very-secret")
    except ValueError:
        record = logging.LogRecord("bot", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    found = json.loads(RedactingJsonFormatter(["very-secret"], log_texts=False).format(record))
    assert set(found) == {"time", "level", "logger", "event", "traceback"}
    assert found["traceback"].endswith("ValueError: ***")
