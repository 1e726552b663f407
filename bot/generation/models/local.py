"""Local chat models: serves a GGUF file with xllamacpp (``RAWI_LLM=local:/path.gguf``).

The server speaks OpenAI's protocol on a free port of the loopback interface and requires a random
key, so a local model is called like a remote one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.generation.core.errors import ModelUnusableError

if TYPE_CHECKING:
    from bot.core.settings import LLMSettings


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server in this process; it runs as long as ``server`` is referenced."""

    server: Any
    url: str
    key: str


def start_server(settings: LLMSettings, threads: int | None = None) -> LocalServer:
    """Load the file and serve it; takes seconds, and the file's size in memory.

    Raises:
        ModelUnusableError: The file does not exist or is not a model.
    """
    import xllamacpp  # an optional dependency

    assert settings.model is not None  # noqa: S101
    path = Path(settings.model.partition(":")[2]).expanduser()
    if not path.is_file():
        raise ModelUnusableError(f"There is no model file {path} (RAWI_LLM={settings.model}).")
    key = secrets.token_urlsafe(24)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.n_ctx, params.n_parallel = settings.context_tokens, 1
    params.cache_ram_mib = 0
    params.warmup = params.ui = False
    params.verbosity = 0
    if threads:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    try:
        server = xllamacpp.Server(params)
    except Exception as error:  # depends on the content of the file
        raise ModelUnusableError(f"{path} cannot be loaded as a model: {error}") from error
    return LocalServer(server, f"{server.listening_address}/v1", key)
