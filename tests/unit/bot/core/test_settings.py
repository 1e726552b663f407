from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core.settings import LLMSettings
from vectorstore.core.errors import SettingsError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("RAWI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_there_is_no_model_by_default() -> None:
    assert LLMSettings().model is None


def test_the_model_is_set_by_rawi_llm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_LLM", "openai:gpt-5-mini")
    monkeypatch.setenv("RAWI_LLM_API_KEY", "sk-very-secret")
    settings = LLMSettings()
    assert settings.model == "openai:gpt-5-mini"
    assert "sk-very-secret" not in f"{settings!r} {settings.to_json()}"


@pytest.mark.parametrize("name", ["gpt-5-mini", "openai:", ":gpt", " : "])
def test_a_model_needs_a_provider(name: str) -> None:
    with pytest.raises(ValidationError, match="names no provider"):
        LLMSettings(model=name)


def test_a_misspelt_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_LLM_TEMPRATURE", "0")
    with pytest.raises(SettingsError, match="RAWI_LLM_TEMPERATURE"):
        LLMSettings()


@pytest.mark.parametrize(
    ("settings", "local"),
    [
        ({"model": "openai:x"}, False),
        ({"model": "openai:x", "base_url": "http://127.0.0.1:8080/v1"}, True),
        ({"model": "openai:x", "base_url": "http://localhost:8080/v1"}, True),
        ({"model": "openai:x", "base_url": "https://api.example.org/v1"}, False),
        ({"model": "openai:x", "base_url": "https://localhost.example.org/v1"}, False),
        ({"model": "ollama:x"}, True),
        ({"model": "ollama:x", "base_url": "http://gpu.example.org"}, False),
        ({"model": "local:/x.gguf"}, True),
        ({}, True),
    ],
)
def test_whether_a_model_is_local(settings: dict[str, Any], local: bool) -> None:
    assert LLMSettings(**settings).is_local is local
