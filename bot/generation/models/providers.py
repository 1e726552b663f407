"""The chat model that the settings name, ready to be called."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from bot.generation.core.errors import ModelUnusableError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from bot.generation.core.settings import LLMSettings


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider's LangChain class is called; ``extra`` installs its package ``module``.

    ``names`` gives, per bound of ours, the argument that sets it there; what is missing is not set.
    """

    extra: str
    module: str
    names: Mapping[str, str]
    always: Mapping[str, Any] = field(default_factory=dict)


_COMMON = {"temperature": "temperature", "base_url": "base_url"}
PROVIDERS: dict[str, Provider] = {
    "openai": Provider(
        "openai",
        "langchain_openai",
        _COMMON | {"answer_tokens": "max_tokens", "timeout": "timeout", "api_key": "api_key"},
        # Tokens are counted by servers other than OpenAI's too; the tries are ours to make.
        {"max_retries": 0, "stream_usage": True},
    ),
    "anthropic": Provider(
        "anthropic",
        "langchain_anthropic",
        _COMMON | {"answer_tokens": "max_tokens", "timeout": "timeout", "api_key": "api_key"},
        {"max_retries": 0},
    ),
    "google_genai": Provider(
        "google",
        "langchain_google_genai",
        _COMMON
        | {"answer_tokens": "max_output_tokens", "timeout": "timeout", "api_key": "api_key"},
        {"max_retries": 1},  # its word for a single try
    ),
    "ollama": Provider(
        "ollama",
        "langchain_ollama",
        _COMMON | {"answer_tokens": "num_predict", "context_tokens": "num_ctx"},
    ),
}


def require_installed(model: str) -> None:
    """Whether the packages for ``provider:name`` are there, without importing them.

    Raises:
        ModelUnusableError: one is missing; the message names the command that installs it.
    """
    provider = model.partition(":")[0]
    if provider == "local":
        for module in ("xllamacpp", "langchain", "langchain_openai"):
            _require(module, "local", model)
        return
    known = PROVIDERS.get(provider)
    _require("langchain", known.extra if known else "llm", model)
    if known:
        _require(known.module, known.extra, model)


def _require(module: str, extra: str, model: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise ModelUnusableError(
            f"The chat model {model!r} needs the package "
            f"{module.replace('_', '-')}. Install it: pip install 'rawi[{extra}]'"
        )


def create_chat_model(name: str, **arguments: Any) -> BaseChatModel:
    """The model ``provider:name``, made with ``arguments``. Imports its packages: takes seconds.

    What ``arguments`` leave out, such as keys, comes from the provider's environment variables.

    Raises:
        ModelUnusableError: a package or a key is missing, or the provider does not accept it.
    """
    require_installed(name)
    from langchain.chat_models import init_chat_model

    try:
        return cast("BaseChatModel", init_chat_model(name, **arguments))
    except ImportError as error:
        raise ModelUnusableError(
            f"The chat model {name!r} needs a package of its own: {error}"
        ) from error
    except Exception as error:  # each provider raises errors of its own
        raise ModelUnusableError(
            f"The chat model {name!r} cannot be used: {_one_line(error)}"
        ) from error


def load_chat_model(settings: LLMSettings) -> BaseChatModel:
    """The model of ``RAWI_LLM``, see ``create_chat_model``."""
    assert settings.model is not None  # noqa: S101
    require_installed(settings.model)
    local = None
    if settings.model.startswith("local:"):
        from bot.generation.models.local import serve

        local = serve(settings)
        settings = settings.model_copy(
            update={"model": "openai:local", "base_url": local.url, "api_key": SecretStr(local.key)}
        )
    assert settings.model is not None  # noqa: S101
    loaded = create_chat_model(settings.model, **_arguments(settings))
    if local is not None:
        _RUNNING.append(local)  # for as long as the process lives
    return loaded


def _arguments(settings: LLMSettings) -> dict[str, Any]:
    assert settings.model is not None  # noqa: S101
    provider = settings.model.partition(":")[0]
    known = PROVIDERS.get(provider, Provider("llm", "", _COMMON | {"api_key": "api_key"}))
    values: dict[str, Any] = {
        "temperature": settings.temperature,
        "base_url": settings.base_url,
        "api_key": settings.api_key,
        "answer_tokens": settings.answer_tokens,
        "context_tokens": settings.context_tokens,
        "timeout": max(settings.first_token_timeout, settings.pause_timeout),
    }
    if provider == "openai" and settings.base_url and settings.api_key is None:
        values["api_key"] = "none"  # servers of one's own ask for no key, the client insists on one
    arguments: dict[str, Any] = {
        known.names[k]: v for k, v in values.items() if v is not None and k in known.names
    }
    if provider == "ollama":
        arguments["client_kwargs"] = {"timeout": values["timeout"]}
    return {**known.always, **arguments}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


_RUNNING: list[object] = []
