"""Limits, logs, settings and small wording."""

from __future__ import annotations

import json
import logging
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.telegram.core.logs import JsonLines, set_up
from bot.telegram.core.settings import TelegramSettings
from bot.telegram.core.user_quota import RateQuota
from bot.telegram.handlers.editor_messages import file_name
from bot.telegram.messages.texts import articles, days, shortened
from vectorstore.core.errors import SettingsError

PROMPTS = Path(__file__).resolve().parents[3] / "prompts"
TOKEN = "1234567890:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 - of nobody


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_person_may_ask_again_a_minute_later() -> None:
    clock = Clock()
    allowance = RateQuota(2, 100, clock)
    assert [allowance.take(1) for _ in range(3)] == ["yes", "yes", "user_rate"]
    assert allowance.take(2) == "yes"
    clock.now = 60.0
    assert allowance.take(1) == "yes"


def test_all_people_together_have_a_limit_of_their_own() -> None:
    allowance = RateQuota(10, 3, Clock())
    assert [allowance.take(person) for person in range(4)] == ["yes"] * 3 + ["total_rate"]


def test_to_ask_whether_one_might_ask_counts_for_nothing() -> None:
    clock = Clock()
    allowance = RateQuota(1, 2, clock)
    assert [allowance.would_be(1) for _ in range(3)] == ["yes"] * 3
    assert allowance.take(1) == "yes"
    assert allowance.would_be(1) == "user_rate"
    assert allowance.take(2) == "yes"
    assert allowance.would_be(3) == "total_rate"
    clock.now = 60.0
    assert allowance.would_be(1) == "yes"


def test_a_limit_is_told_once_a_minute() -> None:
    clock = Clock()
    allowance = RateQuota(1, 1, clock)
    assert [allowance.tell(1), allowance.tell(1), allowance.tell(2)] == [True, False, True]
    clock.now = 61.0
    assert allowance.tell(1)


@pytest.mark.parametrize(
    ("count", "arabic"),
    [
        (1, "مقال واحد"),
        (2, "مقالان"),
        (3, "3 مقالات"),
        (10, "10 مقالات"),
        (11, "11 مقالًا"),
        (99, "99 مقالًا"),
        (100, "100 مقال"),
        (102, "102 مقال"),
        (103, "103 مقالات"),
        (1111, "1,111 مقالًا"),
    ],
)
def test_arabic_counts_articles_in_five_ways(count: int, arabic: str) -> None:
    assert articles(count, "ar") == arabic


@pytest.mark.parametrize(
    ("count", "arabic"),
    [
        (1, "يوم واحد"),
        (2, "يومين"),
        (7, "7 أيام"),
        (7.0, "7 أيام"),
        (10, "10 أيام"),
        (11, "11 يومًا"),
        (30, "30 يومًا"),
        (100, "100 يوم"),
        (365, "365 يومًا"),
        (1000, "1,000 يوم"),
        (0.5, "0.5 يوم"),
    ],
)
def test_arabic_counts_days_in_five_ways(count: float, arabic: str) -> None:
    assert days(count, "ar") == arabic
    shown = arabic.split()[0]
    assert days(count, "en") == {1: "one day", 2: "two days"}.get(int(count), f"{shown} days")


def test_a_title_on_a_button_is_cut_between_words() -> None:
    title = "ارتفاع حصيلة سيول وادي القطا إلى 21 قتيلًا وإقالة مدير الإنذار المبكر"
    short = shortened(title)
    assert len(short) <= 48
    assert title.startswith(short.removesuffix("…") + " ")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("خبر.txt", "خبر.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        (r"C:\news\a.md", "a.md"),
        (".hidden.txt", "hidden.txt"),
        ("a\x00b?.txt", "a_b_.txt"),
        ("", "article.txt"),
    ],
)
def test_a_file_is_kept_under_a_harmless_name(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_a_very_long_file_name_keeps_its_suffix() -> None:
    name = file_name("م" * 300 + ".jsonl")
    assert name.endswith(".jsonl")
    assert len(name.encode()) <= 200


def line(formatter: JsonLines, message: str, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("bot", logging.INFO, __file__, 1, message, (), None)
    vars(record).update(extra)
    parsed: dict[str, object] = json.loads(formatter.format(record))
    return parsed


def test_a_log_line_has_its_fields_but_no_text_and_no_secret() -> None:
    formatter = JsonLines(["very-secret"], texts=False)
    found = line(formatter, f"POST /bot{TOKEN}/getMe very-secret", chat=5, text="سؤال")
    assert found["chat"] == 5
    assert "text" not in found
    assert "AAAA" not in str(found)
    assert "very-secret" not in str(found)
    assert line(JsonLines([], texts=True), "question", text="سؤال")["text"] == "سؤال"


def test_keys_of_providers_are_not_logged() -> None:
    found = line(JsonLines([], texts=False), "refused: sk-proj-0123456789abcdefghij")
    assert found["event"] == "refused: ***"


def test_even_in_detail_only_rawi_s_own_parts_are_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    names = ["", "bot", "evaluation", "ingest", "prompts", "rawi", "vectorstore"]
    levels = {name: logging.getLogger(name).level for name in names}
    monkeypatch.setattr(root, "handlers", [])
    client = logging.getLogger("openai._base_client")
    try:
        set_up(TelegramSettings(log_level="DEBUG"))
        client.setLevel(logging.DEBUG)  # as its own OPENAI_LOG does
        client.debug("Request options: %s", {"messages": ["سؤال"]})
        client.warning("Retrying")
        logging.getLogger("bot.telegram.handlers.questions").debug("question")
    finally:
        client.setLevel(logging.NOTSET)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    said = [json.loads(text)["event"] for text in capsys.readouterr().err.splitlines()]
    assert said == ["Retrying", "question"]


def test_ids_are_read_from_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_TELEGRAM_EDITORS", "12, -1001234")
    monkeypatch.setenv("RAWI_TELEGRAM_READERS", "7")
    settings = TelegramSettings()
    assert settings.editors == (12, -1001234)
    assert settings.may_read(12), "editors may always read"
    assert settings.may_read(7)
    assert not settings.may_read(8)
    assert not settings.may_edit(7)


def test_everyone_reads_and_nobody_edits_by_default() -> None:
    settings = TelegramSettings()
    assert settings.may_read(1)
    assert not settings.may_edit(1)


def test_a_token_is_never_printed() -> None:
    settings = TelegramSettings(token=SecretStr(TOKEN))
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings.shown())


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "webhook"},
        {"webhook_path": "short"},
        {"webhook_secret": "with a blank and long"},
        {"api_url": "ftp://example.org"},
        {"user_rate": "0"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TelegramSettings(**wrong)  # type: ignore[arg-type]


def test_a_misspelt_setting_names_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_TELEGRAM_TOKN", TOKEN)
    with pytest.raises(SettingsError, match="Did you mean RAWI_TELEGRAM_TOKEN"):
        TelegramSettings()


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    import re

    def flat(language: str) -> dict[str, set[str]]:
        loaded = tomllib.loads((PROMPTS / language / "telegram.toml").read_text(encoding="utf-8"))
        return {
            f"{section}.{key}": set(re.findall(r"\{(\w+)\}", value))
            for section, texts in loaded.items()
            for key, value in texts.items()
        }

    assert flat("ar") == flat("en")
