from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

import pytest

from bot.core.settings import LLMSettings
from bot.generation.core.errors import ModelUnusableError
from bot.generation.models import providers


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


def test_all_named_extras_exist() -> None:
    project = tomllib.loads((Path(__file__).resolve().parents[5] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    assert {p.extra for p in providers.PROVIDERS.values()} | {"local", "llm"} <= extras.keys()


def test_a_missing_model_file() -> None:
    with pytest.raises(ModelUnusableError, match="There is no model file"):
        providers.load_chat_model(LLMSettings(model="local:/nowhere/x.gguf"))
