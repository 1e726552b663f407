"""Every provider's own client against a server that speaks its protocol: streams and failures."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Iterator

import pytest

from bot.generation.core.errors import ModelFailedError
from bot.generation.core.settings import LLMSettings
from bot.generation.models.model_caller import ModelCaller, TokenUsage
from bot.generation.models.providers import PROVIDERS, load_chat_model
from tests.model_server import ModelServer, Reply

SAID = "افتتح الوزير الجسر [1]. وحضر الحفل مئة شخص [2]."
PROMPT = [("system", "أجب من المقاطع وحدها."), ("human", "من افتتح الجسر؟")]
KEY = "k-scripted-0123456789"  # pragma: allowlist secret

Opened = Callable[..., ModelCaller]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(SAID) as running:
        yield running


@pytest.fixture(params=sorted(PROVIDERS))
def opened(request: pytest.FixtureRequest, server: ModelServer) -> Opened:
    """Opens a caller of the provider's model, with settings and, if given, another address."""
    provider: str = request.param
    if importlib.util.find_spec(PROVIDERS[provider].module) is None:
        pytest.skip(f"{PROVIDERS[provider].module} is not installed")

    def caller(url: str = "", **settings: object) -> ModelCaller:
        address = url or server.url
        given = {
            "model": f"{provider}:scripted",
            # The others add what comes before their method by themselves.
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


def test_words_and_tokens_come_and_prompt_and_bounds_arrive(
    opened: Opened, server: ModelServer, request: pytest.FixtureRequest
) -> None:
    *words, tokens = opened().stream(PROMPT)
    assert "".join(map(str, words)) == SAID
    assert len(words) > 3, "it did not stream"
    assert isinstance(tokens, TokenUsage)
    assert tokens.input_tokens > 0
    assert tokens.output_tokens == len(server.replies[0]) // 7 + 1  # type: ignore[arg-type]
    (asked,) = server.requests
    told = str(asked)
    assert all(line in told for _, line in PROMPT)
    assert "99" in told, "the bound of an answer was not passed on"
    if "ollama" not in request.node.name:
        assert KEY in server.keys[0]


def test_a_wrong_key_is_not_tried_again(opened: Opened, server: ModelServer) -> None:
    server.script(Reply(status=401))
    assert failure(opened()).reason == "refused"
    assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "reason"), [(429, "busy"), (503, "server")])
def test_what_may_pass_is_tried_again(
    opened: Opened, server: ModelServer, status: int, reason: str
) -> None:
    server.script(Reply(status=status), SAID)
    assert "".join(w for w in opened().stream(PROMPT) if isinstance(w, str)) == SAID
    server.script(Reply(status=status))
    assert failure(opened()).reason == reason
    assert len(server.requests) == 4


def test_a_stream_that_is_torn_is_a_lost_connection(opened: Opened, server: ModelServer) -> None:
    server.script(Reply(SAID, drop_after=3))
    assert failure(opened()).reason == "connection"


def test_a_server_that_is_not_there_is_a_lost_connection(opened: Opened) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{one.getsockname()[1]}/v1"
    assert failure(opened(nobody)).reason == "connection"


def test_a_server_that_says_nothing_is_given_up(opened: Opened, server: ModelServer) -> None:
    server.script(Reply(SAID, hang_after=0))
    assert failure(opened(retries=0, first_token_timeout=0.3)).reason == "timeout"
