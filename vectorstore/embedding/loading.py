"""Loads the embedder for a model and an engine, with a fallback where one fails."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal, TypedDict

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model import MODEL_ID, PASSAGE_PREFIX, QUERY_PREFIX
from vectorstore.embedding.default_model.model_cache import Notify, ensure_model
from vectorstore.embedding.embedder import Embedder, Prefixes, fingerprint

EmbeddingEngine = Literal["auto", "openvino", "sentence-transformers"]

DEFAULT_MODEL = "default"


class _Options(TypedDict):
    """Arguments that both engines take."""

    threads: int | None
    query_prefix: str | None
    passage_prefix: str | None


def load_embedder(
    model: str,
    engine: EmbeddingEngine,
    models_dir: Path,
    *,
    threads: int | None = None,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    notify: Notify | None = None,
) -> Embedder:
    """Load an embedder. The default model needs no network.

    Args:
        model: ``default``, a name on the Hugging Face hub, or a folder.
        engine: ``auto`` is OpenVINO for the default model, and sentence-transformers for others
            or if OpenVINO fails.
        models_dir: Folder of prepared models.
        threads: Threads for embedding; all cores if None.
        query_prefix: Put before queries; the model's own if None.
        passage_prefix: Put before passages; the model's own if None.
        notify: Called with a message about slow steps and fallbacks.

    Raises:
        ModelError: The model cannot be prepared or loaded, or does not run on OpenVINO.
    """
    if model != DEFAULT_MODEL and engine == "openvino":
        raise ModelError(
            f"The engine openvino runs only the default model, not {model!r}. Set "
            "RAWI_STORE_ENGINE=auto, or RAWI_STORE_MODEL=default."
        )
    options = _Options(threads=threads, query_prefix=query_prefix, passage_prefix=passage_prefix)
    if model == DEFAULT_MODEL and engine != "sentence-transformers":
        try:
            return _load_openvino(models_dir, notify, options)
        except ModelError as error:
            if engine == "openvino":
                raise
            if notify is not None:
                notify(f"Using sentence-transformers, which is slower. {error}")
    from vectorstore.embedding.sentence_transformers_engine import load_sentence_transformers

    if model != DEFAULT_MODEL:
        return load_sentence_transformers(model, **options)
    paths = ensure_model(models_dir, want_openvino=False, notify=notify)
    folder = str(paths.sentence_transformers)
    return load_sentence_transformers(folder, model_id=MODEL_ID, local_only=True, **options)


def _load_openvino(models_dir: Path, notify: Notify | None, options: _Options) -> Embedder:
    if importlib.util.find_spec("openvino") is None:
        raise ModelError("OpenVINO is not installed: pip install openvino==2026.4.1 nncf==3.4.0")
    from vectorstore.embedding.openvino_engine import load_openvino

    paths = ensure_model(models_dir, want_openvino=True, notify=notify)
    assert paths.openvino is not None  # noqa: S101
    return load_openvino(paths.openvino, **options)


def fingerprint_without_loading(
    model: str, query_prefix: str | None = None, passage_prefix: str | None = None
) -> str | None:
    """`Embedder.fingerprint` of the default model; None for others, which must be loaded."""
    if model != DEFAULT_MODEL:
        return None
    prefixes = Prefixes(QUERY_PREFIX, PASSAGE_PREFIX).overridden(query_prefix, passage_prefix)
    return fingerprint(MODEL_ID, prefixes)


def import_fast_engine(model: str, engine: EmbeddingEngine) -> bool:
    """Import what is needed to load ``model`` on OpenVINO; False if it uses another engine."""
    if model != DEFAULT_MODEL or engine == "sentence-transformers":
        return False
    try:
        import openvino  # noqa: F401
        import tokenizers  # noqa: F401

        from vectorstore.embedding import openvino_engine  # noqa: F401
    except (ImportError, OSError):
        return False
    return True
