"""A chat model by its provider and name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.generation.core.errors import ModelUnusableError
from bot.generation.models.providers import require_installed
from evaluation.core.errors import EvaluationError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def load_chat_model(name: str) -> BaseChatModel:
    """The model ``provider:name`` (``openai:gpt-5-mini``, ``ollama:qwen3``).

    Keys and addresses come from the provider's own environment variables.

    Raises:
        EvaluationError: a package is missing, or the provider does not know or accept it.
    """
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise EvaluationError(f"{name!r} names no provider; write it as openai:gpt-5-mini.")
    try:
        require_installed(name)
        from langchain.chat_models import init_chat_model

        loaded: BaseChatModel = init_chat_model(name)
    except ModelUnusableError as error:
        raise EvaluationError(str(error)) from error
    except ImportError as error:
        raise EvaluationError(
            f"The provider {provider!r} needs a package of its own: {error}"
        ) from error
    except Exception as error:  # each provider raises errors of its own
        raise EvaluationError(f"The chat model {name!r} cannot be used: {error}") from error
    return loaded
