"""An open engine goes on by other settings: limits, and the chat model itself."""

from __future__ import annotations

import importlib.util

import pytest

from bot.core.settings import BotSettings, LLMSettings
from bot.engine import new_thread_id
from bot.generation.core.errors import ModelUnusableError
from tests.integration.conftest import OpenEngine
from tests.model_server import ModelServer

WHO = "من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟"
RIGHT = "الولايات المتحدة الأمريكية تعهدت بملء مخزون إسرائيل من الصواريخ الاعتراضية"


def test_a_chat_model_may_come_and_go_while_the_engine_is_open(
    composing: OpenEngine, model_server: ModelServer
) -> None:
    engine = composing()
    llm, thread = engine.llm, new_thread_id()
    engine.reconfigure(BotSettings(citations=1), LLMSettings())
    first = engine.ask(WHO, thread=thread)
    assert (first.mode, len(first.citations)) == ("quoted", 1)
    engine.reconfigure(BotSettings(), llm)
    model_server.script(f"{RIGHT} [1].")
    again = engine.ask(WHO, thread=thread)
    assert again.mode == "composed"
    assert again.text.startswith(f"{RIGHT}. [1]")


def test_a_chat_model_whose_package_is_missing_changes_nothing(
    composing: OpenEngine, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = composing()
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "langchain_ollama" else object()
    )
    with pytest.raises(ModelUnusableError, match=r"pip install 'rawi\[ollama\]'"):
        engine.reconfigure(BotSettings(citations=1), LLMSettings(model="ollama:qwen3"))
    model_server.script(f"{RIGHT} [1].")
    assert engine.ask(WHO).mode == "composed"
    assert engine.settings.citations == BotSettings().citations
