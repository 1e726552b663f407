"""Any sentence-transformers model, by hub name or path; the reference engine."""

from __future__ import annotations

import hashlib
import os
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.core.errors import ModelError
from vectorstore.embedding.embedder import Embedder, InputType, Prefixes, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

_CPU_BATCH = 4  # on a CPU batches of 2–4 beat 16–32
_GPU_BATCH = 32
_MAX_TOKENS = 8192  # if a model has no limit
_SAMPLE = 65_536  # bytes hashed at each end of a file


class SentenceTransformersEmbedder(Embedder):
    """A sentence-transformers model. Made by `load_sentence_transformers`."""

    def __init__(self, model: SentenceTransformer, model_id: str, prefixes: Prefixes) -> None:
        super().__init__(
            model_id=model_id,
            engine="sentence-transformers",
            dimension=_dimension(model),
            sequence_length=_sequence_length(model),
            prefixes=prefixes,
        )
        self._model = model
        # Tokenizers of transformers are not thread-safe: encoding changes their settings.
        self._lock = threading.Lock()

    def _encode(self, texts: list[str], kind: InputType) -> Vectors:
        query = kind == "query"
        encode = self._model.encode_query if query else self._model.encode_document
        with self._lock:
            vectors = encode(
                texts,
                prompt=self.prefixes.query if query else self.prefixes.passage,
                batch_size=_CPU_BATCH if self._model.device.type == "cpu" else _GPU_BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(vectors, np.float32)

    @cached_property
    def _tokenizer(self) -> Tokenizer | None:
        from tokenizers import Tokenizer

        tokenizer = self._model.tokenizer
        fast = getattr(tokenizer, "backend_tokenizer", tokenizer)
        if not isinstance(fast, Tokenizer):
            return None
        copy: Tokenizer = Tokenizer.from_str(fast.to_str())
        copy.no_truncation()
        copy.no_padding()
        return copy


def load_sentence_transformers(
    name: str,
    *,
    model_id: str | None = None,
    local_only: bool = False,
    threads: int | None = None,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
) -> SentenceTransformersEmbedder:
    """Load ``name``, a hub name or the path of a sentence-transformers folder.

    Downloads a model only if there is no local copy, and never with ``local_only``. Prefixes
    default to the model's own query and document prompts.

    Raises:
        ModelError: The model does not exist, or cannot be downloaded or loaded.
    """
    # Spinning threads make a query take a second on a busy machine. Read when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    path = Path(name).expanduser()
    if not path.exists() and (path.is_absolute() or name.startswith((".", "~"))):
        raise ModelError(
            f"There is no embedding model at {path}. Set RAWI_STORE_MODEL to an existing "
            "sentence-transformers folder, a hub name, or 'default'."
        )
    source = str(path) if path.exists() else name
    model = _load(source, local_only=local_only or path.exists())
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    prefixes = _own_prefixes(model).overridden(query_prefix, passage_prefix)
    return SentenceTransformersEmbedder(model, model_id or _model_id(model, name), prefixes)


def _load(source: str, *, local_only: bool) -> SentenceTransformer:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except (ImportError, OSError) as error:
        raise ModelError(
            f"sentence-transformers cannot be imported ({error}). "
            "Install it again: pip install torch==2.13.0 sentence-transformers==6.2.0"
        ) from error
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    failures: list[Exception] = []
    for offline in (True,) if local_only else (True, False):
        try:
            # Without a dtype, transformers keeps the file's fp16, which is slow on a CPU.
            return SentenceTransformer(
                source, local_files_only=offline, model_kwargs={"dtype": torch.float32}
            )
        except Exception as error:  # many kinds, from hubs, files and configurations
            failures.append(error)
    raise ModelError(_explanation(source, failures[-1], local_only=local_only)) from failures[-1]


def _explanation(source: str, error: Exception, *, local_only: bool) -> str:
    reason = " ".join(str(error).split())[:300]
    if local_only:
        return (
            f"The embedding model in {source} cannot be loaded: {reason}. If Rawi made that "
            "folder, delete it and it is built again; otherwise put a sentence-transformers "
            "model there."
        )
    return (
        f"The embedding model {source!r} is not on this machine and could not be fetched from "
        f"the hub: {reason}. Check the name and the connection, or set RAWI_STORE_MODEL to the "
        "folder of a sentence-transformers model or to 'default', which needs no network."
    )


def _own_prefixes(model: SentenceTransformer) -> Prefixes:
    prompts = model.prompts or {}
    return Prefixes(
        prompts.get("query") or "",
        prompts.get("document") or prompts.get("passage") or "",
    )


def _dimension(model: SentenceTransformer) -> int:
    dimension = model.get_embedding_dimension()
    if dimension is None:
        dimension = len(model.encode(["a"], show_progress_bar=False)[0])
    return int(dimension)


def _sequence_length(model: SentenceTransformer) -> int:
    length = model.max_seq_length
    return min(int(length), _MAX_TOKENS) if length and length < float("inf") else _MAX_TOKENS


def _model_id(model: SentenceTransformer, name: str) -> str:
    path = Path(name).expanduser()
    if path.exists():
        return f"{path.resolve().name}@{folder_digest(path)[:8]}"
    config: Any = getattr(getattr(model[0], "auto_model", None), "config", None)
    revision = getattr(config, "_commit_hash", None) or "unknown"
    return f"{name}@{revision[:8]}"


def folder_digest(folder: Path) -> str:
    """SHA-256 of the files of a model folder: names, sizes, and the ends of each.

    Not of the whole files, as reading gigabytes of weights would delay every start.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLE))
            file.seek(max(size - _SAMPLE, 0))
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()
