"""A GGUF file of the user's own, run in this process by xllamacpp: ``RAWI_LLM=local:/path.gguf``.

xllamacpp serves the file under OpenAI's protocol on a free port of the loopback interface, for
whoever holds a key that is made anew each time; so it is called like any other server, and nothing
leaves the machine.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.generation.core.errors import ModelUnusableError

if TYPE_CHECKING:
    from bot.generation.core.settings import LLMSettings


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server in this process; it lives as long as ``server`` is kept."""

    server: Any
    url: str
    key: str


def serve(settings: LLMSettings, threads: int | None = None) -> LocalServer:
    """Load the file and serve it; takes seconds, and the file's size in memory.

    Raises:
        ModelUnusableError: there is no such file, or it is no model.
    """
    import xllamacpp

    assert settings.model is not None  # noqa: S101
    path = Path(settings.model.partition(":")[2]).expanduser()
    if not path.is_file():
        raise ModelUnusableError(f"There is no model file {path} (RAWI_LLM={settings.model}).")
    key = secrets.token_urlsafe(24)
    given = xllamacpp.CommonParams()
    given.model.path = str(path)
    given.hostnames, given.port, given.api_keys = ["127.0.0.1"], 0, [key]
    given.n_ctx, given.n_parallel = settings.context_tokens, 1
    given.cache_ram_mib = 0
    given.warmup = given.ui = False
    given.verbosity = 0
    if threads:
        given.cpuparams.n_threads = given.cpuparams_batch.n_threads = threads
    try:
        server = xllamacpp.Server(given)
    except Exception as error:  # whatever the file's content makes of it
        raise ModelUnusableError(f"{path} cannot be loaded as a model: {error}") from error
    return LocalServer(server, f"{server.listening_address}/v1", key)
