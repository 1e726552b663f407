"""Stores in this process, all with the one loaded embedding model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.core.settings import BotSettings, LLMSettings
from bot.engine import Engine
from tests.integration.newsroom import CHUNKER
from tests.model_server import ModelServer
from vectorstore.core.settings import StoreSettings
from vectorstore.embedding import loading
from vectorstore.embedding.embedder import Embedder, Prefixes, fingerprint
from vectorstore.indexes import brute_force_index
from vectorstore.reader import loading as reader_loading
from vectorstore.reader.reader import Reader
from vectorstore.store import ArticleStore


class CountingEmbedder:
    """The real model; remembers which passages it was given."""

    def __init__(self, model: Embedder, prefixes: Prefixes) -> None:
        self.model = model
        self.passages: list[str] = []
        self.dimension = model.dimension
        self.fingerprint = fingerprint(model.model_id, prefixes)

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        self.passages += texts
        return self.model.embed_passages(texts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


@pytest.fixture(scope="session")
def reading_model(models_dir: Path) -> Reader:
    return reader_loading.load_reader(models_dir)


@pytest.fixture
def embedded(model: Embedder, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of all passages that any store of this test has embedded, in order."""
    seen: list[str] = []

    def load(*_: Any, query_prefix: str | None, passage_prefix: str | None, **__: Any) -> Any:
        prefixes = model.prefixes.overridden(query_prefix, passage_prefix)
        embedder = CountingEmbedder(model, prefixes)
        embedder.passages = seen
        return embedder

    monkeypatch.setattr(loading, "load_embedder", load)
    return seen


@pytest.fixture(
    params=[brute_force_index.MAX_EXACT_PASSAGES, 0], ids=["small store", "large store"]
)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as it is, and once as if the store were too large for comparing all its vectors."""
    monkeypatch.setattr(brute_force_index, "MAX_EXACT_PASSAGES", request.param)


Opened = Callable[..., ArticleStore]


@pytest.fixture
def opened(home: Path, embedded: list[str]) -> Iterator[Opened]:
    """Opens the store of this test's home, writable unless told otherwise; closes all at the end.

    Settings of the store (``passage_prefix="x"``) may be given beside arguments of ``open``.
    """
    with ExitStack() as stack:

        def open_store(**arguments: Any) -> ArticleStore:
            given = {
                k: arguments.pop(k) for k in list(arguments) if k in StoreSettings.model_fields
            }
            arguments = {"chunker_id": CHUNKER, "writable": True, **arguments}
            return stack.enter_context(ArticleStore(StoreSettings(**given), **arguments))

        yield open_store


Typed = Callable[..., Any]


@pytest.fixture
def typed(home: Path, embedded: list[str]) -> Typed:
    """``typed("ingest", path)`` runs the whole command line in this process: a typer ``Result``."""
    from rawi import app

    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def filled_samples(
    samples_home: Path, tmp_path_factory: pytest.TempPathFactory, models_dir: Path
) -> StoreSettings:
    """A store of the samples for the tests of a module."""
    home = tmp_path_factory.mktemp("samples") / "home"
    shutil.copytree(samples_home, home)
    return StoreSettings(home=home, models_dir=models_dir)


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    """A scripted chat model."""
    with ModelServer("NO_ANSWER") as running:
        yield running


OpenEngine = Callable[..., Engine]


@pytest.fixture
def composing(
    filled_samples: StoreSettings,
    model_server: ModelServer,
    model: Embedder,
    reading_model: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenEngine]:
    """Opens engines on the samples that ask the scripted model, with the settings given."""
    monkeypatch.setattr(loading, "load_embedder", lambda *_, **__: model)
    monkeypatch.setattr(reader_loading, "load_reader", lambda *_, **__: reading_model)
    with ExitStack() as stack:

        def open_engine(**settings: Any) -> Engine:
            given = {
                "model": "openai:scripted",
                "base_url": model_server.url,
                "cache_days": 0,
                "first_token_timeout": 60,  # a busy machine is no reason to give up
                "pause_timeout": 60,
                "total_timeout": 120,
                **settings,
            }
            engine = Engine.open(
                store_settings=filled_samples, settings=BotSettings(), llm=LLMSettings(**given)
            )
            return stack.enter_context(engine)

        yield open_engine


@pytest.fixture
def store(opened: Opened) -> ArticleStore:
    """An empty store."""
    return opened()
