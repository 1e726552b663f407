"""Stores in this process, all with the one loaded model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.newsroom import CHUNKER
from vectorstore import flat
from vectorstore.embedding import loading
from vectorstore.embedding.embedder import Embedder, Prefixes, fingerprint
from vectorstore.settings import StoreSettings
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
def model(models_dir: Path) -> Embedder:
    return loading.load_embedder("default", "auto", models_dir)


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


@pytest.fixture(params=[flat.EXACT_UP_TO, 0], ids=["small store", "large store"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as it is, and once as if the store were too large for comparing all its vectors."""
    monkeypatch.setattr(flat, "EXACT_UP_TO", request.param)


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
            return stack.enter_context(ArticleStore.open(StoreSettings(**given), **arguments))

        yield open_store


@pytest.fixture
def store(opened: Opened) -> ArticleStore:
    """An empty store."""
    return opened()
