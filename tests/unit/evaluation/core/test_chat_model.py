"""Chat models by name."""

from __future__ import annotations

import sys

import pytest

from evaluation.core.chat_model import named_chat_model
from evaluation.core.errors import EvaluationError


def test_without_langchain_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "langchain", None)
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(EvaluationError, match=r"pip install 'rawi\[openai\]'"):
        named_chat_model("openai:gpt-5-mini")
    with pytest.raises(EvaluationError, match="names no provider"):
        named_chat_model("gpt-5-mini")
