"""Loads the configured chat model with LangChain."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from bot.generation.core.errors import ModelUnusableError
from bot.generation.models.local import start_server

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from bot.core.settings import LLMSettings


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's LangChain integration.

    Attributes:
        extra: The extra of Rawi that installs it.
        module: Its package.
        arguments: The argument of its class for each of our settings; others are not passed.
        defaults: Arguments that are always passed.
    """

    extra: str
    module: str
    arguments: Mapping[str, str]
    defaults: Mapping[str, Any] = field(default_factory=dict)


_COMMON = {"temperature": "temperature", "base_url": "base_url"}
PROVIDERS: dict[str, Provider] = {
    "openai": Provider(
        "openai",
        "langchain_openai",
        _COMMON | {"answer_tokens": "max_tokens", "timeout": "timeout", "api_key": "api_key"},
        # Other servers count tokens too. Retries are made by ModelCaller.
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
        {"max_retries": 1},  # a single attempt
    ),
    "ollama": Provider(
        "ollama",
        "langchain_ollama",
        _COMMON | {"answer_tokens": "num_predict", "context_tokens": "num_ctx"},
    ),
}


def require_installed(model: str) -> None:
    """Check that the packages for ``provider:name`` are installed, without importing them.

    Raises:
        ModelUnusableError: One is missing; the message names the command that installs it.
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
    """The model ``provider:name``, made with ``arguments``. Imports its packages, takes seconds.

    Arguments left out, such as keys, come from the provider's environment variables.

    Raises:
        ModelUnusableError: A package or a key is missing, or an argument is invalid.
    """
    require_installed(name)
    from langchain.chat_models import init_chat_model  # an optional dependency

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
    """The model of ``RAWI_LLM``, see `create_chat_model`."""
    assert settings.model is not None  # noqa: S101
    if not settings.model.startswith("local:"):
        return create_chat_model(settings.model, **_arguments(settings))
    require_installed(settings.model)
    server = start_server(settings)
    remote = settings.model_copy(
        update={"model": "openai:local", "base_url": server.url, "api_key": SecretStr(server.key)}
    )
    loaded = create_chat_model("openai:local", **_arguments(remote))
    _LOCAL_SERVERS.append(server)
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
        values["api_key"] = "none"  # the client requires a key even if the server does not
    arguments: dict[str, Any] = {
        known.arguments[k]: v for k, v in values.items() if v is not None and k in known.arguments
    }
    if provider == "ollama":
        arguments["client_kwargs"] = {"timeout": values["timeout"]}
    return {**known.defaults, **arguments}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


_LOCAL_SERVERS: list[object] = []
"""Referenced, and so running, until the process ends."""
