"""Loads the reading model on the available engine."""

from __future__ import annotations

import importlib.util
import threading
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vectorstore.core.errors import ModelError
from vectorstore.core.settings import StoreSettings

if TYPE_CHECKING:
    from vectorstore.embedding.default_model.model_cache import Notify
    from vectorstore.reader.model_file import ReaderFile
    from vectorstore.reader.reader import Reader, Tokenize
    from vectorstore.reader.word_vectors import WordVectors

ReaderEngine = Literal["auto", "openvino", "torch"]


def load_reader(
    models_dir: Path,
    *,
    engine: ReaderEngine = "auto",
    threads: int | None = None,
    folder: Path | None = None,
    notify: Notify | None = None,
) -> Reader:
    """Load the shipped reading model, or the one in ``folder``.

    Tokenizer and word embeddings are those of the default embedding model in ``models_dir``, which
    is built if it is missing. The engine ``auto`` is OpenVINO if it works, else torch.

    Raises:
        ModelError: The model is missing or damaged, or no engine can run it.
    """
    from vectorstore.embedding.default_model.model_cache import ensure_model
    from vectorstore.reader.model_file import read_model
    from vectorstore.reader.windows import EmbedderTokenizer
    from vectorstore.reader.word_vectors import WordVectors

    weights = read_model(folder)
    fast = engine != "torch" and importlib.util.find_spec("openvino") is not None
    bert = ensure_model(models_dir, want_openvino=False, notify=notify).sentence_transformers
    prepared = ensure_model(models_dir, want_openvino=fast, notify=notify)
    words = WordVectors(bert / "model.safetensors")
    tokenize = EmbedderTokenizer(bert, prepared.openvino)
    if engine != "torch":
        try:
            return _on_openvino(weights, words, tokenize, threads)
        except ModelError as error:
            if engine == "openvino":
                raise
            if notify is not None:
                notify(f"The reading model runs on torch, which is slower. {error}")
    from vectorstore.reader.engines import TorchReader

    try:
        return TorchReader(weights, words, tokenize)
    except (ImportError, OSError, RuntimeError, KeyError) as error:
        raise ModelError(f"torch cannot run the reading model: {error}") from error


def _on_openvino(
    weights: ReaderFile, words: WordVectors, tokenize: Tokenize, threads: int | None
) -> Reader:
    from vectorstore.embedding.openvino_engine import available_threads
    from vectorstore.reader.engines import OpenVinoReader

    if importlib.util.find_spec("openvino") is None:
        raise ModelError("OpenVINO is not installed: pip install openvino==2026.4.1")
    try:
        return OpenVinoReader(weights, words, tokenize, threads or available_threads())
    except Exception as error:  # OpenVINO raises RuntimeError for anything it cannot do
        raise ModelError(f"OpenVINO cannot run the reading model: {error}") from error


class LazyReader:
    """Loads the reading model in the background.

    If it cannot be loaded, ``notify`` is called with the reason once, and `get` returns None.
    """

    def __init__(self, settings: StoreSettings, notify: Notify | None = None) -> None:
        self._settings = settings
        self._notify = notify
        self._lock = threading.Lock()
        self._loading: Future[Reader | None] | None = None

    def prepare(self) -> None:
        """Start to load; returns at once."""
        self._start()

    def get(self) -> Reader | None:
        """Wait for the model; None if it cannot be loaded or this was closed."""
        return self._start().result()

    def close(self) -> None:
        """Release the model.

        Waits if it is being loaded, as a process that exits while OpenVINO compiles aborts.
        """
        nothing: Future[Reader | None] = Future()
        nothing.set_result(None)
        with self._lock:
            loading, self._loading = self._loading, nothing
        if loading is not None:
            wait([loading])

    def _start(self) -> Future[Reader | None]:
        with self._lock:
            if self._loading is None:
                self._loading = Future()
                threading.Thread(
                    target=self._load, args=(self._loading,), name="load-reader", daemon=True
                ).start()
            return self._loading

    def _load(self, loading: Future[Reader | None]) -> None:
        try:
            loading.set_result(self._loaded())
        except BaseException as error:  # or callers would wait forever
            loading.set_exception(error)

    def _loaded(self) -> Reader | None:
        settings = self._settings
        try:
            return load_reader(
                settings.models_path,
                engine="torch" if settings.engine == "sentence-transformers" else "auto",
                threads=settings.threads,
                notify=self._notify,
            )
        except Exception as error:  # answers do not depend on it
            if self._notify is not None:
                self._notify(f"Answers are chosen without the reading model. {error}")
            return None
