"""Loads the embedder for a model and an engine, with a fallback where one fails."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model.e5_conversion import MODEL_ID, PASSAGE_PREFIX, QUERY_PREFIX
from vectorstore.embedding.default_model.model_cache import Notify, ensure_model
from vectorstore.embedding.embedder import Embedder, Prefixes, fingerprint

Engine = Literal["auto", "openvino", "sentence-transformers"]

DEFAULT_MODEL = "default"


def load_embedder(
    model: str,
    engine: Engine,
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
    if model != DEFAULT_MODEL:
        if engine == "openvino":
            raise ModelError(
                f"The engine openvino runs only the default model, not {model!r}. Set "
                "RAWI_STORE_ENGINE=auto, or RAWI_STORE_MODEL=default."
            )
        from vectorstore.embedding.sentence_transformers_engine import load_sentence_transformers

        return load_sentence_transformers(
            model, threads=threads, query_prefix=query_prefix, passage_prefix=passage_prefix
        )
    if engine != "sentence-transformers":
        try:
            return _default_on_openvino(models_dir, threads, query_prefix, passage_prefix, notify)
        except ModelError as error:
            if engine == "openvino":
                raise
            if notify is not None:
                notify(f"Using sentence-transformers, which is slower. {error}")
    return _default_on_sentence_transformers(
        models_dir, threads, query_prefix, passage_prefix, notify
    )


def fingerprint_without_loading(
    model: str, query_prefix: str | None = None, passage_prefix: str | None = None
) -> str | None:
    """`Embedder.fingerprint` of the default model; None for others, which must be loaded."""
    if model != DEFAULT_MODEL:
        return None
    prefixes = Prefixes(QUERY_PREFIX, PASSAGE_PREFIX).overridden(query_prefix, passage_prefix)
    return fingerprint(MODEL_ID, prefixes)


def import_fast_engine(model: str, engine: Engine) -> bool:
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


def _default_on_openvino(
    models_dir: Path,
    threads: int | None,
    query_prefix: str | None,
    passage_prefix: str | None,
    notify: Notify | None,
) -> Embedder:
    if importlib.util.find_spec("openvino") is None:
        raise ModelError("OpenVINO is not installed: pip install openvino==2026.4.1 nncf==3.4.0")
    from vectorstore.embedding.openvino_engine import load_openvino

    paths = ensure_model(models_dir, want_openvino=True, notify=notify)
    assert paths.openvino is not None  # noqa: S101
    return load_openvino(
        paths.openvino,
        threads=threads,
        query_prefix=query_prefix,
        passage_prefix=passage_prefix,
    )


def _default_on_sentence_transformers(
    models_dir: Path,
    threads: int | None,
    query_prefix: str | None,
    passage_prefix: str | None,
    notify: Notify | None,
) -> Embedder:
    from vectorstore.embedding.sentence_transformers_engine import load_sentence_transformers

    paths = ensure_model(models_dir, want_openvino=False, notify=notify)
    return load_sentence_transformers(
        str(paths.sentence_transformers),
        model_id=MODEL_ID,
        local_only=True,
        threads=threads,
        query_prefix=query_prefix,
        passage_prefix=passage_prefix,
    )
