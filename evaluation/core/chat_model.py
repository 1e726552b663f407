"""Chat models for judging and for generating test sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.generation.core.errors import ModelUnusableError
from bot.generation.models.providers import create_chat_model
from evaluation.core.errors import EvaluationError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def named_chat_model(name: str) -> BaseChatModel:
    """The model ``provider:name`` (``openai:gpt-5-mini``, ``ollama:qwen3``).

    Keys and addresses come from the provider's own environment variables.

    Raises:
        EvaluationError: a package is missing, or the provider does not know or accept it.
    """
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise EvaluationError(f"{name!r} names no provider; write it as openai:gpt-5-mini.")
    try:
        return create_chat_model(name)
    except ModelUnusableError as error:
        raise EvaluationError(str(error)) from error
