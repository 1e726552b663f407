"""Failures of model servers: the answer is quoted."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.models import Answer, Draft
from bot.generation.models.circuit_breaker import CircuitBreaker
from tests.integration.conftest import OpenEngine
from tests.integration.test_composing import RIGHT, WHO, ask, has_valid_citations
from tests.model_server import ModelServer, Reply

SHORT = f"{RIGHT} [1]."
LONG = f"{RIGHT} [1]. وقالت ذلك وسائل إعلام عبرية يوم الجمعة [1]. " * 3

FAILURES: list[tuple[str, Reply, str]] = [
    ("429", Reply(status=429, headers={"retry-after": "0"}), "busy"),
    ("429 for an hour", Reply(status=429, headers={"retry-after": "3600"}), "busy"),
    ("500", Reply(status=500), "server"),
    ("502", Reply(status=502), "server"),
    ("503", Reply(status=503), "server"),
    ("400", Reply(status=400), "refused"),
    ("401", Reply(status=401), "refused"),
    ("404", Reply(status=404), "refused"),
    ("silence", Reply(LONG, hang_after=0), "timeout"),
    ("a pause that never ends", Reply(LONG, hang_after=20), "timeout"),
    ("reset at once", Reply(LONG, drop_after=0), "connection"),
    ("reset in the middle", Reply(LONG, drop_after=25), "connection"),
    ("a chunk that is no JSON", Reply(LONG, raw_after=3, raw="data: {nonsense\n\n"), "malformed"),
    ("a chunk of the wrong shape", Reply(LONG, raw_after=3, raw='data: {"choices": 7}\n\n'),
     "malformed"),
    ("an error in the stream", Reply(LONG, raw_after=3,
     raw='data: {"error": {"message": "out of memory", "code": 500}}\n\n'), "server"),
    ("too slow as a whole", Reply(LONG, pause=0.4), "timeout"),
]  # fmt: skip


def assert_quoted(answer: Answer) -> None:
    assert answer.mode == "quoted"
    assert "تعهدت بملء مخزون" in answer.text
    assert len(answer.text.split("\n")) == 1, "one clean message"


@pytest.mark.parametrize(
    ("name", "reply", "reason"), FAILURES, ids=[name for name, _, _ in FAILURES]
)
def test_failures_give_a_quoted_answer(
    name: str,
    reply: Reply,
    reason: str,
    composing: OpenEngine,
    model_server: ModelServer,
) -> None:
    model_server.script(reply)
    # On a slow machine other failures must not become timeouts.
    seconds = 1 if reason == "timeout" else 60
    opened = composing(
        first_token_timeout=seconds, pause_timeout=seconds, total_timeout=3 * seconds, retries=1
    )
    answer, _ = ask(opened)
    assert_quoted(answer)
    assert has_valid_citations(opened, answer)
    assert answer.model is not None
    assert answer.model.fell_back == reason


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429, headers={"retry-after": "0"}),
        Reply(status=500),
        Reply(status=503),
        Reply(SHORT, drop_after=0),
        Reply(SHORT, hang_after=0),
    ],
)
def test_temporary_failures_are_retried(
    reply: Reply,
    composing: OpenEngine,
    model_server: ModelServer,
) -> None:
    model_server.requests.clear()
    model_server.script(reply, SHORT)
    hangs = reply.hang_after is not None
    answer, _ = ask(composing(first_token_timeout=5 if hangs else 60))
    assert answer.mode == "composed"
    assert len(model_server.requests) == 2


def test_permanent_failures_are_not_retried(
    composing: OpenEngine, model_server: ModelServer
) -> None:
    model_server.requests.clear()
    model_server.script(Reply(status=401))
    ask(composing())
    assert len(model_server.requests) == 1


def test_no_retry_after_the_first_text(
    composing: OpenEngine,
    model_server: ModelServer,
) -> None:
    model_server.requests.clear()
    model_server.script(Reply(LONG, drop_after=25))
    answer, drafts = ask(composing(retries=3))
    assert len(model_server.requests) == 1
    assert drafts, "its first sentence was shown"
    assert_quoted(answer)


def test_a_stream_without_done_keeps_complete_sentences(
    composing: OpenEngine,
    model_server: ModelServer,
) -> None:
    model_server.script(Reply(LONG, stop_after=25))
    answer, _ = ask(composing())
    assert answer.text.startswith(RIGHT) or answer.mode == "quoted"
    assert "وسائل إعلام عبرية يوم" not in answer.text or answer.text.count("[1]") >= 1


def test_a_failing_model_is_not_called_during_the_cooldown(
    composing: OpenEngine,
    model_server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = [0.0]
    defaults = CircuitBreaker.__init__.__kwdefaults__ or {}
    clock = {**defaults, "clock": lambda: seconds[0]}
    monkeypatch.setattr(CircuitBreaker.__init__, "__kwdefaults__", clock)
    model_server.script(Reply(status=500))
    opened = composing(retries=0, breaker_failures=2, breaker_pause=30)
    assert [fell_back(opened) for _ in range(2)] == ["server", "server"]
    model_server.requests.clear()
    assert fell_back(opened) == "paused"
    assert model_server.requests == [], "no request"
    seconds[0] += 31
    model_server.script(SHORT)
    assert fell_back(opened) is None
    assert fell_back(opened) is None


def fell_back(opened: Any) -> str | None:
    answer, _ = ask(opened)
    assert "تعهدت بملء مخزون" in answer.text
    assert answer.model is not None
    return answer.model.fell_back


def test_cancelling_closes_the_connection(
    composing: OpenEngine,
    model_server: ModelServer,
) -> None:
    from bot.core.models import CancelledError

    model_server.broke_off.clear()
    model_server.script(Reply(LONG, endless=True, pause=0.01))
    drafts: list[Draft] = []
    with pytest.raises(CancelledError):
        composing().ask(WHO, on_draft=drafts.append, is_cancelled=lambda: bool(drafts))
    assert len(drafts) == 1, "it continued"
    assert model_server.broke_off.wait(120), "the connection is closed"
