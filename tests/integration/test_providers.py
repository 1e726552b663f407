"""The client of each provider against a server that speaks its protocol."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Iterator

import pytest

from bot.core.settings import LLMSettings
from bot.generation.core.errors import ModelFailedError
from bot.generation.models.model_caller import ModelCaller, TokenUsage
from bot.generation.models.providers import PROVIDERS, load_chat_model
from tests.model_server import ModelServer, Reply

OUTPUT = "افتتح الوزير الجسر [1]. وحضر الحفل مئة شخص [2]."
PROMPT = [("system", "أجب من المقاطع وحدها."), ("human", "من افتتح الجسر؟")]
KEY = "k-scripted-0123456789"  # pragma: allowlist secret

OpenCaller = Callable[..., ModelCaller]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(OUTPUT) as running:
        yield running


@pytest.fixture(params=sorted(PROVIDERS))
def open_caller(request: pytest.FixtureRequest, server: ModelServer) -> OpenCaller:
    """Makes a caller of the provider's model, with settings and optionally another URL."""
    provider: str = request.param
    if importlib.util.find_spec(PROVIDERS[provider].module) is None:
        pytest.skip(f"{PROVIDERS[provider].module} is not installed")

    def caller(url: str = "", **settings: object) -> ModelCaller:
        address = url or server.url
        given = {
            "model": f"{provider}:scripted",
            # The other clients add the version to the path themselves.
            "base_url": address if provider == "openai" else address.removesuffix("/v1"),
            "api_key": KEY,
            "answer_tokens": 99,
            "retries": 1,
            "first_token_timeout": 5.0,
            **settings,
        }
        chosen = LLMSettings(**given)  # type: ignore[arg-type]
        return ModelCaller(lambda: load_chat_model(chosen), chosen, jitter=lambda: 0.0)

    return caller


def failure(caller: ModelCaller) -> ModelFailedError:
    with pytest.raises(ModelFailedError) as caught:
        list(caller.stream(PROMPT))
    return caught.value


def test_streams_text_and_usage_and_passes_prompt_and_settings(
    open_caller: OpenCaller, server: ModelServer, request: pytest.FixtureRequest
) -> None:
    *chunks, usage = open_caller().stream(PROMPT)
    assert "".join(map(str, chunks)) == OUTPUT
    assert len(chunks) > 3, "it did not stream"
    assert isinstance(usage, TokenUsage)
    assert usage.input_tokens > 0
    assert usage.output_tokens == len(server.replies[0]) // 7 + 1  # type: ignore[arg-type]
    (request_body,) = server.requests
    sent = str(request_body)
    assert all(line in sent for _, line in PROMPT)
    assert "99" in sent, "answer_tokens was not passed on"
    if "ollama" not in request.node.name:
        assert KEY in server.keys[0]


def test_a_wrong_key_is_not_retried(open_caller: OpenCaller, server: ModelServer) -> None:
    server.script(Reply(status=401))
    assert failure(open_caller()).reason == "refused"
    assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "reason"), [(429, "busy"), (503, "server")])
def test_temporary_failures_are_retried(
    open_caller: OpenCaller, server: ModelServer, status: int, reason: str
) -> None:
    server.script(Reply(status=status), OUTPUT)
    assert "".join(w for w in open_caller().stream(PROMPT) if isinstance(w, str)) == OUTPUT
    server.script(Reply(status=status))
    assert failure(open_caller()).reason == reason
    assert len(server.requests) == 4


def test_an_interrupted_stream_is_a_connection_failure(
    open_caller: OpenCaller, server: ModelServer
) -> None:
    server.script(Reply(OUTPUT, drop_after=3))
    assert failure(open_caller()).reason == "connection"


def test_an_unreachable_server_is_a_connection_failure(open_caller: OpenCaller) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    assert failure(open_caller(url)).reason == "connection"


def test_a_silent_server_is_a_timeout(open_caller: OpenCaller, server: ModelServer) -> None:
    server.script(Reply(OUTPUT, hang_after=0))
    assert failure(open_caller(retries=0, first_token_timeout=0.3)).reason == "timeout"
