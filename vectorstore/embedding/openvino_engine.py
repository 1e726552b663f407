"""The default model on OpenVINO with int8 weights; needs neither torch nor transformers."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.core.errors import ModelError
from vectorstore.embedding.default_model import (
    DIMENSION,
    MAX_TOKENS,
    MODEL_FILE,
    MODEL_ID,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    TOKENIZER_FILE,
)
from vectorstore.embedding.default_model.word_pieces import WordPieces
from vectorstore.embedding.embedder import Embedder, InputType, Prefixes, Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MAX_FAST_TOKENIZER_TEXTS = 16  # loading the whole tokenizer pays only for more
_BATCH_SIZE = 4  # larger batches spill the cache and are slower
# OpenVINO compiles for every new length, so lengths are rounded up: coarsely for long passages,
# finely for queries and sentences, of which padding would be a large part.
_FINE_PADDING = 8
_COARSE_PADDING = 32
_MAX_FINE_LENGTH = 128
_MAX_STREAMS = 16  # each has its own activations
_QUANTISATION_GROUP = 384  # one scale per row; 0 is a third slower

FIRST_INFERENCE = threading.Lock()
"""Held during the first inference of a model. OpenVINO's Python binding deadlocks if a process's
first two inferences run at once: one holds the interpreter lock and waits for a C++ static that the
other, waiting for that lock, initialises."""


class OpenVinoEmbedder(Embedder):
    """The default model on OpenVINO. Made by `load_openvino`.

    Uses one stream per thread, so that texts are embedded in parallel. This makes a single query a
    few milliseconds slower than all threads on one text, and batches of sentences a third faster.
    """

    def __init__(
        self, folder: Path, pieces: WordPieces, compiled: Any, streams: int, prefixes: Prefixes
    ) -> None:
        super().__init__(
            model_id=MODEL_ID,
            engine="openvino-int8",
            dimension=DIMENSION,
            sequence_length=MAX_TOKENS,
            prefixes=prefixes,
        )
        self._folder = folder
        self._pieces = pieces
        self._compiled = compiled
        self._pool = ThreadPoolExecutor(streams, thread_name_prefix="embed")
        self._requests = threading.local()  # a request serves one thread at a time
        self._streams = streams
        self._tokenizer_lock = threading.Lock()
        self._whole_tokenizer: Tokenizer | None = None

    @property
    def _tokenizer(self) -> Tokenizer:
        with self._tokenizer_lock:
            if self._whole_tokenizer is None:
                self._whole_tokenizer = _load_tokenizer(self._folder)
            return self._whole_tokenizer

    def _encode(self, texts: list[str], kind: InputType) -> Vectors:
        prefix = self.prefixes.query if kind == "query" else self.prefixes.passage
        rows = [_truncated(ids) for ids in self._ids([prefix + text for text in texts])]
        # Longest first, so that no stream ends with a long batch.
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        size = max(1, min(_BATCH_SIZE, len(rows) // (2 * self._streams)))
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        vectors = np.empty((len(rows), DIMENSION), np.float32)
        results = self._pool.map(self._infer, ([rows[i] for i in batch] for batch in batches))
        for batch, found in zip(batches, results, strict=True):
            vectors[batch] = found
        return vectors

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if len(texts) <= _MAX_FAST_TOKENIZER_TEXTS and self._whole_tokenizer is None:
            found = [self._pieces.ids(text) for text in texts]
            if None not in found:
                return [ids for ids in found if ids is not None]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts)]

    def _infer(self, rows: list[list[int]]) -> Vectors:
        if not hasattr(self._requests, "request"):
            self._requests.request = self._compiled.create_infer_request()
        # A copy, as the next batch overwrites the request's memory.
        return np.array(self._requests.request.infer(_padded(rows))[0])


def load_openvino(
    folder: Path,
    *,
    threads: int | None = None,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
) -> OpenVinoEmbedder:
    """The default model from a ``folder`` made by `model_cache.ensure_model`.

    Raises:
        ModelError: OpenVINO is missing or cannot load the folder.
    """
    threads = threads or available_threads()
    try:
        import openvino
        import tokenizers  # noqa: F401
    except (ImportError, OSError) as error:
        raise ModelError(
            f"OpenVINO cannot be imported here ({error}). Install it (pip install openvino) or "
            "set RAWI_STORE_ENGINE=sentence-transformers"
        ) from error
    streams = min(threads, _MAX_STREAMS)
    try:
        pieces = WordPieces(folder)
        core = openvino.Core()
        options = compile_options(core, streams=streams, threads=threads)
        compiled = core.compile_model(folder / MODEL_FILE, "CPU", options)
    except Exception as error:  # OpenVINO and tokenizers raise RuntimeError and bare Exception
        raise _cannot_load(folder, error) from error
    prefixes = Prefixes(QUERY_PREFIX, PASSAGE_PREFIX).overridden(query_prefix, passage_prefix)
    embedder = OpenVinoEmbedder(folder, pieces, compiled, streams, prefixes)
    with FIRST_INFERENCE:
        embedder.embed_queries([""])
    return embedder


def _load_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    except Exception as error:  # a bare Exception; the folder may have been deleted
        raise _cannot_load(folder, error) from error


def available_threads() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def compile_options(core: Any, *, streams: int, threads: int) -> dict[str, Any]:
    """Options to compile a model for this processor."""
    options: dict[str, Any] = {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": _QUANTISATION_GROUP,
    }
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        options["INFERENCE_PRECISION_HINT"] = "bf16"
    return options


def _truncated(ids: list[int]) -> list[int]:
    """At most ``MAX_TOKENS`` ids, with the end token last."""
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]]


def _padded(rows: Sequence[list[int]]) -> dict[str, Any]:
    longest = max(map(len, rows))
    multiple = _FINE_PADDING if longest <= _MAX_FINE_LENGTH else _COARSE_PADDING
    width = min(-(-longest // multiple) * multiple, MAX_TOKENS)
    ids = np.ones((len(rows), width), np.int64)  # 1 is the padding token
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _cannot_load(folder: Path, error: Exception) -> ModelError:
    # OpenVINO's messages start with source locations; the last line is the reason.
    reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
    return ModelError(
        f"OpenVINO cannot load the model in {folder}: {reason}. "
        "Delete that folder; it is built again on the next start. If that does not help, "
        "set RAWI_STORE_ENGINE=sentence-transformers"
    )
