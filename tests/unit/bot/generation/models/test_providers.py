"""Settings say what is wrong with them; a missing package names what installs it."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from pydantic import ValidationError

from bot.generation.core.errors import ModelUnusableError
from bot.generation.core.settings import LLMSettings
from bot.generation.core.usage import cost
from bot.generation.models import providers
from vectorstore.core.errors import SettingsError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("RAWI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_no_model_is_set_unless_somebody_sets_one() -> None:
    assert LLMSettings().model is None


def test_the_model_is_named_by_rawi_llm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_LLM", "openai:gpt-5-mini")
    monkeypatch.setenv("RAWI_LLM_API_KEY", "sk-very-secret")
    settings = LLMSettings()
    assert settings.model == "openai:gpt-5-mini"
    assert "sk-very-secret" not in f"{settings!r} {settings.to_json()}"


@pytest.mark.parametrize("name", ["gpt-5-mini", "openai:", ":gpt", " : "])
def test_a_model_names_its_provider(name: str) -> None:
    with pytest.raises(ValidationError, match="names no provider"):
        LLMSettings(model=name)


def test_a_misspelt_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAWI_LLM_TEMPRATURE", "0")
    with pytest.raises(SettingsError, match="RAWI_LLM_TEMPERATURE"):
        LLMSettings()


@pytest.mark.parametrize(
    ("model", "missing", "command"),
    [
        ("openai:x", "langchain_openai", "pip install 'rawi[openai]'"),
        ("anthropic:x", "langchain_anthropic", "pip install 'rawi[anthropic]'"),
        ("google_genai:x", "langchain_google_genai", "pip install 'rawi[google]'"),
        ("ollama:x", "langchain_ollama", "pip install 'rawi[ollama]'"),
        ("local:/x.gguf", "xllamacpp", "pip install 'rawi[local]'"),
        ("mistralai:x", "langchain", "pip install 'rawi[llm]'"),
    ],
)
def test_a_missing_package_names_the_command_that_installs_it(
    model: str, missing: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> object | None:
        return None if name == missing else object()

    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(ModelUnusableError) as caught:
        providers.require_installed(model)
    assert command in str(caught.value)


def test_every_extra_that_is_named_is_there() -> None:
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).resolve().parents[5] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    assert {p.extra for p in providers.PROVIDERS.values()} | {"local", "llm"} <= extras.keys()


@pytest.mark.parametrize(
    ("settings", "here"),
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
def test_what_leaves_the_machine_is_known(settings: dict[str, Any], here: bool) -> None:
    assert LLMSettings(**settings).is_local is here


def test_costs() -> None:
    priced = LLMSettings(input_price=2, output_price=10)
    assert cost(1_000, 100, priced) == pytest.approx(0.003)
    assert cost(None, 100, priced) is None
    assert cost(1_000, 100, LLMSettings()) is None


def test_a_local_file_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ModelUnusableError, match="There is no model file"):
        providers.load_chat_model(LLMSettings(model="local:/nowhere/x.gguf"))
