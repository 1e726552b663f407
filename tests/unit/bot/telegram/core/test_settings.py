"""Settings of the bot: ids, access, secrets and validation."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from bot.telegram.core.settings import TelegramSettings
from vectorstore.core.errors import SettingsError

TOKEN = "1234567890:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"  # noqa: S105 - not a real one


def test_ids_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert TOKEN not in str(settings.to_json())


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
def test_invalid_settings_are_rejected(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TelegramSettings(**wrong)  # type: ignore[arg-type]


def test_a_misspelt_setting_names_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_TELEGRAM_TOKN", TOKEN)
    with pytest.raises(SettingsError, match="Did you mean RAWI_TELEGRAM_TOKEN"):
        TelegramSettings()
