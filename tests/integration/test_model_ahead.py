"""The embedding model, loaded while something else is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.newsroom import CHUNKER, article, found, put
from vectorstore.core.errors import ModelError
from vectorstore.core.settings import StoreSettings
from vectorstore.embedding import loading
from vectorstore.embedding.embedder import Vectors
from vectorstore.store import ArticleStore


def test_a_model_loaded_ahead_is_loaded_once_and_aside(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    begun = threading.Event()
    load = loading.load_embedder

    def counted(*arguments: Any, **named: Any) -> Any:
        loaded.append(threading.current_thread().name)
        begun.set()
        return load(*arguments, **named)

    monkeypatch.setattr(loading, "load_embedder", counted)
    with ArticleStore(StoreSettings(), chunker_id=CHUNKER, writable=True) as store:
        store.preload_model()
        store.preload_model()
        assert begun.wait(240)  # else this thread might come first, and load it itself
        put(store, article("rain", "هطلت أمطار غزيرة على المدن الساحلية"))
        assert found(store, "أين هطلت الأمطار؟") == ["هطلت أمطار غزيرة على المدن الساحلية"]
    assert loaded == ["load-model"]


def test_what_fails_ahead_is_told_to_who_needs_the_model(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    settings = StoreSettings(models_dir=tmp_path / "file" / "models")
    with ArticleStore(settings, chunker_id=CHUNKER, writable=True) as store:
        store.preload_model()
        with pytest.raises(ModelError, match="cannot be written"):
            store.search("سؤال")


def test_the_same_question_is_embedded_once(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as store:
        asked: list[str] = []
        embed: Callable[[Sequence[str]], Vectors] = store.embedder.model.embed_queries

        def noted(texts: Sequence[str]) -> Vectors:
            asked.extend(texts)
            return embed(texts)

        monkeypatch.setattr(store.embedder.model, "embed_queries", noted)
        first = store.query_vectors(["سؤال", "آخر"])
        put(store, article("rain", "هطلت الأمطار"))
        store.search("سؤال")
        again = store.query_vectors(["آخر", "سؤال", "ثالث"])
    assert asked == ["سؤال", "آخر", "ثالث"]
    assert (first[[1, 0]] == again[:2]).all()
