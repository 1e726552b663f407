"""The fast engine for the default model: OpenVINO with int8 weights, no torch, no transformers."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.embedding.e5_package import (
    DIMENSION,
    MAX_TOKENS,
    MODEL_ID,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
)
from vectorstore.embedding.embedder import Embedder, Kind, Prefixes, Vectors
from vectorstore.embedding.openvino_export import MODEL_FILE, TOKENIZER_FILE
from vectorstore.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FEW = 8  # texts up to which the latency path is at least as fast as compiling the other
_BATCH = 4  # larger batches spill the cache and are slower
# OpenVINO prepares itself anew for every length it meets, so lengths are rounded up.
_BULK_PADDING = 32
_LATENCY_PADDING = 16
_MOST_STREAMS = 16  # each holds its own activations
_QUANTISATION_GROUP = 384  # one scale per row of the hidden size; 0 is a third slower


class OpenVinoEmbedder(Embedder):
    """The default model on OpenVINO. ``load_openvino`` makes one.

    Two compiled forms of the model: one stream over all threads answers single questions, one
    stream per thread does many passages. The second costs 120 MB and is made when first needed.
    """

    def __init__(
        self, folder: Path, tokenizer: Tokenizer, latency: Any, threads: int, prefixes: Prefixes
    ) -> None:
        super().__init__(
            model_id=MODEL_ID,
            engine="openvino-int8",
            dimension=DIMENSION,
            sequence_length=MAX_TOKENS,
            prefixes=prefixes,
        )
        self._folder = folder
        self._text_tokenizer = tokenizer
        self._request = latency.create_infer_request()
        self._request_lock = threading.Lock()
        self._threads = threads
        self._bulk: _Bulk | None = None
        self._bulk_lock = threading.Lock()

    @property
    def _tokenizer(self) -> Tokenizer:
        return self._text_tokenizer

    def _encode(self, texts: list[str], kind: Kind) -> Vectors:
        prefix = self.prefixes.query if kind == "query" else self.prefixes.passage
        encodings = self._text_tokenizer.encode_batch_fast([prefix + text for text in texts])
        rows = [_truncated(encoding.ids) for encoding in encodings]
        if len(rows) > _FEW:
            return self._bulk_model().run(rows)
        vectors = np.empty((len(rows), self.dimension), np.float32)
        with self._request_lock:
            for i, row in enumerate(rows):
                inputs = _padded([row], _LATENCY_PADDING)
                vectors[i] = self._request.infer(inputs)[0]
        return vectors

    def _bulk_model(self) -> _Bulk:
        with self._bulk_lock:
            if self._bulk is None:
                streams = min(self._threads, _MOST_STREAMS)
                compiled = _compile_bulk(self._folder, streams=streams, threads=self._threads)
                self._bulk = _Bulk(compiled, streams)
            return self._bulk


class _Bulk:
    """Batches of like length, spread over the streams."""

    def __init__(self, compiled: Any, streams: int) -> None:
        self._compiled = compiled
        self._pool = ThreadPoolExecutor(streams, thread_name_prefix="embed")
        self._requests = threading.local()  # a request serves one thread at a time

    def run(self, rows: list[list[int]]) -> Vectors:
        # The longest first, so that no stream is left with a long batch at the end.
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        batches = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]
        vectors = np.empty((len(rows), DIMENSION), np.float32)
        results = self._pool.map(self._infer, ([rows[i] for i in batch] for batch in batches))
        for batch, found in zip(batches, results, strict=True):
            vectors[batch] = found
        return vectors

    def _infer(self, rows: list[list[int]]) -> Vectors:
        if not hasattr(self._requests, "request"):
            self._requests.request = self._compiled.create_infer_request()
        # A copy: the request's memory is written again by its next batch.
        return np.array(self._requests.request.infer(_padded(rows, _BULK_PADDING))[0])


def load_openvino(
    folder: Path,
    *,
    threads: int | None = None,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
) -> OpenVinoEmbedder:
    """The default model from the ``folder`` that ``cache.ensure_model`` made.

    Raises:
        ModelError: when OpenVINO is missing or cannot use what lies in ``folder``.
    """
    threads = threads or available_threads()
    try:
        import openvino  # noqa: F401
        import tokenizers  # noqa: F401
    except (ImportError, OSError) as error:
        raise ModelError(
            f"OpenVINO cannot be imported here ({error}). Install it (pip install openvino) or "
            "set RAWI_STORE_ENGINE=sentence-transformers"
        ) from error
    try:
        tokenizer, latency = _load_side_by_side(folder, threads)
    except Exception as error:  # OpenVINO and tokenizers raise RuntimeError and bare Exception
        raise _cannot_load(folder, error) from error
    prefixes = Prefixes(QUERY_PREFIX, PASSAGE_PREFIX).overridden(query_prefix, passage_prefix)
    embedder = OpenVinoEmbedder(folder, tokenizer, latency, threads, prefixes)
    # OpenVINO's Python side is not ready for a process's first two inferences at once: one holds
    # the interpreter and waits for a C++ static that the other, waiting for the interpreter,
    # initialises. So the first is made here, alone.
    embedder.embed_queries([""])
    return embedder


def available_threads() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_side_by_side(folder: Path, threads: int) -> tuple[Tokenizer, Any]:
    """The tokenizer and the latency model, in the time that the slower of the two takes."""
    import openvino
    from tokenizers import Tokenizer

    core = openvino.Core()
    options = _options(core, streams=1, threads=threads)
    compiling = threading.Event()

    def compile_model() -> Any:
        compiling.set()
        return core.compile_model(folder / MODEL_FILE, "CPU", options)

    with ThreadPoolExecutor(1) as other:
        latency = other.submit(compile_model)
        # Reading a tokenizer keeps the interpreter's lock, compiling does not: begin with that.
        compiling.wait()
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        return tokenizer, latency.result()


def _compile_bulk(folder: Path, *, streams: int, threads: int) -> Any:
    import openvino

    try:
        core = openvino.Core()
        options = _options(core, streams=streams, threads=threads)
        return core.compile_model(folder / MODEL_FILE, "CPU", options)
    except RuntimeError as error:  # the folder may have gone since the start
        raise _cannot_load(folder, error) from error


def _options(core: Any, *, streams: int, threads: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": _QUANTISATION_GROUP,
    }
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        options["INFERENCE_PRECISION_HINT"] = "bf16"
    return options


def _truncated(ids: list[int]) -> list[int]:
    """At most ``MAX_TOKENS`` ids; the end token stays the last."""
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]]


def _padded(rows: Sequence[list[int]], multiple: int) -> dict[str, Any]:
    longest = max(map(len, rows))
    width = min(-(-longest // multiple) * multiple, MAX_TOKENS)
    ids = np.ones((len(rows), width), np.int64)  # 1 is the padding token
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _cannot_load(folder: Path, error: Exception) -> ModelError:
    # OpenVINO's messages begin with places in its source and end with the reason.
    reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
    return ModelError(
        f"OpenVINO cannot load the model in {folder}: {reason}. "
        "Delete that folder; it is built again on the next start. If that does not help, "
        "set RAWI_STORE_ENGINE=sentence-transformers"
    )
