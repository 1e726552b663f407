"""Background embedding: results, caching, errors and closing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from vectorstore.embedding import embedding_prefetch
from vectorstore.embedding.embedding_prefetch import EmbeddingPrefetcher


class Embedding:
    """Vectors of one number: the text's length."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.may = threading.Event()
        self.may.set()
        self.error: Exception | None = None

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        assert self.may.wait(240)
        if self.error is not None:
            raise self.error
        self.given += texts
        return np.array([[len(text)] for text in texts], np.float32)


@pytest.fixture
def embedding() -> Embedding:
    return Embedding()


@pytest.fixture
def background(embedding: Embedding) -> Iterator[EmbeddingPrefetcher]:
    opened = EmbeddingPrefetcher(embedding)
    yield opened
    opened.close()


def lengths(background: EmbeddingPrefetcher, *texts: str) -> list[float]:
    return [row[0] for row in background.embed(texts)[0]]


def test_a_text_is_not_embedded_twice(
    background: EmbeddingPrefetcher, embedding: Embedding
) -> None:
    texts = ["x" * n for n in range(1, 60)]
    background.prefetch(texts)
    background.prefetch([*texts, "new one"])
    assert lengths(background, *texts) == list(range(1, 60))
    assert lengths(background, "never begun") == [11]
    background.close()
    assert sorted(embedding.given) == sorted([*texts, "new one", "never begun"])


def test_a_text_counts_as_embedded_on_first_use_only(
    background: EmbeddingPrefetcher, embedding: Embedding
) -> None:
    background.prefetch(["a", "bb"])
    assert background.embed(["bb", "ccc"])[1] == [True, True]
    assert background.embed(["ccc", "a", "bb"])[1] == [False, True, False]
    assert sorted(embedding.given) == ["a", "bb", "ccc"]


def test_an_error_is_raised_to_the_caller_and_the_next_call_retries(
    background: EmbeddingPrefetcher, embedding: Embedding
) -> None:
    embedding.error = RuntimeError("out of memory")
    background.prefetch(["a"])
    with pytest.raises(RuntimeError, match="out of memory"):
        background.embed(["a"])
    embedding.error = None
    assert lengths(background, "a") == [1]


def test_the_number_of_cached_vectors_is_bounded(
    background: EmbeddingPrefetcher, embedding: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_prefetch, "_MAX_CACHED_VECTORS", 3)
    for n in range(1, 8):
        assert lengths(background, "x" * n) == [n]
    embedding.given.clear()
    lengths(background, "x" * 7, "x")
    assert embedding.given == ["x"]


def test_closing_cancels_batches_that_have_not_started(
    background: EmbeddingPrefetcher, embedding: Embedding
) -> None:
    embedding.may.clear()
    background.prefetch(["x" * n for n in range(1, 400)])
    threading.Timer(0.05, embedding.may.set).start()
    background.close()
    assert len(embedding.given) < 399
